import type { P2pError } from '../errors'
import type { Clock, TimerHandle } from '../kit'
import type { DialOptions } from './contract'
import { dialAborted, dialTimeout } from './driver-errors'
import type { Dial } from './driver-life'

export interface DialAttemptContext {
  readonly clock: Clock
  /** How much of `limits.handshakeMs` is over already, in ms [0]. */
  readonly spentMs?: number | undefined
  /** Ends the connection that was begun; called before `onFailed`. */
  readonly drop: () => void
  /** Called once, unless the attempt is settled otherwise. */
  readonly onFailed: (error: P2pError) => void
}

/** One attempt to connect, once it has begun. It fails where it is not settled in time, or its signal is aborted. */
export class DialAttempt implements Dial {
  readonly #url: string
  readonly #options: DialOptions
  readonly #context: DialAttemptContext
  readonly #timer: TimerHandle
  #settled = false

  constructor(url: string, options: DialOptions, context: DialAttemptContext) {
    this.#url = url
    this.#options = options
    this.#context = context
    const leftMs = Math.max(options.limits.handshakeMs - (context.spentMs ?? 0), 0)
    this.#timer = context.clock.setTimeout(this.#onTimeout, leftMs)
    options.signal?.addEventListener('abort', this.#onAbort)
  }

  /** Gives true the first time: nothing ends it then any more. */
  settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    this.#context.clock.clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    return true
  }

  /** Does nothing where it is settled. */
  fail(error: P2pError): void {
    if (!this.settle()) return
    this.#context.drop()
    this.#context.onFailed(error)
  }

  abort(cause: unknown): void {
    this.fail(dialAborted(this.#url, cause))
  }

  readonly #onTimeout = (): void => {
    this.fail(dialTimeout(this.#url, this.#options.limits.handshakeMs))
  }

  readonly #onAbort = (): void => {
    this.abort(this.#options.signal?.reason)
  }
}
