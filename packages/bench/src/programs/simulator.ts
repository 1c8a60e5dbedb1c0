import { createSimulation } from '@trustp2p/testing'
import type { Simulation } from '@trustp2p/testing'
import Heartbeat from '@trustp2p/threads/heartbeat'
import { PackageType, Thread } from 'trustp2p'
import type { Numbers } from '../process/answer'
import { serveParent } from '../process/serve-parent'

const TICK_MS = 1_000
/** Neighbours on a ring that each node dials: as many dial it. */
const DIALLED = 4
/** Longest time that a restarted node is down, in ms. */
const DOWN_MS = 5_000
/** Restarts end this long before the run does, so that the links have time to come back. */
const QUIET_MS = 10_000
/** Hexadecimal digits of the digest that fit into a number. */
const DIGEST_DIGITS = 12
const KIBIBYTE = 1024
/** Of a ms. */
const MICROSECONDS = 1000

/** Sends a frame a second on each link. */
class Ticker extends Thread {
  override get eventMap() {
    return { [PackageType.TALK]: { tick: () => undefined } }
  }

  override start(): void {
    this.setInterval(() => {
      for (const socket of this.node.sockets) this.node.talk(socket, 'tick', { at: this.now() })
    }, TICK_MS)
  }
}

serveParent(() =>
  Promise.resolve({
    simulate: ({ seed = 1, nodes = 1, ms = 1, restarts = 0 }) => simulate({ seed, nodes, ms, restarts })
  })
)

interface Plan {
  readonly seed: number
  readonly nodes: number
  readonly ms: number
  readonly restarts: number
}

async function simulate({ seed, nodes, ms, restarts }: Plan): Promise<Numbers> {
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  const net = createSimulation({ seed, latencyMs: [5, 50], jitterMs: 5 })
  await createRing(net, nodes)
  planRestarts(net, restarts, ms)
  await net.run(ms)
  const elapsedMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpuBefore)
  const linked = net.nodes.filter(({ node }) => node.sockets.length === 2 * DIALLED).length
  const frames = net.log.lines.filter((line) => line.split(' ')[1] === 'frame').length
  const digest = Number.parseInt(net.log.digest().slice(0, DIGEST_DIGITS), 16)
  await net.close()
  return {
    elapsedMs,
    cpuMs: (user + system) / MICROSECONDS,
    linked,
    frames,
    digest,
    residentBytes: process.resourceUsage().maxRSS * KIBIBYTE
  }
}

/** Each node dials those that follow it. */
async function createRing(net: Simulation, count: number): Promise<void> {
  const addressOf = (index: number): string => `sim://n${index % count}`
  const creations = Array.from({ length: count }, (_, index) =>
    net.createNode({
      name: `n${index}`,
      threads: { heartbeat: Heartbeat, ticker: Ticker },
      config: { connect: Array.from({ length: DIALLED }, (_none, step) => addressOf(index + step + 1)) }
    })
  )
  const nodes = await Promise.all(creations)
  await net.runUntil(() => nodes.every(({ node }) => node.sockets.length === 2 * DIALLED))
}

/** Crashes nodes that are spread over the ring, at random times, and starts them again. */
function planRestarts(net: Simulation, restarts: number, ms: number): void {
  const { nodes, random } = net
  const stride = Math.floor(nodes.length / Math.max(restarts, 1))
  for (let index = 0; index < restarts; index++) {
    const node = nodes[index * stride]
    if (node === undefined) throw new Error('More restarts than nodes')
    const downAt = random.next() * (ms - QUIET_MS - DOWN_MS)
    net.after(downAt, () => net.crash(node))
    net.after(downAt + random.next() * DOWN_MS, () => void net.restart(node))
  }
}
