import { messageControl } from '../deliver/message'
import type { CP2pMessage } from '../deliver/message'
import { compareNames } from './names'
import type { Generation } from './generation'
import type { Receiver } from './intake'
import { ALONE, SharedOutcome } from './outcome'
import type { Outcome } from './outcome'
import type { EventQuota, Quotas } from './quotas'
import type { Handler } from './thread'

/** Where a message goes. */
interface Route {
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

  /** Hands a message to the receivers of its type and event. Gives false where there are none; nothing was done then. */
  route(message: CP2pMessage): boolean {
    const routes = this.#types.get(message.type)?.get(message.event)
    const first = routes?.[0]
    if (routes === undefined || first === undefined) return false
    if (routes.length > 1) routeToAll(routes, message)
    else handOver(first, message, ALONE)
    return true
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

function routeToAll(routes: readonly Route[], message: CP2pMessage): void {
  const outcome = new SharedOutcome(routes.length)
  let own: CP2pMessage | undefined = message
  for (const route of routes) {
    handOver(route, own ?? messageControl.fork(message), outcome)
    own = undefined
  }
}

function handOver({ receiver, handler, quota }: Route, message: CP2pMessage, outcome: Outcome): void {
  const refusal = quota?.refusalOf(message)
  if (refusal === undefined) receiver.handle(handler, message, outcome)
  else outcome.failed(message, refusal)
}
