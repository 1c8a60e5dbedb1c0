import { simulate } from '@trustp2p/testing'
import type { SimulatedNode, Simulation } from '@trustp2p/testing'
import { PackageType, Thread } from 'trustp2p'
import type { CP2pMessage, P2pSocket } from 'trustp2p'

const NODES = 40
const DIALLED = 3
const TROUBLE_MS = 60_000
/** Longest wait before a dial is repeated, with its handshake. */
const RECOVERY_MS = 150_000

/** Answers in its own time. */
class Slow extends Thread {
  override get eventMap() {
    return { [PackageType.REQUEST]: { slow: this.onSlow } }
  }

  onSlow(_socket: P2pSocket, { body }: CP2pMessage): Promise<unknown> {
    return new Promise((resolve) => this.setTimeout(() => resolve(body), this.random() * 2_000))
  }
}

interface Ends {
  answered: number
  failed: number
  asked: number
}

async function createRing(net: Simulation): Promise<SimulatedNode[]> {
  const addressOf = (index: number): string => `sim://n${index % NODES}`
  return Promise.all(
    Array.from({ length: NODES }, (_, index) => {
      const connect = Array.from({ length: DIALLED }, (_none, step) => addressOf(index + step + 1))
      return net.createNode({ name: `n${index}`, threads: { slow: Slow }, config: { connect } })
    })
  )
}

function pick<Item>(net: Simulation, items: readonly Item[]): Item {
  const item = items[Math.floor(net.random.next() * items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

/** Something bad, to somebody, at some time. */
function disturb(net: Simulation, nodes: readonly SimulatedNode[]): void {
  const [one, other] = [pick(net, nodes), pick(net, nodes)]
  const acts: readonly (() => void)[] = [
    () => one.state !== 'crashed' && net.crash(one, { silent: net.random.next() < 0.5 }),
    () => void net.restart(one),
    () => one.state === 'running' && net.pause(one),
    () => one.state === 'paused' && net.resume(one),
    () => net.partition(nodes.filter(() => net.random.next() < 0.5)),
    () => net.heal(),
    () => void net.cut(one, other)
  ]
  pick(net, acts)()
}

/** Asks a neighbour; each answer and each failure is counted. */
function ask(net: Simulation, nodes: readonly SimulatedNode[], ends: Ends): void {
  const one = pick(net, nodes)
  const other = nodes.find((node) => node !== one && one.socketTo(node) !== undefined)
  if (other === undefined || (one.state !== 'running' && one.state !== 'paused')) return
  ends.asked += 1
  one.request(other, 'slow', net.now, { timeoutMs: 30_000 }).then(
    () => (ends.answered += 1),
    () => (ends.failed += 1)
  )
}

async function recover(net: Simulation, nodes: readonly SimulatedNode[]): Promise<void> {
  net.heal()
  for (const node of nodes) if (node.state === 'paused') net.resume(node)
  for (const node of nodes) if (node.state === 'crashed') await net.restart(node)
  await net.run(RECOVERY_MS)
}

function linksOf(node: SimulatedNode): string[] {
  const dialled = node.node.sockets.filter(({ outbound }) => outbound).map(({ url }) => url)
  return dialled.sort()
}

it('after any trouble every request was settled once, and every pair that should be linked is linked once', async () => {
  const total = { asked: 0, answered: 0, failed: 0 }
  await simulate({ seed: 1, runs: 5, latencyMs: [1, 300], jitterMs: 50, bandwidth: 100_000 }, async (net) => {
    const nodes = await createRing(net)
    const ends = { asked: 0, answered: 0, failed: 0 }
    for (let ms = 0; ms < TROUBLE_MS; ms += 250) net.after(ms, () => disturb(net, nodes))
    for (let ms = 0; ms < TROUBLE_MS; ms += 10) net.after(ms, () => ask(net, nodes, ends))
    await net.run(TROUBLE_MS)
    await recover(net, nodes)
    expect(ends.answered + ends.failed).toBe(ends.asked)
    for (const [index, node] of nodes.entries()) {
      expect(node.state).toBe('running')
      expect(node.node.status()).toMatchObject({ pendingRequests: 0, runningRequests: 0 })
      expect(linksOf(node)).toEqual([1, 2, 3].map((step) => `sim://n${(index + step) % NODES}`).sort())
      expect(node.node.sockets).toHaveLength(2 * DIALLED)
    }
    for (const key of ['asked', 'answered', 'failed'] as const) total[key] += ends[key]
  })
  expect(total.answered).toBeGreaterThan(1_000)
  expect(total.failed).toBeGreaterThan(100)
})
