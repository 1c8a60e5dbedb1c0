import { messageControl } from '../../deliver/message'
import type { CP2pMessage } from '../../deliver/message'
import { P2pError } from '../../errors'
import { failureOf } from '../failure'
import type { Invoker } from '../invoker'
import type { Outcome } from '../outcome'
import { carryError } from './carried-error'
import { carryValues, restoreValue } from './carried-value'
import { bodyOf, factsMaybe } from './node-services'
import { isCarriedTyped } from './protocol'
import type { CarriedValue, RoomItem } from './protocol'
import type { SocketBook } from './socket-book'
import type { WorkerVersion } from './worker-version'

export interface RoomTrafficOptions {
  readonly version: WorkerVersion
  readonly book: SocketBook
  readonly invoker: Invoker
}

/** The messages and calls for the thread in a room, and what comes back for them. */
export class RoomTraffic {
  /** How many answers came too late, and how much was dropped since the queue is full. */
  dropped = 0
  readonly #options: RoomTrafficOptions
  readonly #messages = new Map<number, CP2pMessage>()

  constructor(options: RoomTrafficOptions) {
    this.#options = options
  }

  /** Those that handlers work on, by number. */
  get messages(): ReadonlyMap<number, CP2pMessage> {
    return this.#messages
  }

  /** True where the room can take the message now. */
  hasRoomFor(message: CP2pMessage): boolean {
    return this.#options.version.link?.hasRoom(messageControl.frameOf(message).length) === true
  }

  /** Settles a message that the room cannot take: it has as much to do as it may have, or is over. */
  refuse(message: CP2pMessage, outcome: Outcome): void {
    this.dropped += 1
    const { code, message: text } = this.#options.version.crash ?? this.#busy()
    outcome.failed(message, { code, text })
  }

  /** Hands a message to its handler in the room, and gives what that returned. The caller has asked `hasRoomFor`. */
  send(message: CP2pMessage): Promise<unknown> {
    const { version, book } = this.#options
    const { link } = version
    if (link === undefined) return Promise.reject(version.stopped())
    // Not slice(), which of a Buffer gives a view.
    const frame = new Uint8Array(messageControl.frameOf(message))
    const { expectsAnswer, signal } = message
    const socket = book.refer(message.socket)
    const make = (id: number) => ({ kind: 'message', id, socket, frame, expectsAnswer }) as const
    const { id, answer } = link.ask(make, frame.length, frame.buffer)
    this.#messages.set(id, message)
    const abort = (): void => link.send({ kind: 'abort', id, error: carryError(signal.reason) })
    signal.addEventListener('abort', abort, { once: true })
    return answer.then(returnedBody).finally(() => {
      this.#messages.delete(id)
      signal.removeEventListener('abort', abort)
    })
  }

  /** Calls a public method. Rejects with ERR_TRUSTP2P_LIMIT_BUSY where the queue is full, and with what it throws. */
  async call(method: string, values: readonly unknown[]): Promise<unknown> {
    const { version, book } = this.#options
    const carried = carryValues(values, factsMaybe)
    const { link } = version
    if (link === undefined) throw version.stopped()
    if (!link.hasRoom()) throw this.#busy()
    const { answer } = link.ask((id) => ({ kind: 'call', id, method, values: carried }))
    const result = (await answer) as CarriedValue
    return restoreValue(result, ({ id }) => book.find(id))
  }

  /** Takes what a handler said with `message.reply` or `message.fail`. */
  answer(item: Extract<RoomItem, { kind: 'reply' | 'fail' }>): void {
    const message = this.#messages.get(item.id)
    if (message === undefined) this.dropped += 1
    else this.#options.invoker.background('an answer', () => this.#answer(message, item))
  }

  /** What cannot be sent is answered with the error, and reported: the thread does not wait for it. */
  #answer(message: CP2pMessage, item: Extract<RoomItem, { kind: 'reply' | 'fail' }>): void {
    try {
      const inTime = item.kind === 'reply' ? message.reply(bodyOf(item.body)) : message.fail(item.code, item.text)
      if (!inTime) this.dropped += 1
    } catch (error) {
      const { code, text } = failureOf(error)
      message.fail(code, text)
      throw error
    }
  }

  #busy(): P2pError {
    const { name } = this.#options.version
    const text = `the thread ${name} has not taken what was sent to it before: ask again later`
    return new P2pError('ERR_TRUSTP2P_LIMIT_BUSY', text)
  }
}

/** What a handler in a room returned. */
function returnedBody(value: unknown): unknown {
  return typeof value === 'string' || value instanceof Uint8Array || isCarriedTyped(value) ? bodyOf(value) : value
}
