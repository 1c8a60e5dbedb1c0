import type { Socket } from 'node:net'
import type { P2pError } from '../../errors'
import type { Kit } from '../../kit'
import type { DialOptions } from '../contract'
import { DialAttempt } from '../dial-attempt'
import { otherProtocol } from '../driver-errors'
import type { Dial, DialEvents } from '../driver-life'
import { tlsExporter } from '../tls/tls-exporter'
import { FrameBatch } from './frame-batch'
import { PREFACE, readPreface } from './preface'
import { StreamSocket } from './stream-socket'

/** A connection that has begun. */
export interface DialledStream {
  readonly raw: Socket
  /** When it can be written to; undefined where it can already. */
  readonly readyEvent: 'connect' | 'secureConnect' | undefined
  /** The remote host, asked for once it is ready. */
  readonly host: () => string
  /** What kept it from that. */
  readonly failed: (cause: Error) => P2pError
}

export interface StreamDialContext extends DialEvents<StreamSocket> {
  readonly kit: Kit
  /** How much of `limits.handshakeMs` is over already, in ms [0]. */
  readonly spentMs?: number | undefined
}

/** One attempt to connect, up to the preface of the peer. */
export class StreamDial implements Dial {
  readonly #url: string
  readonly #stream: DialledStream
  readonly #options: DialOptions
  readonly #context: StreamDialContext
  readonly #attempt: DialAttempt
  #exporter: Uint8Array | undefined

  constructor(url: string, stream: DialledStream, { options, context }: DialSetting) {
    this.#url = url
    this.#stream = stream
    this.#options = options
    this.#context = context
    stream.raw.on('error', this.#onError)
    stream.raw.on('end', this.#onEnd)
    this.#attempt = new DialAttempt(url, options, {
      clock: context.kit.clock,
      spentMs: context.spentMs,
      drop: () => stream.raw.destroy(),
      onFailed: context.onFailed
    })
    if (stream.readyEvent === undefined) this.#onReady()
    else stream.raw.once(stream.readyEvent, this.#onReady)
  }

  abort(cause: unknown): void {
    this.#attempt.abort(cause)
  }

  readonly #onReady = (): void => {
    const { raw } = this.#stream
    this.#exporter = tlsExporter(raw)
    this.#begin(raw)
    readPreface(raw, {
      onPreface: this.#onPreface,
      onOther: (text) => this.#attempt.fail(otherProtocol(this.#url, text))
    })
  }

  /** What is said first leaves with the preface: it needs nothing of the peer. */
  #begin(raw: Socket): void {
    const batch = new FrameBatch()
    const { firstFrame } = this.#options
    if (firstFrame !== undefined) batch.addFrame(firstFrame(this.#exporter))
    raw.cork()
    raw.write(PREFACE)
    for (const piece of batch.take()) raw.write(piece)
    raw.uncork()
  }

  readonly #onPreface = (): void => {
    if (!this.#attempt.settle()) return
    const { raw, host } = this.#stream
    const { kit, onGone, onOpen } = this.#context
    const { limits } = this.#options
    const facts = { url: this.#url, peer: this.#url, host: host(), exporter: this.#exporter }
    const socket = new StreamSocket(raw, { kit, limits, ...facts, onGone })
    raw.off('end', this.#onEnd)
    raw.off('error', this.#onError)
    onOpen(socket)
  }

  /** Stays where the dial is given up: the connection may break after that too. */
  readonly #onError = (cause: Error): void => {
    this.#attempt.fail(this.#stream.failed(cause))
  }

  readonly #onEnd = (): void => {
    this.#attempt.fail(this.#stream.failed(hungUp()))
  }
}

/** As where the system reports it. */
function hungUp(): Error {
  return Object.assign(new Error('it hung up during the handshake'), { code: 'ECONNRESET' })
}

/** What a dial runs under, and who is told. */
export interface DialSetting {
  readonly options: DialOptions
  readonly context: StreamDialContext
}
