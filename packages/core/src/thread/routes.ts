import { compareNames } from './names'
import type { Generation } from './generation'
import type { Receiver } from './intake'
import type { EventQuota, Quotas } from './quotas'
import type { Handler } from './thread'

/** Where a message goes. */
export interface Route {
  readonly receiver: Receiver
  readonly handler: Handler
  /** How often one peer may send it; undefined where nothing is said. */
  readonly quota: EventQuota | undefined
}

/** A running version, and who takes its messages: itself, but for the time of a hand-over. */
export interface Destination {
  readonly generation: Generation
  readonly receiver: Receiver
}

/** The routes of all running threads, made anew and switched in one step whenever one of them changes. */
export class RouteTable {
  readonly #types = new Map<number, Map<string, Route[]>>()
  readonly #quotas: Quotas | undefined

  /** The routes of one event stand in the order of their threads' names. */
  constructor(destinations: readonly Destination[], quotas?: Quotas) {
    this.#quotas = quotas
    const byName = destinations.toSorted((left, right) => compareNames(left.generation.name, right.generation.name))
    for (const destination of byName) this.#add(destination)
  }

  find(type: number, event: string): readonly Route[] | undefined {
    return this.#types.get(type)?.get(event)
  }

  #add({ generation, receiver }: Destination): void {
    for (const [type, handlers] of generation.handlers) {
      const events = this.#types.get(type) ?? new Map<string, Route[]>()
      this.#types.set(type, events)
      for (const [event, handler] of handlers) {
        const routes = events.get(event)
        const route = { receiver, handler, quota: this.#quotas?.find(generation, event) }
        if (routes === undefined) events.set(event, [route])
        else routes.push(route)
      }
    }
  }
}
