import type { Context, Log } from './kit'

type Listener<Arguments extends readonly unknown[]> = (...values: Arguments) => void

/**
 * Events for the browser rooms. A listener that throws is reported to the log and starves no later one; a listener
 * that is added or removed during an emit takes part from the next one on. What a listener does is its own program's,
 * also where the code of a thread led to the event.
 */
export class Emitter<Events extends { readonly [Name in keyof Events]: readonly unknown[] }> {
  readonly #log: Log
  readonly #context: Context | undefined
  readonly #listeners = new Map<keyof Events, readonly Listener<never>[]>()

  constructor(log: Log, context?: Context) {
    this.#log = log
    this.#context = context
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
    const listeners = this.#listeners.get(name)
    if (listeners === undefined) return
    if (this.#context?.current === undefined) return this.#call(listeners, name, values)
    const outer = this.#context.enter(undefined)
    this.#call(listeners, name, values)
    this.#context.leave(outer)
  }

  #call<Name extends keyof Events>(listeners: readonly Listener<never>[], name: Name, values: Events[Name]): void {
    for (const listener of listeners) {
      try {
        ;(listener as Listener<Events[Name]>)(...values)
      } catch (error) {
        this.#log.error({ err: error, event: name }, 'a listener threw')
      }
    }
  }
}
