import { errorCode, errorText, P2pError } from '../../errors'
import type { CP2pMessage, Router } from '../../deliver/message'
import type { P2pSocket } from '../../driver/socket'
import type { Log } from '../../kit'
import { PackageType } from '../../wire/package'

/** Answers one event; what it throws or rejects with becomes the answer's error. */
export type ControlHandler = (body: unknown, socket: P2pSocket) => unknown

/** The events of a control socket: a table of its own, which no other socket reaches. */
export class ControlRouter implements Router {
  readonly #handlers: ReadonlyMap<string, ControlHandler>
  readonly #log: Log

  constructor(handlers: Readonly<Record<string, ControlHandler>>, log: Log) {
    this.#handlers = new Map(Object.entries(handlers))
    this.#log = log
  }

  route(message: CP2pMessage): boolean {
    const handler = message.type === PackageType.REQUEST ? this.#handlers.get(message.event) : undefined
    if (handler === undefined) return false
    void this.#answer(handler, message)
    return true
  }

  async #answer(handler: ControlHandler, message: CP2pMessage): Promise<void> {
    try {
      message.reply(await handler(message.body, message.socket))
    } catch (error) {
      const code = errorCode(error)
      if (code === undefined) this.#log.error({ err: error, event: message.event }, 'a control request failed')
      message.fail(code ?? 'ERR_TRUSTP2P_CONTROL_FAILED', errorText(error))
    }
  }
}

/** True for an object with named values: no list. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Gives the object of a body. Throws ERR_TRUSTP2P_CONTROL_INVALID for anything else. */
export function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  if (isFields(body)) return body
  throw new P2pError('ERR_TRUSTP2P_CONTROL_INVALID', 'the body of this control request is an object')
}

/** Gives a text of a body. Throws ERR_TRUSTP2P_CONTROL_INVALID for anything else. */
export function textField(body: unknown, name: string): string {
  const value = fieldsOf(body)[name]
  if (typeof value === 'string') return value
  throw invalidField(name, 'a text')
}

/** Gives `limit` of a body, at most `most` [that]. Throws ERR_TRUSTP2P_CONTROL_INVALID for what is no whole number from 1 on. */
export function limitField(body: unknown, most: number): number {
  const { limit = most } = fieldsOf(body)
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1) return Math.min(limit, most)
  throw invalidField('limit', 'a whole number from 1 on')
}

/** The error of a field that is not what it has to be. */
export function invalidField(name: string, what: string): P2pError {
  return new P2pError('ERR_TRUSTP2P_CONTROL_INVALID', `"${name}" of this control request is ${what}`)
}
