import type { P2pError } from '../errors'
import type { P2pSocket } from '../driver/socket'
import { frameOf } from '../wire/package'
import type { CP2pPackage, EncodedBody, PackageType } from '../wire/package'
import type { BodyReading } from './typed-bodies'

/** Where the answer to a message goes: once, whoever gives it first. */
export interface Exchange {
  /** True where the sender waits for an answer. */
  readonly expectsAnswer: boolean
  /** True once an answer was given, or once nobody waits for one any more. */
  readonly settled: boolean
  /** From now on the answer is written by that: a contract's. */
  answerWith?(writer: BodyWriter): void
  /** Sends the answer. Gives false, and counts, when the exchange is settled already. */
  reply(body: unknown): boolean
  fail(code: string, text: string): boolean
  /** A talk was not handed to a handler, or its handler failed. */
  drop?(event: string, code: string, text: string): void
  /** Nothing more comes of a talk, or of a request that is settled: it no longer counts as running. */
  release(): void
  /** Calls back once when the asker cancelled or its socket closed; gives the way to forget it. */
  onAbort(callback: (reason: P2pError) => void): () => void
}

/** Writes the body of an answer. Throws where it cannot be sent. */
export interface BodyWriter {
  write(body: unknown, depth: number): EncodedBody
}

let control: MessageControl

/**
 * A received package with the socket that it came from: what a handler gets. `Body` is what the contract of the event
 * says; without one a body may be anything.
 */
export class CP2pMessage<Body = unknown> {
  readonly socket: P2pSocket
  readonly #package: CP2pPackage
  readonly #exchange: Exchange | undefined
  #reading: BodyReading | undefined
  #controller: AbortController | undefined
  #abortReason: P2pError | undefined

  /** Without an `exchange` nothing becomes of it. */
  constructor(received: CP2pPackage, socket: P2pSocket, exchange: Exchange | undefined) {
    this.#package = received
    this.socket = socket
    this.#exchange = exchange
  }

  /** The type of the package. */
  get type(): PackageType {
    return this.#package.type
  }

  /** The event that the sender named: any text. */
  get event(): string {
    return this.#package.event
  }

  /** The request's tag; empty where no answer is expected. */
  get tag(): string {
    return this.#package.tag
  }

  /** The bytes of the body as they came: a view that is this message's own. */
  get bytes(): Uint8Array {
    return this.#package.bytes
  }

  /**
   * The body: a JSON value, the bytes themselves, or what the contract of the event makes of it, checked. Decoded on
   * first read and kept. Throws ERR_TRUSTP2P_BODY_INVALID or ERR_TRUSTP2P_BODY_TOO_DEEP; ERR_TRUSTP2P_CONTRACT_UNKNOWN for
   * a typed body where no contract of the node has the event.
   */
  get body(): Body {
    return (this.#reading === undefined ? this.#package.body : this.#reading.value) as Body
  }

  /** True where the sender waits for an answer. */
  get expectsAnswer(): boolean {
    return this.#exchange?.expectsAnswer ?? false
  }

  /** True once this message was answered, by whomever. */
  get answered(): boolean {
    return this.#exchange?.settled ?? false
  }

  /** Aborts when the asker cancels, its socket closes, the handler's deadline passes, or its thread is stopped. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController()
      this.#controller = controller
      if (this.#abortReason !== undefined) controller.abort(this.#abortReason)
      else this.#exchange?.onAbort((reason) => controller.abort(reason))
    }
    return this.#controller.signal
  }

  /** Answers. Gives false when the message was answered already, or is none that waits for an answer. */
  reply(body: unknown): boolean {
    return this.#exchange?.reply(body) ?? false
  }

  /** Answers with an error: a code and a text, which are all that the asker learns. */
  fail(code: string, text: string): boolean {
    return this.#exchange?.fail(code, text) ?? false
  }

  static {
    control = {
      release(message) {
        message.#exchange?.release()
      },
      drop(message, { code, text }) {
        message.#exchange?.drop?.(message.event, code, text)
      },
      abort(message, reason) {
        message.#abortReason ??= reason
        message.#controller?.abort(reason)
      },
      frameOf(message) {
        return frameOf(message.#package)
      },
      fork(message) {
        const forked = new CP2pMessage(message.#package, message.socket, message.#exchange)
        forked.#reading = message.#reading
        return forked
      },
      packageOf(message) {
        return message.#package
      },
      readWith(message, reading, writer) {
        message.#reading = reading
        message.#exchange?.answerWith?.(writer)
      }
    }
  }
}

/** What the router may do with a message, and no thread. */
export interface MessageControl {
  /** Every handler of a talk, or of a request that is answered or cancelled, has ended. */
  release(message: CP2pMessage): void
  /** Says why nothing came of a talk; of a request its answer says so. */
  drop(message: CP2pMessage, why: { readonly code: string; readonly text: string }): void
  /** Aborts the signal of this message alone. */
  abort(message: CP2pMessage, reason: P2pError): void
  /** The frame as it came, which belongs to its socket: to be copied. */
  frameOf(message: CP2pMessage): Uint8Array
  /** The same package and exchange with a signal of its own, for one more handler. */
  fork(message: CP2pMessage): CP2pMessage
  packageOf(message: CP2pMessage): CP2pPackage
  /** Its body is read, and its answer written, by a contract. */
  readWith(message: CP2pMessage, reading: BodyReading, writer: BodyWriter): void
}

/** Not handed to threads, unlike the class. */
export const messageControl: MessageControl = control

/** Takes every message that deliver does not answer itself. */
export interface Router {
  /** Gives false when nobody handles the event; else it sees to it that a message that expects an answer gets one. */
  route(message: CP2pMessage): boolean
}
