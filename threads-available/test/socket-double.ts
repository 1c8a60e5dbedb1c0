import type { P2pSocket, SocketState } from 'trustp2p'

export interface SocketDoubleOptions {
  readonly host?: string
  readonly inbound?: boolean
  readonly peerId?: string | undefined
}

/** A socket without a wire, which a test has a thread see. */
export class SocketDouble implements P2pSocket {
  readonly url = 'test://local'
  readonly host: string
  readonly peerId: string | undefined
  readonly proof = undefined
  readonly bInbound: boolean
  readonly bufferedAmount = 0
  state: SocketState = 'open'
  lastReceivedAt = 0

  constructor(
    readonly id: string,
    { host = 'peer', inbound = true, peerId }: SocketDoubleOptions = {}
  ) {
    this.host = host
    this.bInbound = inbound
    this.peerId = peerId
  }

  get peer(): string {
    return `${this.host}:5`
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

  close(): void {
    this.state = 'closed'
  }

  terminate(): void {
    this.close()
  }
}
