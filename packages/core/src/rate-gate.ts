import type { Clock } from './kit'
import { RateWindow } from './rate-window'

const MINUTE_MS = 60_000

/** Lets reports through up to a rate: what strangers cause must not fill a disk. */
export class RateGate {
  readonly #clock: Clock
  readonly #window: RateWindow
  #heldBack = 0

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock
    this.#window = new RateWindow(perMinute, MINUTE_MS)
  }

  /** Gives how many were held back since the last one that passed; undefined for one that is held back itself. */
  pass(): number | undefined {
    if (this.#window.exceeded(this.#clock.now())) {
      this.#heldBack++
      return undefined
    }
    const heldBack = this.#heldBack
    this.#heldBack = 0
    return heldBack
  }
}
