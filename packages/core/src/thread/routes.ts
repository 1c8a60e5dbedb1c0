import { compareNames } from './names'
import type { Generation } from './generation'
import type { Handler } from './thread'

/** Where a message goes. */
export interface Route {
  readonly generation: Generation
  readonly handler: Handler
}

/** The routes of all running threads, made anew and switched in one step whenever one of them changes. */
export class RouteTable {
  readonly #types = new Map<number, Map<string, Route[]>>()

  /** The routes of one event stand in the order of their threads' names. */
  constructor(generations: Iterable<Generation>) {
    for (const generation of [...generations].sort((left, right) => compareNames(left.name, right.name))) {
      this.#add(generation)
    }
  }

  find(type: number, event: string): readonly Route[] | undefined {
    return this.#types.get(type)?.get(event)
  }

  #add(generation: Generation): void {
    for (const [type, handlers] of generation.handlers) {
      const events = this.#types.get(type) ?? new Map<string, Route[]>()
      this.#types.set(type, events)
      for (const [event, handler] of handlers) {
        const routes = events.get(event)
        if (routes === undefined) events.set(event, [{ generation, handler }])
        else routes.push({ generation, handler })
      }
    }
  }
}
