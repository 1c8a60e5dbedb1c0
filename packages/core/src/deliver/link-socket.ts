import { assertCloseFrame } from '../driver/close-frame'
import type { P2pSocket, SocketProof, SocketState } from '../driver/socket'

/** What stands behind a P2pSocket: not for threads. */
export interface SocketBacking {
  readonly url: string
  readonly peer: string
  readonly host: string
  readonly peerId: string | undefined
  readonly formerPeerId: string | undefined
  readonly proof: SocketProof | undefined
  readonly state: SocketState
  readonly lastReceivedAt: number
  readonly bufferedAmount: number
  close(code: number, reason: string): void
  terminate(): void
}

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

  get peerId(): string | undefined {
    return this.#backing.peerId
  }

  get formerPeerId(): string | undefined {
    return this.#backing.formerPeerId
  }

  get proof(): SocketProof | undefined {
    return this.#backing.proof
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
    assertCloseFrame(code, reason)
    this.#backing.close(code, reason)
  }

  terminate(): void {
    this.#backing.terminate()
  }
}
