import { WebSocket } from 'ws'
import type {
  WebSocketClass,
  WebSocketEvent,
  WebSocketEventName,
  WebSocketLike
} from '../../../src/driver/web/web-socket'

/** The class that a page of that origin [none] connects with: that of `ws`, without what only Node can do. */
export function pageWebSocket(origin?: string): WebSocketClass {
  return class PageWebSocket implements WebSocketLike {
    readonly #ws: WebSocket
    /** What the queue of a page had when its code began to run, and was given since: it shrinks between tasks alone. */
    #queuedBytes: number | undefined

    constructor(url: string) {
      this.#ws = new WebSocket(url, origin === undefined ? {} : { origin })
    }

    get binaryType(): string {
      return this.#ws.binaryType
    }

    set binaryType(type: string) {
      if (type === 'arraybuffer') this.#ws.binaryType = type
    }

    get readyState(): number {
      return this.#ws.readyState
    }

    get bufferedAmount(): number {
      return this.#queuedBytes ?? this.#ws.bufferedAmount
    }

    send(bytes: Uint8Array): void {
      if (this.#queuedBytes === undefined) setImmediate(() => (this.#queuedBytes = undefined))
      this.#queuedBytes = this.bufferedAmount + bytes.length
      this.#ws.send(bytes)
    }

    close(code?: number, reason?: string): void {
      if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
        throw new DOMException(`a page may not close with ${code}`, 'InvalidAccessError')
      }
      this.#ws.close(code, reason)
    }

    addEventListener(type: WebSocketEventName, listener: (event: WebSocketEvent) => void): void {
      // A page is not told why.
      if (type === 'error') this.#ws.addEventListener(type, () => listener({}))
      else this.#ws.addEventListener(type, (event: object) => listener(event))
    }
  }
}
