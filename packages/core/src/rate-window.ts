/** Counts events in windows of a fixed length. */
export class RateWindow {
  readonly #limit: number
  readonly #lengthMs: number
  #start = -Infinity
  #count = 0

  /** @param limit most events in one window; 0 sets none */
  constructor(limit: number, lengthMs: number) {
    this.#limit = limit
    this.#lengthMs = lengthMs
  }

  /** Counts one event at `now`; true from the first one past the limit. */
  exceeded(now: number): boolean {
    if (this.#limit === 0) return false
    if (now - this.#start >= this.#lengthMs) {
      this.#start = now
      this.#count = 0
    }
    return ++this.#count > this.#limit
  }
}
