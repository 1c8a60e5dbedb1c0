import type { EventEmitter } from 'node:events'
import type { Leak } from './leak'

/** What a thread may change beside itself: emitters that others use too, and the names of the global object. */
export class SharedThings {
  readonly #emitters: ReadonlyMap<string, EventEmitter>
  readonly #listeners: ReadonlyMap<string, ReadonlySet<unknown>>
  readonly #globals = globalValues()

  /** `emitters` by the name that a report calls each. */
  constructor(emitters: Readonly<Record<string, EventEmitter>>) {
    this.#emitters = new Map(Object.entries({ process, ...emitters }))
    this.#listeners = new Map([...this.#emitters].map(([name, emitter]) => [name, new Set(listenersOf(emitter))]))
  }

  leaks(): readonly Leak[] {
    return [...this.#addedListeners(), ...this.#changedGlobals()]
  }

  #addedListeners(): Leak[] {
    return [...this.#emitters].flatMap(([name, emitter]) =>
      emitter.eventNames().flatMap((event) => {
        const before = this.#listeners.get(name)
        const added = emitter.rawListeners(event).filter((listener) => before?.has(listener) !== true)
        return added.map((): Leak => ({ kind: 'listener', text: `a listener of ${name} '${String(event)}'` }))
      })
    )
  }

  #changedGlobals(): Leak[] {
    const now = globalValues()
    const names = [...new Set([...this.#globals.keys(), ...now.keys()])]
    return names.filter((name) => hasChanged(this.#globals, now, name)).map(changedGlobal)
  }
}

type Globals = ReadonlyMap<string | symbol, PropertyDescriptor>

/** Node replaces getters of globals by their values at the first use: that is no change of the thread's. */
function hasChanged(before: Globals, now: Globals, name: string | symbol): boolean {
  const [old, current] = [before.get(name), now.get(name)]
  if (old === undefined || current === undefined) return true
  return old.get === undefined && !Object.is(old.value, current.value)
}

function changedGlobal(name: string | symbol): Leak {
  return { kind: 'global', text: `a changed global: ${String(name)}` }
}

function listenersOf(emitter: EventEmitter): unknown[] {
  return emitter.eventNames().flatMap((event) => emitter.rawListeners(event))
}

function globalValues(): Globals {
  const values = new Map<string | symbol, PropertyDescriptor>()
  for (const name of Reflect.ownKeys(globalThis)) {
    const found = Object.getOwnPropertyDescriptor(globalThis, name)
    if (found !== undefined) values.set(name, found)
  }
  return values
}
