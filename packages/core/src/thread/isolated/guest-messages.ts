import { CP2pMessage } from '../../deliver/message'
import { P2pError } from '../../errors'
import { CP2pPackage } from '../../wire/package'
import type { Handler } from '../thread'
import { carryError } from './carried-error'
import type { GuestContracts } from './guest-contracts'
import { GuestExchange } from './guest-exchange'
import type { GuestLine } from './guest-line'
import type { ToRoom } from './protocol'
import type { StepMarker } from './step'
import { isThenable } from './thenable'

export interface GuestMessagesOptions {
  readonly line: GuestLine
  readonly contracts: GuestContracts
  readonly steps: StepMarker
}

/** Whose handlers a message is for. */
export interface Recipient {
  readonly instance: object
  readonly handlers: ReadonlyMap<number, ReadonlyMap<string, Handler>>
  /** Deepest nesting of a body. */
  readonly bodyDepth: number
}

/** The messages that handlers of a thread in a room work on. */
export class GuestMessages {
  /** Set once the thread is constructed: before, no message comes. */
  recipient: Recipient = { instance: {}, handlers: new Map(), bodyDepth: 0 }
  readonly #options: GuestMessagesOptions
  readonly #exchanges = new Map<number, GuestExchange>()

  constructor(options: GuestMessagesOptions) {
    this.#options = options
  }

  /** Hands a message to its handler, and tells the node what that returned or failed with. */
  handle({ id, socket, frame, expectsAnswer }: Extract<ToRoom, { kind: 'message' }>): void {
    const { line, contracts, steps } = this.#options
    const { instance, handlers, bodyDepth } = this.recipient
    const received = CP2pPackage.decode(frame, { frameBytes: Infinity, bodyDepth })
    const exchange = new GuestExchange(id, line, { expectsAnswer, bodyDepth })
    const message = new CP2pMessage(received, line.sockets.see(socket), exchange)
    contracts.cover(message, bodyDepth)
    const handler = handlers.get(message.type)?.get(message.event)
    this.#exchanges.set(id, exchange)
    const fail = (error: unknown): void => this.#fail(id, error)
    const done = (value: unknown): void => this.#done(id, exchange, value)
    try {
      const result = steps.run(id, (): unknown => handler?.call(instance, message.socket, message))
      if (isThenable(result)) Promise.resolve(result).then(done).catch(fail)
      else done(result)
    } catch (error) {
      fail(error)
    }
  }

  /** Nobody waits for the answer to a message any more. */
  abort(id: number, reason: Error): void {
    if (reason instanceof P2pError) this.#exchanges.get(id)?.abort(reason)
  }

  #done(id: number, exchange: GuestExchange, value: unknown): void {
    this.#exchanges.delete(id)
    const { line } = this.#options
    line.send({ kind: 'done', id, value: value === undefined ? undefined : exchange.carry(value) })
  }

  #fail(id: number, error: unknown): void {
    this.#exchanges.delete(id)
    this.#options.line.send({ kind: 'failed', id, error: carryError(error) })
  }
}
