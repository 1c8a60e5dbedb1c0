import { createClient } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { serveParent } from '../process/serve-parent'

const [, , url = '', folder = ''] = process.argv

/** Keeps a number of requests in flight from `begin` until `end`. */
class Asking {
  readonly #node: P2pNode
  readonly #socket: P2pSocket
  readonly #strayBefore: number
  #latencies: number[] = []
  #failed = 0
  #stopped = false
  #ended: Promise<unknown> = Promise.resolve()

  constructor(node: P2pNode, socket: P2pSocket) {
    this.#node = node
    this.#socket = socket
    this.#strayBefore = this.#stray
  }

  begin(inFlight: number): void {
    this.#ended = Promise.all(Array.from({ length: inFlight }, () => this.#askOn()))
  }

  async end(): Promise<Record<string, number>> {
    this.#stopped = true
    await this.#ended
    const sorted = Float64Array.from(this.#latencies).sort()
    return {
      answered: sorted.length,
      failed: this.#failed,
      // An answer that nobody waits for is one that came twice.
      twice: this.#stray - this.#strayBefore,
      p999Ms: sorted[Math.ceil(sorted.length * 0.999) - 1] ?? NaN
    }
  }

  get #stray(): number {
    return this.#node.status().counters.strayAnswers
  }

  async #askOn(): Promise<void> {
    while (!this.#stopped) {
      const startedAt = performance.now()
      try {
        await this.#node.request(this.#socket, 'version')
        this.#latencies.push(performance.now() - startedAt)
      } catch {
        this.#failed += 1
      }
    }
  }
}

serveParent(async () => {
  const node = await createClient({ cwd: folder, connect: [url], auth: 'off', log: { level: 'silent' } })
  const [socket] = node.sockets
  if (socket === undefined) throw new Error(`The client did not reach ${url}`)
  let asking = new Asking(node, socket)
  return {
    begin: ({ inFlight = 1 }) => {
      asking = new Asking(node, socket)
      asking.begin(inFlight)
      return {}
    },
    end: () => asking.end()
  }
})
