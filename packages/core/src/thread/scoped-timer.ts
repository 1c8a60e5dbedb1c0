import type { Clock, TimerHandle } from '../kit'
import type { Disposer } from './thread-scope'

/** Longest delay of Node's and the browsers' timers, in ms; a longer one counts as the shortest there, and here. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** Whose timer it is. */
export interface TimerOwner {
  readonly clock: Clock
  /** Where a running timer stands, so that it ends with its owner. */
  readonly disposers: Set<Disposer>
  /** True once nothing may start any more. */
  readonly disposed: boolean
}

/** A timer of a thread. It has the methods of Node's `Timeout`, and is cleared with `close()`. */
export class ScopedTimer {
  readonly #owner: TimerOwner
  readonly #run: () => void
  readonly #delayMs: number
  readonly #repeat: boolean
  readonly #dispose = (): void => {
    this.close()
  }
  #handle: TimerHandle | undefined
  #closed = false
  #referenced = true

  constructor(owner: TimerOwner, options: { run: () => void; delayMs: number; repeat: boolean }) {
    this.#owner = owner
    this.#run = options.run
    this.#delayMs = options.delayMs
    this.#repeat = options.repeat
  }

  /** Lets the timer keep the process running, which it does from the start. */
  ref(): this {
    this.#referenced = true
    callMethod(this.#handle, 'ref')
    return this
  }

  /** Lets the process end although the timer runs. */
  unref(): this {
    this.#referenced = false
    callMethod(this.#handle, 'unref')
    return this
  }

  /** True while the timer runs and keeps the process running. */
  hasRef(): boolean {
    return this.#referenced && this.#handle !== undefined
  }

  /** Starts the delay anew, also after it has passed; nothing once the timer is closed or its thread unloaded. */
  refresh(): this {
    if (this.#closed || this.#owner.disposed) return this
    this.#forget()
    this.#handle = this.#owner.clock.setTimeout(() => this.#fire(), this.#delayMs)
    if (!this.#referenced) callMethod(this.#handle, 'unref')
    this.#owner.disposers.add(this.#dispose)
    return this
  }

  /** Ends the timer for good. */
  close(): this {
    this.#closed = true
    this.#forget()
    return this
  }

  #fire(): void {
    this.#forget()
    this.#run()
    if (this.#repeat && this.#handle === undefined) this.refresh()
  }

  #forget(): void {
    if (this.#handle !== undefined) this.#owner.clock.clearTimeout(this.#handle)
    this.#handle = undefined
    this.#owner.disposers.delete(this.#dispose)
  }
}

/** The delay that Node's own timers would take: 1 ms for what is none, too short or too long. */
export function effectiveDelay(delayMs: unknown): number {
  const number = Number(delayMs)
  return number >= 1 && number <= LONGEST_DELAY_MS ? Math.trunc(number) : 1
}

/** Forwards to the platform's own timer, where it has such a method. */
function callMethod(handle: TimerHandle | undefined, name: 'ref' | 'unref'): void {
  if (typeof handle !== 'object') return
  const method: unknown = Reflect.get(handle, name)
  if (typeof method === 'function') Reflect.apply(method, handle, [])
}
