import type { CP2pMessage } from '../deliver/message'
import type { P2pError } from '../errors'
import type { Outcome } from './outcome'
import type { Handler } from './thread'

/** Takes the messages that are routed to a thread. */
export interface Receiver {
  handle(handler: Handler, message: CP2pMessage, outcome: Outcome): void
}

/** Whoever takes over: its own handlers, found by type and event. */
export interface Successor extends Receiver {
  readonly handlers: ReadonlyMap<number, ReadonlyMap<string, Handler>>
}

/** Why a message cannot be handed over; undefined where it can. */
type Refusal = P2pError | undefined

/** Says of a message that waited whether the contracts of who serves now can read it. */
export type Judge = (message: CP2pMessage) => Refusal | Promise<Refusal>

/** Most messages that are kept back while a thread hands over; the next is refused. */
export const KEPT_MESSAGES = 1_000

interface Kept {
  readonly message: CP2pMessage
  readonly outcome: Outcome
}

/** Keeps the messages for a thread back, in order, while its old version hands its state to the new one. */
export class Intake implements Receiver {
  readonly #name: string
  readonly #kept: Kept[] = []

  constructor(name: string) {
    this.#name = name
  }

  handle(_handler: Handler, message: CP2pMessage, outcome: Outcome): void {
    if (this.#kept.length < KEPT_MESSAGES) this.#kept.push({ message, outcome })
    else outcome.failed(message, this.#refusal('ERR_TRUSTP2P_LIMIT_BUSY', 'hands over to its next version'))
  }

  /** Gives what was kept to who serves now. */
  release(successor: Successor, judge: Judge): void {
    for (const kept of this.#kept.splice(0)) {
      const refusal = judge(kept.message)
      if (refusal instanceof Promise) void refusal.then((late) => this.#give(kept, successor, late))
      else this.#give(kept, successor, refusal)
    }
  }

  #give({ message, outcome }: Kept, successor: Successor, refusal: Refusal): void {
    const handler = successor.handlers.get(message.type)?.get(message.event)
    if (refusal !== undefined) outcome.failed(message, { code: refusal.code, text: refusal.message })
    else if (handler !== undefined) successor.handle(handler, message, outcome)
    else outcome.failed(message, this.#refusal('ERR_TRUSTP2P_THREAD_NO_HANDLER', 'handles this event no more'))
  }

  #refusal(code: string, what: string): { code: string; text: string } {
    return { code, text: `the thread ${this.#name} ${what}` }
  }
}
