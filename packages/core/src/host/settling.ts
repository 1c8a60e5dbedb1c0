export interface SettlingOptions {
  /** How long a change must stay as it is, in ms. */
  readonly settleMs: number
  /** How long a change that goes on is waited for, in ms. */
  readonly longestMs: number
  readonly now: () => number
}

interface Unsettled {
  readonly shape: string
  readonly firstAt: number
  readonly lastAt: number
}

/**
 * Holds changes back until they stay as they are: a file is often seen while it is being written, and a file that is
 * saved by removing it first is gone for a moment.
 */
export class Settling {
  readonly #options: SettlingOptions
  #unsettled = new Map<string, Unsettled>()
  #next = new Map<string, Unsettled>()

  constructor(options: SettlingOptions) {
    this.#options = options
  }

  /** True where the thing has had this shape for long enough, or was waited for for too long. */
  isSettled(name: string, shape: string): boolean {
    const { settleMs, longestMs, now } = this.#options
    const time = now()
    const known = this.#unsettled.get(name)
    const lastAt = known?.shape === shape ? known.lastAt : time
    const firstAt = known?.firstAt ?? time
    if (time - lastAt >= settleMs || time - firstAt >= longestMs) return true
    this.#next.set(name, { shape, firstAt, lastAt })
    return false
  }

  /** Ends one look: what was not asked about has changed back. Gives false where something is waited for. */
  endLook(): boolean {
    this.#unsettled = this.#next
    this.#next = new Map()
    return this.#unsettled.size === 0
  }
}
