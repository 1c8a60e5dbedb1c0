import type { Socket } from 'node:net'
import type { P2pError } from '../../errors'
import type { Kit, TimerHandle } from '../../kit'
import type { DialOptions } from '../contract'
import { dialAborted, dialTimeout, otherProtocol } from '../driver-errors'
import type { Dial, DialEvents } from '../driver-life'
import { tlsExporter } from '../ws/tls-exporter'
import { FrameBatch } from './frame-batch'
import { PREFACE, readPreface } from './preface'
import { StreamSocket } from './stream-socket'

/** A connection that has begun. */
export interface DialledStream {
  readonly raw: Socket
  /** When it can be written to. */
  readonly readyEvent: 'connect' | 'secureConnect'
  /** The remote host, asked for once it is ready. */
  readonly host: () => string
  /** What kept it from that. */
  readonly failed: (cause: Error) => P2pError
}

export interface StreamDialContext extends DialEvents<StreamSocket> {
  readonly kit: Kit
}

/** One attempt to connect. */
export class StreamDial implements Dial {
  readonly #url: string
  readonly #stream: DialledStream
  readonly #options: DialOptions
  readonly #context: StreamDialContext
  readonly #timer: TimerHandle
  #exporter: Uint8Array | undefined
  #settled = false

  constructor(url: string, stream: DialledStream, { options, context }: DialSetting) {
    this.#url = url
    this.#stream = stream
    this.#options = options
    this.#context = context
    stream.raw.once(stream.readyEvent, this.#onReady)
    stream.raw.on('error', this.#onError)
    stream.raw.on('end', this.#onEnd)
    this.#timer = context.kit.clock.setTimeout(this.#onTimeout, options.limits.handshakeMs)
    options.signal?.addEventListener('abort', this.#onAbort)
  }

  abort(cause: unknown): void {
    this.#fail(dialAborted(this.#url, cause))
  }

  readonly #onReady = (): void => {
    const { raw } = this.#stream
    this.#exporter = tlsExporter(raw)
    this.#begin(raw)
    readPreface(raw, {
      onPreface: this.#onPreface,
      onOther: (text) => this.#fail(otherProtocol(this.#url, text))
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
    if (!this.#settle()) return
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
    this.#fail(this.#stream.failed(cause))
  }

  readonly #onEnd = (): void => {
    this.#fail(this.#stream.failed(hungUp()))
  }

  readonly #onTimeout = (): void => {
    this.#fail(dialTimeout(this.#url, this.#options.limits.handshakeMs))
  }

  readonly #onAbort = (): void => {
    this.abort(this.#options.signal?.reason)
  }

  #fail(error: P2pError): void {
    if (!this.#settle()) return
    this.#stream.raw.destroy()
    this.#context.onFailed(error)
  }

  /** Gives true the first time. */
  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    this.#context.kit.clock.clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    return true
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
