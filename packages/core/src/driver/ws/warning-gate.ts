import type { P2pError } from '../../errors'
import type { Clock } from '../../kit'

/** Most warnings of one gate within a minute: what strangers cause must not fill a disk with log. */
export const WARNINGS_PER_MINUTE = 10

const MINUTE_MS = 60_000

/** Lets warnings through up to a rate, and tells with the next one how many were held back. */
export class WarningGate {
  readonly #clock: Clock
  readonly #onWarning: (error: P2pError) => void
  #minuteStart = -Infinity
  #passed = 0
  #heldBack = 0

  constructor(clock: Clock, onWarning: (error: P2pError) => void) {
    this.#clock = clock
    this.#onWarning = onWarning
  }

  /** `create` makes the warning; it gets the number of those that were held back since the last one. */
  warn(create: (heldBack: number) => P2pError): void {
    const now = this.#clock.now()
    if (now - this.#minuteStart >= MINUTE_MS) {
      this.#minuteStart = now
      this.#passed = 0
    }
    if (this.#passed >= WARNINGS_PER_MINUTE) {
      this.#heldBack += 1
      return
    }
    this.#passed += 1
    this.#onWarning(create(this.#heldBack))
    this.#heldBack = 0
  }
}
