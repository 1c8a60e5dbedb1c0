import { Backoff } from '../deliver/backoff'
import type { Clock, Random, TimerHandle } from '../kit'
import type { RestartPolicy } from './manifest-types'

/** When a thread that failed is started again, where neither its manifest nor the configuration says it. */
export const RESTART_DEFAULTS: RestartPolicy = Object.freeze({
  firstMs: 1_000,
  factor: 2,
  longestMs: 30_000,
  jitter: 0.2,
  most: 5,
  withinMs: 60_000
})

/**
 * Counts the restarts of one thread, and waits before them. A thread that failed `most` times within
 * `withinMs`, or as often without having run so long in between, is not started again.
 */
export class Restarts {
  /** How often the thread was started again since it was switched on. */
  total = 0
  /** When the newest wait ends, on the kit's clock. */
  retryAt = 0
  readonly #clock: Clock
  readonly #random: Random
  #policy: RestartPolicy = RESTART_DEFAULTS
  #backoff: Backoff
  #recent = 0
  #lastAt = -Infinity
  #timer: TimerHandle | undefined

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock
    this.#random = random
    this.#backoff = new Backoff(this.#policy, random)
  }

  /** Gives the wait before the next restart, in ms; undefined where there is to be none. */
  next(policy: RestartPolicy): number | undefined {
    const now = this.#clock.now()
    if (!isSame(policy, this.#policy) || now - this.#lastAt > policy.withinMs) this.#begin(policy)
    if (this.#recent >= policy.most) return undefined
    this.#recent += 1
    this.total += 1
    const waitMs = this.#backoff.next()
    // The wait itself is no time that the thread ran.
    this.#lastAt = now + waitMs
    return waitMs
  }

  /** Calls back after the wait before the next restart. Gives false where there is to be none. */
  schedule(policy: RestartPolicy, restart: () => void): boolean {
    const waitMs = this.next(policy)
    if (waitMs === undefined) return false
    this.retryAt = this.#clock.now() + waitMs
    this.#timer = this.#clock.setTimeout(restart, waitMs)
    return true
  }

  /** Gives up the wait that is under way. */
  cancel(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Forgets the failures of the past. */
  reset(): void {
    this.#begin(this.#policy)
  }

  #begin(policy: RestartPolicy): void {
    this.#policy = policy
    this.#backoff = new Backoff(policy, this.#random)
    this.#recent = 0
    this.#lastAt = -Infinity
  }
}

function isSame(left: RestartPolicy, right: RestartPolicy): boolean {
  return Object.entries(left).every(([key, value]) => Reflect.get(right, key) === value)
}
