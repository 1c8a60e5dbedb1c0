import type { P2pSocket, SocketState } from '../driver/socket'

/** What stands behind a P2pSocket: not for threads. */
export interface SocketBacking {
  readonly url: string
  readonly peer: string
  readonly host: string
  readonly state: SocketState
  readonly lastReceivedAt: number
  readonly bufferedAmount: number
  close(code: number, reason: string): void
  terminate(): void
}

/** Longest reason of a close frame in bytes (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123

/** The P2pSocket of a link: all that programs and threads can do with a connection. */
export class LinkSocket implements P2pSocket {
  readonly id: string
  readonly bInbound: boolean
  readonly #backing: SocketBacking

  constructor(id: string, inbound: boolean, backing: SocketBacking) {
    this.id = id
    this.bInbound = inbound
    this.#backing = backing
  }

  /** What stands behind a socket, or undefined for an object that is no LinkSocket. */
  static backingOf(socket: object): SocketBacking | undefined {
    return #backing in socket ? socket.#backing : undefined
  }

  get url(): string {
    return this.#backing.url
  }

  get peer(): string {
    return this.#backing.peer
  }

  get host(): string {
    return this.#backing.host
  }

  get bOutbound(): boolean {
    return !this.bInbound
  }

  get inbound(): boolean {
    return this.bInbound
  }

  get outbound(): boolean {
    return !this.bInbound
  }

  get state(): SocketState {
    return this.#backing.state
  }

  get lastReceivedAt(): number {
    return this.#backing.lastReceivedAt
  }

  get bufferedAmount(): number {
    return this.#backing.bufferedAmount
  }

  close(code = 1000, reason = ''): void {
    assertCloseCode(code)
    if (new TextEncoder().encode(reason).length > MAX_REASON_BYTES) {
      throw new RangeError(`a close reason has at most ${MAX_REASON_BYTES} bytes of UTF-8`)
    }
    this.#backing.close(code, reason)
  }

  terminate(): void {
    this.#backing.terminate()
  }
}

/** The codes that an endpoint may send (RFC 6455, section 7.4). */
function assertCloseCode(code: number): void {
  const registered = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)
  if (Number.isInteger(code) && (registered || (code >= 3000 && code <= 4999))) return
  throw new RangeError(`${code} is no close code that can be sent: use 1000, or 3000 to 4999`)
}
