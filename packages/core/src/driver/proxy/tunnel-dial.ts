import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { P2pError } from '../../errors'
import type { Clock } from '../../kit'
import type { DialOptions } from '../contract'
import { DialAttempt } from '../dial-attempt'
import type { Dial } from '../driver-life'
import type { ProxyDialogue, ProxyQuestion } from './dialogue'
import { httpDialogue } from './http-connect'
import { proxyFailed } from './proxy-errors'
import { socks5Dialogue } from './socks5'

/** Who is told how it went; one of them is called, once. */
export interface TunnelEvents {
  /** The way to the peer is open. The connection is paused: what the peer has said already waits there. */
  readonly onOpen: (raw: Socket, spentMs: number) => void
  readonly onFailed: (error: P2pError) => void
}

export interface TunnelContext extends TunnelEvents {
  readonly clock: Clock
}

/** One attempt to reach a peer through a proxy, up to where the proxy steps back. */
export class TunnelDial implements Dial {
  readonly #question: ProxyQuestion
  readonly #context: TunnelContext
  readonly #dialogue: ProxyDialogue
  readonly #raw: Socket
  readonly #attempt: DialAttempt
  readonly #begunAt: number
  #received: Buffer = Buffer.alloc(0)
  #wanted = 0

  constructor(question: ProxyQuestion, options: DialOptions, context: TunnelContext) {
    const { proxy, url } = question
    this.#question = question
    this.#context = context
    this.#begunAt = context.clock.now()
    this.#dialogue = proxy.kind === 'socks5' ? socks5Dialogue(question) : httpDialogue(question)
    this.#raw = connect({ host: proxy.host, port: proxy.port, noDelay: true })
    this.#raw.once('connect', this.#onConnect)
    this.#raw.on('data', this.#onData)
    this.#raw.on('error', this.#onError)
    this.#raw.on('end', this.#onEnd)
    this.#attempt = new DialAttempt(url, options, {
      clock: context.clock,
      drop: () => this.#raw.destroy(),
      onFailed: context.onFailed
    })
  }

  abort(cause: unknown): void {
    this.#attempt.abort(cause)
  }

  readonly #onConnect = (): void => {
    this.#advance(() => this.#dialogue.next())
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#received = Buffer.concat([this.#received, chunk])
    while (this.#wanted > 0 && this.#received.length >= this.#wanted) {
      const answer = this.#received.subarray(0, this.#wanted)
      this.#received = this.#received.subarray(this.#wanted)
      this.#advance(() => this.#dialogue.next(answer))
    }
  }

  #advance(step: () => ReturnType<ProxyDialogue['next']>): void {
    this.#wanted = 0
    try {
      const { done, value } = step()
      if (done === true || value === undefined) return this.#open()
      if (value.say !== undefined) this.#raw.write(value.say)
      this.#wanted = value.read
    } catch (error) {
      this.#attempt.fail(asFailure(this.#question, error))
    }
  }

  #open(): void {
    if (!this.#attempt.settle()) return
    const raw = this.#raw
    raw.off('data', this.#onData).off('error', this.#onError).off('end', this.#onEnd)
    raw.pause()
    if (this.#received.length > 0) raw.unshift(this.#received)
    this.#context.onOpen(raw, this.#context.clock.now() - this.#begunAt)
  }

  /** Stays where the dial is given up: the connection may break after that too. */
  readonly #onError = (cause: Error): void => {
    this.#attempt.fail(proxyFailed(this.#question, cause))
  }

  readonly #onEnd = (): void => {
    this.#attempt.fail(proxyFailed(this.#question, new Error('it hung up before it had answered')))
  }
}

function asFailure(question: ProxyQuestion, error: unknown): P2pError {
  return error instanceof P2pError ? error : proxyFailed(question, error)
}
