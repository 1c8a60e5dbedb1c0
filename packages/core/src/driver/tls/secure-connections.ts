import type { Socket } from 'node:net'

/**
 * Finds the TCP connection below a TLS one. Node tells of both, and not which belongs to which: they have the same
 * ends, and no two connections that are open at one time have.
 */
export class SecureConnections {
  readonly #raws = new Map<string, Socket>()

  add(raw: Socket): void {
    const ends = endsOf(raw)
    this.#raws.set(ends, raw)
    raw.once('close', () => {
      if (this.#raws.get(ends) === raw) this.#raws.delete(ends)
    })
  }

  /** Gives the connection below `secure`; undefined where that is gone. */
  below(secure: Socket): Socket | undefined {
    return this.#raws.get(endsOf(secure))
  }

  /** Gives and forgets the connection below `secure`; undefined where that is gone. */
  takeBelow(secure: Socket): Socket | undefined {
    const ends = endsOf(secure)
    const raw = this.#raws.get(ends)
    this.#raws.delete(ends)
    return raw
  }
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${String(remoteAddress)} ${String(remotePort)} ${String(localAddress)}`
}
