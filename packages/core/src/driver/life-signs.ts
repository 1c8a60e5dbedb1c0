/** What has passed on a connection so far, in bytes. */
export interface Traffic {
  readonly received: number
  /** Taken by the system. */
  readonly taken: number
  /** More waits: the system's own buffer is full, so that it takes more only when the peer reads. */
  readonly waiting: boolean
}

/** What a connection of Node counts. */
export interface ByteCounts {
  readonly bytesRead: number
  readonly bytesWritten: number
  readonly writableLength: number
}

/** Gives what has passed on a connection of Node, which counts what waits as written. */
export function trafficOf({ bytesRead, bytesWritten, writableLength }: ByteCounts): Traffic {
  return { received: bytesRead, taken: bytesWritten - writableLength, waiting: writableLength > 0 }
}

/** Why a connection is dropped whose peer is dead. */
export const NO_SIGN_OF_LIFE = 'it gave no sign of life between two keep-alive checks'

export type Verdict = 'alive' | 'silent' | 'dead'

/**
 * Tells from two looks at a connection whether its peer lives. Signs of life are bytes that came, and bytes that the
 * peer took: where they wait for it, those that leave show that it read others.
 */
export class LifeSigns {
  readonly #pongBytes: number
  #last: Traffic
  #pinged = false

  /**
   * What waits at the beginning is the end of the handshake: that it leaves is no sign of life.
   * @param pongBytes length of the answer to a ping: whoever sent no more than that is still silent
   */
  constructor(pongBytes: number, received: number) {
    this.#pongBytes = pongBytes
    this.#last = { received, taken: 0, waiting: false }
  }

  /** `silent`: ping it. `dead`: it was pinged after the last look, and gave no sign of life. */
  look(traffic: Traffic): Verdict {
    const came = traffic.received - this.#last.received
    const reads = this.#last.waiting && traffic.taken > this.#last.taken
    const wasPinged = this.#pinged
    this.#last = traffic
    this.#pinged = came <= (wasPinged ? this.#pongBytes : 0) && !reads
    if (wasPinged && came === 0 && !reads) return 'dead'
    return this.#pinged ? 'silent' : 'alive'
  }
}
