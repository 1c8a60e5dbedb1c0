import type { Clock } from '../kit'
import { ScopedTimer, effectiveDelay } from './scoped-timer'
import type { TimerOwner } from './scoped-timer'
import type { ThreadGlobals } from './thread-source'

/** Undoes something; may be asynchronous. */
export type Disposer = () => unknown

/** Runs a callback so that what it throws or rejects with is caught, attributed and reported. */
export type Guard = (where: string, callback: () => unknown) => void

/** What Node's `events` modules and most libraries give: `on` and `off`. */
export interface ListenedEmitter {
  on(event: string | symbol, listener: (...values: unknown[]) => void): unknown
  off(event: string | symbol, listener: (...values: unknown[]) => void): unknown
}

/** An EventTarget (WHATWG DOM, section 2.7). */
export interface ListenedTarget {
  addEventListener(event: string, listener: (event: unknown) => void): unknown
  removeEventListener(event: string, listener: (event: unknown) => void): unknown
}

/** Where Node looks for the promise form of a function; common code writes `promisify(setTimeout)`. */
const PROMISIFY = Symbol.for('nodejs.util.promisify.custom')

/**
 * What a thread took and has to give back: timers, listeners, effects. Once it is disposed of, taking does nothing,
 * so that code which still runs after its thread was unloaded leaves nothing behind.
 */
export class ThreadScope implements TimerOwner {
  /** Timers for a module that knows nothing of threads. */
  readonly globals: ThreadGlobals
  readonly clock: Clock
  /** What is taken and not yet given back. */
  readonly disposers = new Set<Disposer>()
  readonly #guard: Guard
  #disposed = false

  constructor(clock: Clock, guard: Guard) {
    this.clock = clock
    this.#guard = guard
    this.globals = this.#createGlobals()
  }

  get disposed(): boolean {
    return this.#disposed
  }

  /** Keeps a way to undo something; gives the function that undoes it at once, which is harmless when called again. */
  add(disposer: Disposer): () => void {
    const entry: Disposer = () => (this.disposers.delete(entry) ? disposer() : undefined)
    this.disposers.add(entry)
    if (this.#disposed) this.#guard('effect', entry)
    return () => this.#guard('effect', entry)
  }

  /** Runs an effect now and what it gives back at unload. */
  effect(effect: () => unknown): () => void {
    if (this.#disposed) return () => undefined
    const disposer = effect()
    return isDisposer(disposer) ? this.add(disposer) : () => undefined
  }

  /** Listens until unload, or until the function that it gives is called. */
  listen(
    source: ListenedEmitter | ListenedTarget,
    event: string,
    listener: (...values: never[]) => unknown
  ): () => void {
    const guarded = this.guarded(`listener of ${event}`, listener)
    return this.effect(() => {
      if ('on' in source) {
        source.on(event, guarded)
        return () => source.off(event, guarded)
      }
      source.addEventListener(event, guarded)
      return () => source.removeEventListener(event, guarded)
    })
  }

  /** A function that does the same under the guard, and nothing once the scope is disposed of. */
  guarded(where: string, callback: (...values: never[]) => unknown): (...values: unknown[]) => void {
    return (...values) => {
      if (!this.#disposed) this.#guard(where, () => Reflect.apply(callback, undefined, values))
    }
  }

  /** Calls back once after `delayMs`, on the kit's clock. */
  setTimeout(callback: (...values: never[]) => unknown, delayMs?: number, ...values: unknown[]): ScopedTimer {
    return this.#timer('setTimeout', callback, { delayMs: effectiveDelay(delayMs), values, repeat: false })
  }

  /** Calls back every `delayMs`, on the kit's clock. */
  setInterval(callback: (...values: never[]) => unknown, delayMs?: number, ...values: unknown[]): ScopedTimer {
    return this.#timer('setInterval', callback, { delayMs: effectiveDelay(delayMs), values, repeat: true })
  }

  /** Lets the same code take again: for a version that is started anew. */
  reopen(): void {
    this.#disposed = false
  }

  /** Undoes everything, newest first; one that fails hinders no other. Settles when asynchronous ones have ended. */
  async dispose(): Promise<void> {
    this.#disposed = true
    const endings: Promise<void>[] = []
    for (const disposer of [...this.disposers].reverse()) endings.push(this.#undo(disposer))
    await Promise.all(endings)
  }

  async #undo(disposer: Disposer): Promise<void> {
    try {
      await disposer()
    } catch (error) {
      this.#guard('effect', () => {
        throw error
      })
    }
  }

  #timer(
    where: string,
    callback: (...values: never[]) => unknown,
    options: { delayMs: number; values: readonly unknown[]; repeat: boolean }
  ): ScopedTimer {
    if (typeof callback !== 'function') throw new TypeError(`${where} takes a function, not ${typeof callback}`)
    const { delayMs, values, repeat } = options
    const run = (): void => this.#guard(where, () => Reflect.apply(callback, undefined, values))
    return new ScopedTimer(this, { run, delayMs, repeat }).refresh()
  }

  /** The platform's own forgets whose it is before it throws. */
  #microtask(callback: () => unknown): void {
    if (typeof callback !== 'function') throw new TypeError(`queueMicrotask takes a function, not ${typeof callback}`)
    void Promise.resolve().then(() => this.#guard('queueMicrotask', callback))
  }

  #createGlobals(): ThreadGlobals {
    const clear = (handle: unknown): void => {
      if (handle instanceof ScopedTimer) handle.close()
    }
    const wait = (delayMs?: number, value?: unknown): Promise<unknown> =>
      new Promise((resolve) => this.setTimeout(() => resolve(value), delayMs))
    return {
      setTimeout: Object.assign(this.setTimeout.bind(this), { [PROMISIFY]: wait }),
      clearTimeout: clear,
      setInterval: this.setInterval.bind(this),
      clearInterval: clear,
      setImmediate: Object.assign(
        (callback: (...values: unknown[]) => void, ...values: unknown[]) =>
          this.#timer('setImmediate', callback, { delayMs: 0, values, repeat: false }),
        { [PROMISIFY]: (value?: unknown) => wait(0, value) }
      ),
      clearImmediate: clear,
      queueMicrotask: (callback) => this.#microtask(callback)
    }
  }
}

function isDisposer(value: unknown): value is Disposer {
  return typeof value === 'function'
}
