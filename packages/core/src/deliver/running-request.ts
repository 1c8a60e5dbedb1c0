import type { P2pError } from '../errors'
import { encodeBody, PackageType } from '../wire/package'
import type { EncodedBody } from '../wire/package'
import type { Exchange } from './message'

/** What a failed answer says. */
export interface WireFailure {
  readonly event: string
  readonly tag: string
  readonly code: string
  readonly text: string
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
  late(): void
}

/** Longest text of an error on the wire, in UTF-16 units. */
const MAX_ERROR_TEXT = 500
/** Longest event that a failure repeats: a failure must fit into a frame however long the request's event was. */
const MAX_ECHOED_EVENT = 256

/**
 * A peer's request from its arrival to its answer. It counts as running until it is answered; one that was
 * cancelled, until its handler has ended.
 */
export class RunningRequest implements Exchange {
  readonly type: PackageType
  readonly event: string
  readonly tag: string
  readonly #port: AnswerPort
  #settled = false
  #finished = false
  #abortReason: P2pError | undefined
  #abortCallbacks: Set<(reason: P2pError) => void> | undefined

  constructor(port: AnswerPort, type: PackageType, event: string, tag: string) {
    this.#port = port
    this.type = type
    this.event = event
    this.tag = tag
  }

  get settled(): boolean {
    return this.#settled
  }

  reply(body: unknown): boolean {
    if (this.#dropLate()) return false
    const encoded = encodeBody(body, this.#port.bodyDepth)
    if (this.type === PackageType.HEARTBEAT_PING) {
      this.#port.answer(PackageType.HEARTBEAT_PONG, 'pong', encoded, this.tag)
    } else {
      this.#port.answer(PackageType.RESPONSE, this.event, encoded, this.tag)
    }
    this.#finish()
    return true
  }

  fail(code: string, text: string): boolean {
    if (this.#dropLate()) return false
    const event = this.event.length > MAX_ECHOED_EVENT ? '' : this.event
    this.#finish()
    this.#port.fail({ event, tag: this.tag, code, text: text.slice(0, MAX_ERROR_TEXT) })
    return true
  }

  release(): void {
    this.#finish()
  }

  onAbort(callback: (reason: P2pError) => void): () => void {
    if (this.#abortReason !== undefined) callback(this.#abortReason)
    const callbacks = (this.#abortCallbacks ??= new Set())
    callbacks.add(callback)
    return () => callbacks.delete(callback)
  }

  /** Nobody waits for the answer any more. */
  abort(reason: P2pError): void {
    if (this.#settled) return
    this.#settled = true
    this.#abortReason = reason
    for (const callback of this.#abortCallbacks ?? []) callback(reason)
  }

  #dropLate(): boolean {
    if (!this.#settled) return false
    this.#port.late()
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
