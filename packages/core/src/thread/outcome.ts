import { messageControl } from '../deliver/message'
import type { CP2pMessage } from '../deliver/message'
import type { Failure } from './failure'

/**
 * What becomes of a handler's result. Both give false when the result came too late, since the message was answered
 * already. `returned` throws where the body cannot be sent.
 */
export interface Outcome {
  returned(message: CP2pMessage, value: unknown): boolean
  failed(message: CP2pMessage, failure: Failure): boolean
}

/** The outcome where one handler alone has the message. Without state: the way of most messages allocates nothing. */
export const ALONE: Outcome = {
  returned(message, value) {
    if (!message.expectsAnswer || (message.answered && value === undefined)) messageControl.release(message)
    else return message.reply(value ?? null)
    return true
  },
  failed(message, { code, text }) {
    if (message.expectsAnswer) return message.fail(code, text)
    messageControl.drop(message, { code, text })
    messageControl.release(message)
    return true
  }
}

/**
 * The outcome where several handlers share a message: the first value answers, a failure only when every other
 * handler has settled without one, and null when none had anything to say.
 */
export class SharedOutcome implements Outcome {
  #left: number
  #failure: Failure | undefined

  /** `handlers` is how many will settle, each once. */
  constructor(handlers: number) {
    this.#left = handlers
  }

  returned(message: CP2pMessage, value: unknown): boolean {
    if (value !== undefined && message.expectsAnswer) {
      const answered = message.reply(value)
      this.#left -= 1
      return answered
    }
    this.#settle(message)
    return true
  }

  failed(message: CP2pMessage, failure: Failure): boolean {
    const inTime = !message.answered
    this.#failure ??= failure
    messageControl.drop(message, failure)
    this.#settle(message)
    return inTime
  }

  #settle(message: CP2pMessage): void {
    this.#left -= 1
    if (this.#left > 0) return
    if (message.answered || !message.expectsAnswer) messageControl.release(message)
    else if (this.#failure === undefined) message.reply(null)
    else message.fail(this.#failure.code, this.#failure.text)
  }
}
