import { simulate } from '@trustp2p/testing'
import Heartbeat from '@trustp2p/threads/heartbeat'
import { PackageType, Thread } from 'trustp2p'

const NODES = 200
const DIALLED = 4
const SECONDS = 15

class Ticker extends Thread {
  override get eventMap() {
    return { [PackageType.TALK]: { tick: () => undefined } }
  }

  override start(): void {
    this.setInterval(() => {
      for (const socket of this.node.sockets) this.node.talk(socket, 'tick', this.now())
    }, 1_000)
  }
}

/** Both plays take some seconds of a processor, on a busy machine many more. */
const LONGEST_MS = 120_000

it(
  'U9 hundreds of nodes run in one process, and the seed replays them byte for byte',
  async () => {
    const play = () =>
      simulate({ seed: 9, jitterMs: 5 }, async (net) => {
        const creations = Array.from({ length: NODES }, (_, index) => {
          const connect = Array.from({ length: DIALLED }, (_none, step) => `sim://n${(index + step + 1) % NODES}`)
          const threads = { heartbeat: Heartbeat, ticker: Ticker }
          return net.createNode({ name: `n${index}`, threads, config: { connect } })
        })
        const nodes = await Promise.all(creations)
        for (const node of nodes.slice(0, NODES / 10))
          net.after(net.random.next() * 5_000, () => void net.restart(node))
        await net.run(SECONDS * 1_000)
        expect(nodes.filter(({ node }) => node.sockets.length === 2 * DIALLED)).toHaveLength(NODES)
        expect(net.log.count).toBeGreaterThan(NODES * 2 * DIALLED * (SECONDS - 5))
      })
    const [[first], [second]] = [await play(), await play()]
    expect(first?.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(second).toEqual(first)
  },
  LONGEST_MS
)
