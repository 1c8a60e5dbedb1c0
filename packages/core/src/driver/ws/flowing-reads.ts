import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Reads } from '../net/sliced-reads'

/**
 * Reads a WebSocket whose messages may be compressed. The library inflates one after the other, hands over each once that
 * is done, and stops reading by itself while too much waits for that.
 */
export class FlowingReads implements Reads {
  readonly #ws: WebSocket
  readonly #raw: Socket
  #isOver = false

  constructor(ws: WebSocket, raw: Socket) {
    this.#ws = ws
    this.#raw = raw
  }

  /** The library reads on once it is told to. */
  start(): void {}

  pause(): void {
    this.#ws.pause()
  }

  resume(): void {
    if (!this.#isOver) this.#ws.resume()
  }

  readOn(): boolean {
    return false
  }

  /** What comes in one piece with the last of these bytes is read, too: up to 64 KiB. */
  readAtMost(bytes: number): void {
    const last = this.#raw.bytesRead + bytes
    const onData = (): void => {
      if (this.#raw.bytesRead <= last) return
      this.#raw.off('data', onData)
      // For good: frames that wait for a turn resume the reads when they are gone.
      this.#isOver = true
      this.#ws.pause()
    }
    this.#raw.on('data', onData)
  }
}
