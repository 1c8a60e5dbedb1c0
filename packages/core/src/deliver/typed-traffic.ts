import type { LimitsConfig } from '../config/config'
import type { ContractEvent } from '../contract/contract'
import type { ContractTable, TypedEvent } from '../contract/contract-table'
import { hexOf } from '../contract/digest'
import { errorText, P2pError } from '../errors'
import { EncodedText, encodeBody, Encoding, TypedBody } from '../wire/package'
import type { CP2pPackage, EncodedBody } from '../wire/package'
import { quote } from '../wire/quote'
import { assertEvent } from './assert-options'
import { ContractDesk } from './contract-desk'
import type { ContractDeskOptions } from './contract-desk'
import type { DeliverCounters } from './counters'
import type { Link } from './link'
import type { LinkContracts } from './link-context'
import { messageControl } from './message'
import type { CP2pMessage } from './message'
import type { PendingRequest } from './pending-table'
import { AnswerWriter, BodyReading, encodeQuestion } from './typed-bodies'

export interface TypedTrafficOptions extends Omit<ContractDeskOptions, 'table'> {
  /** The contracts of the node. */
  readonly table: ContractTable
  readonly counters: DeliverCounters
  readonly limits: Pick<LimitsConfig, 'bodyDepth'>
  /** All links, whatever their state. */
  readonly links: Iterable<Link>
  /** The link that a message came on. */
  readonly linkOf: (message: CP2pMessage) => Link | undefined
  /** Takes a message whose body can be read; false when nobody handles its event. */
  readonly route: (message: CP2pMessage) => boolean
}

/** What is to be sent. */
export interface Outgoing {
  readonly event: string
  readonly body: EncodedBody
  /** Whose contract wrote it. */
  readonly typed: TypedEvent | undefined
}

/** The name of an event, or the event of a contract. */
export type EventLike = string | ContractEvent

export function nameOf(event: EventLike): string {
  return typeof event === 'string' ? event : event.event
}

/** Puts contracts between bodies and packages, where one covers the event. */
export class TypedTraffic implements LinkContracts {
  readonly #options: TypedTrafficOptions
  readonly #desk: ContractDesk
  readonly #forget: () => void

  constructor(options: TypedTrafficOptions) {
    this.#options = options
    this.#desk = new ContractDesk(options)
    this.#forget = options.table.onChange(() => this.#announce())
  }

  /** Follows the contracts of the node no more. */
  close(): void {
    this.#forget()
  }

  /** Writes a body. Throws a TypeError for what is no event or no body, and ERR_TRUSTP2P_CONTRACT_BODY. */
  write(event: EventLike, body: unknown): Outgoing {
    const { table } = this.#options
    const { bodyDepth } = this.#options.limits
    if (body instanceof TypedBody) return this.#written(event, body)
    const typed = typeof event === 'string' ? table.find(event) : table.use(event)
    if (typed !== undefined) return { event: typed.event, body: encodeQuestion(typed, plainOf(body), bodyDepth), typed }
    if (typeof event !== 'string') throw new TypeError('an event is a text, or one that defineContract gave')
    return { event: assertEvent(event), body: encodeBody(body, bodyDepth), typed: undefined }
  }

