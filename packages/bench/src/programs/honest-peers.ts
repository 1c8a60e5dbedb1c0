import { createNode } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { serveParent } from '../process/serve-parent'

const [, , url = '', folder = '', peers = '10'] = process.argv

/** How long a request may stay unanswered at the end, in ms. */
const LONGEST_MS = 5_000

/** Asks at a steady rate, whether answers come or not. */
class HonestPeer {
  readonly #node: P2pNode
  readonly #socket: P2pSocket
  readonly latencies: number[] = []
  failed = 0
  #asking: Promise<void>[] = []

  constructor(node: P2pNode, socket: P2pSocket) {
    this.#node = node
    this.#socket = socket
  }

  ask(): void {
    this.#asking.push(this.#ask())
  }

  async end(): Promise<void> {
    await Promise.all(this.#asking)
    this.#asking = []
  }

  async #ask(): Promise<void> {
    const startedAt = performance.now()
    try {
      await this.#node.request(this.#socket, 'echo', {}, { timeoutMs: LONGEST_MS })
      this.latencies.push(performance.now() - startedAt)
    } catch {
      this.failed++
    }
  }
}

serveParent(async () => {
  const honest: HonestPeer[] = []
  for (let index = 0; index < Number(peers); index++) {
    const node = await createNode({ cwd: folder, name: `honest${index}`, log: { level: 'silent' } })
    honest.push(new HonestPeer(node, await node.connect(url)))
  }
  return {
    ask: async ({ ms = 0, perSecond = 1 }) => {
      for (const peer of honest) {
        peer.latencies.length = 0
        peer.failed = 0
      }
      await askSteadily(honest, { ms, perSecond })
      const sorted = Float64Array.from(honest.flatMap(({ latencies }) => latencies)).sort()
      const failed = honest.reduce((sum, peer) => sum + peer.failed, 0)
      return { answered: sorted.length, failed, p99Ms: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN }
    }
  }
})

/** Every peer asks `perSecond` times a second: what a timer is late by is caught up with. */
function askSteadily(
  peers: readonly HonestPeer[],
  { ms, perSecond }: { ms: number; perSecond: number }
): Promise<void> {
  const startedAt = performance.now()
  let asked = 0
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsed = Math.min(performance.now() - startedAt, ms)
      for (const due = (elapsed / 1000) * perSecond; asked < due; asked++) for (const peer of peers) peer.ask()
      if (elapsed < ms) return
      clearInterval(timer)
      void Promise.all(peers.map((peer) => peer.end())).then(() => resolve())
    }, 1)
  })
}
