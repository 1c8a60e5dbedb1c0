import type { Clock } from '../../kit'

/** So much may be read late at once, after a while without. */
export const LATE_BURST_BYTES = 1024 * 1024

/** And so much each ms from then on. */
export const LATE_BYTES_PER_MS = 8 * 1024

/** How long the reads stop when that is used up. */
export const LATE_STOP_MS = 10

type PaceClock = Pick<Clock, 'now' | 'setTimeout'>

const paces = new WeakMap<PaceClock, LatePace>()

/**
 * How fast is read, for nobody, what peers had under way that were thrown off. All of them share it: each read is a
 * buffer of 64 KiB, and where nothing else is done with it, hundreds wait for a collector that stops the program then.
 * One peer that is thrown off for a mistake has all of the time that it has to follow, and more than it may send.
 */
export class LatePace {
  readonly #clock: PaceClock
  #dueBytes = LATE_BURST_BYTES
  #dueAt: number
  /** Who reads on, the next one first. */
  readonly #waiting = new Set<() => void>()
  #isTimed = false

  private constructor(clock: PaceClock) {
    this.#clock = clock
    this.#dueAt = clock.now()
  }

  /** One for each clock: that of Node, which all nodes of a process share, or one of a test. */
  static of(clock: PaceClock): LatePace {
    const pace = paces.get(clock) ?? new LatePace(clock)
    paces.set(clock, pace)
    return pace
  }

  /** How much may be read now. */
  get dueBytes(): number {
    const now = this.#clock.now()
    this.#dueBytes = Math.min(LATE_BURST_BYTES, this.#dueBytes + (now - this.#dueAt) * LATE_BYTES_PER_MS)
    this.#dueAt = now
    return Math.floor(this.#dueBytes)
  }

  /** Counts what was read. */
  take(bytes: number): void {
    this.#dueBytes -= bytes
  }

  /** Calls back a little later, behind those that wait already. */
  wait(readOn: () => void): void {
    this.#waiting.add(readOn)
    this.#serveSoon()
  }

  #serveSoon(): void {
    if (this.#isTimed || this.#waiting.size === 0) return
    this.#isTimed = true
    this.#clock.setTimeout(this.#serve, LATE_STOP_MS)
  }

  readonly #serve = (): void => {
    for (const readOn of this.#waiting) {
      if (this.dueBytes === 0) break
      this.#waiting.delete(readOn)
      readOn()
    }
    this.#isTimed = false
    this.#serveSoon()
  }
}
