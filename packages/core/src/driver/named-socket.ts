import type { DriverSocket, SocketLimits } from './contract'

/** What a socket is known by from its beginning, and its limits. */
export interface SocketFacts extends Pick<DriverSocket, 'url' | 'peer' | 'host'> {
  readonly exporter: Uint8Array | undefined
  readonly limits: SocketLimits
}

/** A connection by what it is known by. */
export abstract class NamedSocket implements Pick<DriverSocket, 'url' | 'peer' | 'host' | 'exporter'> {
  readonly url: string
  readonly peer: string
  readonly host: string
  readonly exporter: Uint8Array | undefined

  constructor({ url, peer, host, exporter }: SocketFacts) {
    this.url = url
    this.peer = peer
    this.host = host
    this.exporter = exporter
  }
}

/** Bytes in a send queue above which `send` gives false. */
export function highWaterOf({ sendQueueBytes }: Pick<SocketLimits, 'sendQueueBytes'>): number {
  return Math.floor(sendQueueBytes / 4)
}
