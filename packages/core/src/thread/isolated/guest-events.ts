import type { GuestLine } from './guest-line'
import type { CarriedValue } from './protocol'

type Listener = (...values: unknown[]) => void

/** The node's own events, as a thread in a room hears them: the node tells of those that it listens to. */
export class GuestEvents {
  readonly #line: GuestLine
  readonly #assertNodeEvent: (event: string) => void
  readonly #listeners = new Map<string, Set<Listener>>()

  /** `assertNodeEvent` throws a TypeError for an event that no node tells. */
  constructor(line: GuestLine, assertNodeEvent: (event: string) => void) {
    this.#line = line
    this.#assertNodeEvent = assertNodeEvent
  }

  /** Listens to an event; gives the way to stop. */
  listen(event: string, listener: Listener): () => void {
    this.#assertNodeEvent(event)
    const listeners = this.#listeners.get(event) ?? new Set()
    if (listeners.size === 0) this.#line.send({ kind: 'listen', event })
    this.#listeners.set(event, listeners.add(listener))
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#line.send({ kind: 'unlisten', event })
    }
  }

  /** The node tells of an event. */
  tell(event: string, values: readonly CarriedValue[]): void {
    const restored = values.map((value) => this.#line.restore(value))
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(...restored)
  }
}
