import type { RedialConfig } from '../config/config'
import type { Random } from '../kit'

/** The waits between attempts: each longer than the one before, up to a longest one, with a random part. */
export class Backoff {
  readonly #config: RedialConfig
  readonly #random: Random
  #nextMs: number

  constructor(config: RedialConfig, random: Random) {
    this.#config = config
    this.#random = random
    this.#nextMs = config.firstMs
  }

  /** The wait before the next attempt, in ms. */
  next(): number {
    const { factor, longestMs, jitter } = this.#config
    const waitMs = Math.min(this.#nextMs, longestMs)
    this.#nextMs = Math.min(waitMs * factor, longestMs)
    return waitMs * (1 + jitter * (2 * this.#random.next() - 1))
  }

  /** Starts again with the first wait. */
  reset(): void {
    this.#nextMs = this.#config.firstMs
  }
}
