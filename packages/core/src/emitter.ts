import type { Log } from './kit'

type Listener<Arguments extends readonly unknown[]> = (...values: Arguments) => void

/**
 * Events for the browser rooms. A listener that throws is reported to the log and starves no later one; a listener
 * that is added or removed during an emit takes part from the next one on.
 */
export class Emitter<Events extends { readonly [Name in keyof Events]: readonly unknown[] }> {
  readonly #log: Log
  readonly #listeners = new Map<keyof Events, readonly Listener<never>[]>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Adds a listener and gives a function that removes it. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener])
    return () => this.off(name, listener)
  }

  /** Removes one registration of a listener; harmless when it is not registered. */
  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    const listeners = this.#listeners.get(name) ?? []
    const index = listeners.indexOf(listener)
    if (index < 0) return
    if (listeners.length === 1) this.#listeners.delete(name)
    else this.#listeners.set(name, listeners.toSpliced(index, 1))
  }

  listenerCount(name: keyof Events): number {
    return this.#listeners.get(name)?.length ?? 0
  }

  emit<Name extends keyof Events>(name: Name, ...values: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        ;(listener as Listener<Events[Name]>)(...values)
      } catch (error) {
        this.#log.error({ err: error, event: name }, 'a listener threw')
      }
    }
  }
}
