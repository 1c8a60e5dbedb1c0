import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

const BINARY = { binary: true }

/** A `ws` whose frames of one tick leave in one write. */
export class CorkedSocket {
  readonly #ws: WebSocket
  readonly #raw: Socket
  #corked = false

  /** `raw` is the connection below: the request's socket on a server, that of the `upgrade` response on a client. */
  constructor(ws: WebSocket, raw: Socket) {
    this.#ws = ws
    this.#raw = raw
  }

  send(frame: Buffer): void {
    if (!this.#corked) {
      this.#corked = true
      this.#raw.cork()
      process.nextTick(this.#uncork)
    }
    this.#ws.send(frame, BINARY)
  }

  readonly #uncork = (): void => {
    this.#corked = false
    this.#raw.uncork()
  }
}