  /** A worker wrote it, by a contract of the node, or one that it told of. */
  #written(event: EventLike, body: TypedBody): Outgoing {
    const name = nameOf(event)
    const typed = this.#options.table.findWritten(name, hexOf(body.contract))
    if (typed !== undefined) return { event: name, body, typed }
    throw new P2pError(
      'ERR_TRUSTP2P_CONTRACT_UNKNOWN',
      `the body of ${quote(name)} is of a contract that nobody brought: ask with an event of defineContract`
    )
  }

  /** Throws ERR_TRUSTP2P_CONTRACT_MISMATCH where the peer is known to misread such a body. */
  assertReadable(link: Link, { typed }: Outgoing): void {
    if (typed !== undefined) this.#desk.assertReadable(link, typed)
  }

  /** Hands a message on once it is known that its body can be read. */
  route(message: CP2pMessage): boolean {
    const typed = this.#options.table.find(message.event)
    const link = typed && this.#options.linkOf(message)
    if (typed === undefined || link === undefined) return this.#options.route(message)
    const received = messageControl.packageOf(message)
    const verdict = this.#judge(link, typed, received)
    if (verdict instanceof Promise) {
      void verdict.then((refusal) => this.#routeLate(message, typed, refusal))
      return true
    }
    return this.#routeJudged(message, typed, verdict)
  }

  /** Judges a message anew that waited while contracts may have changed, and reads it by those of now. */
  judge(message: CP2pMessage): P2pError | undefined | Promise<P2pError | undefined> {
    const typed = this.#options.table.find(message.event)
    const link = typed && this.#options.linkOf(message)
    if (typed === undefined || link === undefined) return undefined
    const judged = (refusal: P2pError | undefined): P2pError | undefined => {
      if (refusal === undefined) this.#cover(message, typed)
      else this.#options.counters.mismatchedBodies++
      return refusal
    }
    const verdict = this.#judge(link, typed, messageControl.packageOf(message))
    return verdict instanceof Promise ? verdict.then(judged) : judged(verdict)
  }

  learn(link: Link, digests: ReadonlyMap<string, string>): void {
    this.#desk.learn(link, digests)
  }

  describe(digest: string): Uint8Array | undefined {
    const text = this.#options.table.describe(digest)
    return text === undefined ? undefined : new TextEncoder().encode(text)
  }

  readAnswer(link: Link, request: PendingRequest, received: CP2pPackage): void {
    const typed = request.typed ?? this.#options.table.find(request.event)
    if (typed === undefined) return this.#settle(link, { request, received, typed: undefined })
    const verdict = this.#judge(link, typed, received)
    if (!(verdict instanceof Promise)) return this.#settle(link, { request, received, typed }, verdict)
    // It waits on, with its deadline and its signal, until the contract of the answer is known.
    link.pending.add(request)
    void verdict.then((refusal) => {
      if (link.pending.take(request.tag) === request) this.#settle(link, { request, received, typed }, refusal)
    })
  }

  /** The contracts of the node have changed: tells the peers, and looks again at what they said. */
  #announce(): void {
    const { links, table } = this.#options
    for (const link of links) {
      if (link.state !== 'open') continue
      link.outbox.announce(table.digests)
      this.#desk.review(link)
    }
  }

  #judge(link: Link, typed: TypedEvent, received: CP2pPackage): P2pError | undefined | Promise<P2pError | undefined> {
    if (received.encoding !== Encoding.TYPED || received.isOfContract(typed.digest)) return undefined
    return this.#desk.judge(link, typed, received.contract ?? '')
  }

  #settle(link: Link, { request, received, typed }: ReceivedAnswer, refusal?: P2pError): void {
    if (refusal !== undefined) {
      this.#options.counters.mismatchedBodies++
      return link.reject(request, refusal)
    }
    let body: unknown
    try {
      const codec = typed?.codecs.response
      body =
        codec === undefined ? received.body : new BodyReading(received, codec, this.#options.limits.bodyDepth).value
    } catch (error) {
      return link.reject(request, error instanceof P2pError ? error : unreadable(error))
    }
    request.resolve(body)
  }

  #routeJudged(message: CP2pMessage, typed: TypedEvent, refusal: P2pError | undefined): boolean {
    if (refusal !== undefined) {
      this.#refuse(message, refusal)
      return true
    }
    this.#cover(message, typed)
    return this.#options.route(message)
  }

  #cover(message: CP2pMessage, typed: TypedEvent): void {
    const received = messageControl.packageOf(message)
    const reading = new BodyReading(received, typed.codecs.request, this.#options.limits.bodyDepth)
    messageControl.readWith(message, reading, new AnswerWriter(typed, received.encoding === Encoding.TYPED))
  }

  /** Its handlers were not there to say that nobody handles it: that is said now. */
  #routeLate(message: CP2pMessage, typed: TypedEvent, refusal: P2pError | undefined): void {
    if (message.answered) return messageControl.release(message)
    // The contract of then may have gone while the other one was being learned.
    const isStale = this.#options.table.find(message.event) !== typed
    if (isStale ? this.route(message) : this.#routeJudged(message, typed, refusal)) return
    message.fail('ERR_TRUSTP2P_THREAD_NO_HANDLER', 'no thread handles this event')
    messageControl.release(message)
  }

  #refuse(message: CP2pMessage, { code, message: text }: P2pError): void {
    this.#options.counters.mismatchedBodies++
    message.fail(code, text)
    messageControl.drop(message, { code, text })
    messageControl.release(message)
  }
}

interface ReceivedAnswer {
  readonly request: PendingRequest
  readonly received: CP2pPackage
  /** Whose contract reads it. */
  readonly typed: TypedEvent | undefined
}

/** What a worker wrote as JSON before it knew of the contract. */
function plainOf(body: unknown): unknown {
  return body instanceof EncodedText ? JSON.parse(body.text) : body
}

function unreadable(error: unknown): P2pError {
  return new P2pError('ERR_TRUSTP2P_BODY_INVALID', `the answer cannot be read: ${errorText(error)}`, { cause: error })
}
