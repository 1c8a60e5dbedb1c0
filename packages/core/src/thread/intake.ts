import type { CP2pMessage } from '../deliver/message'
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
  release(successor: Successor): void {
    for (const { message, outcome } of this.#kept.splice(0)) {
      const handler = successor.handlers.get(message.type)?.get(message.event)
      if (handler !== undefined) successor.handle(handler, message, outcome)
      else outcome.failed(message, this.#refusal('ERR_TRUSTP2P_THREAD_NO_HANDLER', 'handles this event no more'))
    }
  }

  #refusal(code: string, what: string): { code: string; text: string } {
    return { code, text: `the thread ${this.#name} ${what}` }
  }
}
