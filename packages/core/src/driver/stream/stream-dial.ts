import type { Socket } from 'node:net'
import type { P2pError } from '../../errors'
import type { Kit, TimerHandle } from '../../kit'
import type { DialOptions } from '../contract'
import { dialAborted, dialTimeout, otherProtocol } from '../driver-errors'
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

export interface StreamDialContext {
  readonly kit: Kit
  readonly onGone: (socket: StreamSocket) => void
  /** Called once. */
  readonly onOpen: (socket: StreamSocket) => void
  /** Called once, instead of `onOpen`; nothing is left open then. */
  readonly onFailed: (error: P2pError) => void
}

/** One attempt to connect. */
export class StreamDial {
  readonly #url: string
  readonly #stream: DialledStream
  readonly #options: DialOptions
  readonly #context: StreamDialContext
  readonly #timer: TimerHandle
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

  /** Gives up. */
  abort(cause: unknown): void {
    this.#fail(dialAborted(this.#url, cause))
  }

  readonly #onReady = (): void => {
    const { raw } = this.#stream
    raw.write(PREFACE)
    readPreface(raw, {
      onPreface: this.#onPreface,
      onOther: (text) => this.#fail(otherProtocol(this.#url, text))
    })
  }

  readonly #onPreface = (): void => {
    if (!this.#settle()) return
    const { raw, host } = this.#stream
    const { kit, onGone, onOpen } = this.#context
    const { limits } = this.#options
    const socket = new StreamSocket(raw, { kit, limits, url: this.#url, peer: this.#url, host: host(), onGone })
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
