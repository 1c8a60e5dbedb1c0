import { errorText, isPeerCode } from '../errors'
import type { P2pError } from '../errors'
import { EncodedText, encodeBody, PackageType, TypedBody } from '../wire/package'
import type { CP2pPackage, EncodedBody } from '../wire/package'
import type { BodyWriter, Exchange } from './message'
import { RunningWork } from './running-work'

/** What a failed answer says. */
export interface WireFailure {
  readonly event: string
  readonly tag: string
  readonly code: string
  readonly text: string
  /** The limit of ours that decided it, for our own records. */
  readonly limit?: string | undefined
}

/** Where a running request sends its answer, and says that it ended. */
export interface AnswerPort {
  readonly bodyDepth: number
  /** Throws where the peer does not read such a body, or the frame is too long: nothing was sent then. */
  answer(type: PackageType, event: string, body: EncodedBody, tag: string): void
  /** Never throws: a peer that cannot be told is let go. */
  fail(failure: WireFailure): void
  /** The request no longer counts as running. */
  finished(request: RunningRequest): void
  /** An answer came that nobody waits for any more. */
  late(request: RunningRequest): void
}

/** What a request is known by. */
export type Asked = Pick<CP2pPackage, 'type' | 'event' | 'tag'>

/** Longest text of an error on the wire, in UTF-16 units. */
const MAX_ERROR_TEXT = 500
/** Longest event that a failure repeats: a failure must fit into a frame however long the request's event was. */
const MAX_ECHOED_EVENT = 256

/**
 * A peer's request from its arrival to its answer. It counts as running until it is answered; one that was
 * cancelled, until its handler has ended.
 */
export class RunningRequest extends RunningWork implements Exchange {
  readonly expectsAnswer = true
  readonly type: PackageType
  readonly event: string
  readonly tag: string
  readonly #port: AnswerPort
  #writer: BodyWriter | undefined
  #settled = false
  #finished = false

  constructor(port: AnswerPort, { type, event, tag }: Asked, frameBytes: number) {
    super(frameBytes)
    this.#port = port
    this.type = type
    this.event = event
    this.tag = tag
  }

  get settled(): boolean {
    return this.#settled
  }

  answerWith(writer: BodyWriter): void {
    this.#writer = writer
  }

  reply(body: unknown): boolean {
    if (this.#dropLate()) return false
    const encoded = this.#encode(body)
    if (this.type === PackageType.HEARTBEAT_PING) {
      this.#port.answer(PackageType.HEARTBEAT_PONG, 'pong', encoded, this.tag)
    } else {
      this.#port.answer(PackageType.RESPONSE, this.event, encoded, this.tag)
    }
    this.#finish()
    return true
  }

  fail(code: string, text: string, limit?: string): boolean {
    assertFailure(code, text)
    if (this.#dropLate()) return false
    const event = this.event.length > MAX_ECHOED_EVENT ? '' : this.event
    this.#finish()
    this.#port.fail({ event, tag: this.tag, code, text: text.slice(0, MAX_ERROR_TEXT), limit })
    return true
  }

  release(): void {
    this.#finish()
  }

  /** Nobody waits for the answer any more. */
  override abort(reason: P2pError): void {
    if (this.#settled) return
    this.#settled = true
    super.abort(reason)
  }

  /** What a worker has written already goes as it is. */
  #encode(body: unknown): EncodedBody {
    const { bodyDepth } = this.#port
    if (body instanceof TypedBody) return body
    if (body instanceof EncodedText || this.#writer === undefined) return encodeBody(body, bodyDepth)
    return this.#writer.write(body, bodyDepth)
  }

  #dropLate(): boolean {
    if (!this.#settled) return false
    this.#port.late(this)
    this.#finish()
    return true
  }

  #finish(): void {
    this.#settled = true
    if (this.#finished) return
    this.#finished = true
    this.#port.finished(this)
  }
}

/** Before anything is settled: what throws here can still be answered. */
function assertFailure(code: string, text: string): void {
  if (typeof code !== 'string' || !isPeerCode(code)) {
    throw new TypeError('the code of a failure is a letter, then at most 63 letters, digits, "_", ".", ":" or "-"')
  }
  if (typeof text !== 'string') throw new TypeError(`the text of a failure is a text, not ${errorText(text)}`)
}
