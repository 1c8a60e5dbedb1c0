import { SimulationError } from './simulation-error'
import type { VirtualTime } from './virtual-time'

/** Somebody for whom time goes on. */
export interface Wait {
  /** Looked at in the end of each instant; undefined for who waits for the time alone. */
  readonly isDone?: () => boolean
  /** Virtual time in ms at which it ends in any case. */
  readonly until: number
}

interface Waiter extends Wait {
  /** True where it was done, false where its time had come. */
  resolve(done: boolean): void
  reject(error: unknown): void
}

/**
 * Lets time go on while somebody waits. Between two events the event loop of the process turns once: by then every
 * promise, every `process.nextTick` and every deferred callback that the first one led to has run, so that nothing
 * depends on how long they take.
 */
export class RunLoop {
  readonly #time: VirtualTime
  readonly #describe: () => string
  #waiters: Waiter[] = []
  #turns = false

  /** @param describe what an error adds: the seed, and the time */
  constructor(time: VirtualTime, describe: () => string) {
    this.#time = time
    this.#describe = describe
  }

  /** Settles with true once it is done, with false at its time. Rejects where nothing is left that could happen. */
  wait(wait: Wait): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject, ...wait })
      if (this.#turns) return
      this.#turns = true
      setImmediate(this.#turn)
    })
  }

  /** Rejects everybody who waits. */
  end(error: unknown): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
  }

  readonly #turn = (): void => {
    try {
      this.#goOn()
    } catch (error) {
      this.end(error)
    }
    this.#turns = this.#waiters.length > 0
    if (this.#turns) setImmediate(this.#turn)
  }

  /** Who is done continues in this instant, before anything else happens. */
  #goOn(): void {
    const { nextAt, now } = this.#time
    if (nextAt > now) {
      if (this.#release(isDone)) return
      const until = this.#nextEnd(nextAt)
      if (nextAt > until) return this.#expire(until)
      if (nextAt === Infinity) throw this.#idleError()
    }
    this.#time.step()
  }

  /** When the next wait ends in any case. Where nothing can happen any more, a condition is not waited for in vain. */
  #nextEnd(nextAt: number): number {
    const waiters = nextAt === Infinity ? this.#waiters.filter(({ isDone }) => isDone === undefined) : this.#waiters
    return Math.min(...waiters.map(({ until }) => until))
  }

  #expire(until: number): void {
    this.#time.goTo(Math.max(until, this.#time.now))
    this.#release((waiter) => (waiter.until <= this.#time.now ? false : undefined))
  }

  /** Settles those of whom `outcome` gives how; true where there was one. */
  #release(outcome: (waiter: Waiter) => boolean | undefined): boolean {
    const waiters = this.#waiters
    this.#waiters = waiters.filter((waiter) => {
      const settled = outcomeOf(waiter, outcome)
      if (settled !== undefined) waiter.resolve(settled)
      return settled === undefined
    })
    return this.#waiters.length < waiters.length
  }

  #idleError(): SimulationError {
    const text = `nothing is left that could happen, and what is waited for has not (${this.#describe()})`
    return new SimulationError('ERR_SIMULATION_IDLE', text)
  }
}

function isDone(waiter: Waiter): true | undefined {
  return waiter.isDone?.() === true ? true : undefined
}

/** A condition that throws has failed its own waiter alone. */
function outcomeOf(waiter: Waiter, outcome: (waiter: Waiter) => boolean | undefined): boolean | undefined {
  try {
    return outcome(waiter)
  } catch (error) {
    waiter.reject(error)
    return false
  }
}
