import type { Clock, TimerHandle } from '../kit'

/** Shortest time between two sweeps, in ms: a wait may end this much late. */
const SWEEP_INTERVAL_MS = 10

/**
 * One timer for all deadlines of a kind. A deadline that is met costs nothing: the timer sweeps at the earliest one
 * that was ever announced, and the sweep says which is the earliest that is left.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #sweep: (now: number) => number
  #timer: TimerHandle | undefined
  #armedFor = Infinity

  /** `sweep` ends what is due at `now` and gives the earliest deadline that is left, Infinity for none. */
  constructor(clock: Clock, sweep: (now: number) => number) {
    this.#clock = clock
    this.#sweep = sweep
  }

  /** Announces a deadline on the clock. */
  watch(deadline: number): void {
    if (deadline < this.#armedFor) this.#arm(deadline)
  }

  /** Forgets all deadlines. */
  clear(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#armedFor = Infinity
  }

  #arm(deadline: number): void {
    this.clear()
    if (deadline === Infinity) return
    this.#armedFor = deadline
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#timer = undefined
        this.#armedFor = Infinity
        this.watch(this.#sweep(this.#clock.now()))
      },
      Math.max(deadline - this.#clock.now(), SWEEP_INTERVAL_MS)
    )
  }
}
