import type { TypedEvent } from '../contract/contract-table'
import { canonicalUrl } from '../driver/canonical-url'
import { P2pError } from '../errors'
import type { EncodedBody, PackageType } from '../wire/package'
import type { Link } from './link'
import { timeoutError } from './request-errors'

/** What is asked, encoded. */
export interface Question {
  readonly type: PackageType
  readonly event: string
  readonly body: EncodedBody
  /** Whose contract wrote the body. */
  readonly typed: TypedEvent | undefined
  /** The content tag, where identical questions share one frame; else each frame gets a tag of its own. */
  readonly contentTag: string | undefined
}

/** Who waits for the answer. */
export interface Caller {
  /** On the node's clock in ms; Infinity for none. */
  readonly deadline: number
  resolve(body: unknown): void
  reject(error: P2pError): void
}

/** What a repeatable request needs of those who keep it. */
export interface RequestKeeper {
  now(): number
  /** The open outbound links. */
  servers(): Iterable<Link>
  /** Another server was asked. */
  rerouted(): void
  /** A question that waits for its servers wants to be looked at by then. */
  watch(deadline: number): void
  /** Nobody waits any more. */
  finished(request: RepeatableRequest): void
}

export interface RepeatableRequestOptions {
  /** Who is asked first. */
  readonly first: Link
  readonly question: Question
  /** Time in ms after which a server that has not answered counts as stalled, 0: never; undefined: ask no other. */
  readonly stalledMs: number | undefined
  readonly keeper: RequestKeeper
}

/** Wait in ms before a server is tried again that has no room for the request. */
const NO_ROOM_MS = 100

/**
 * A request that may be sent more than once: with `reroute` to other servers, one after the other, while the first may
 * still answer; with a content tag for several callers. It is over with its first answer, or with its last caller.
 */
export class RepeatableRequest {
  readonly callers = new Set<Caller>()
  readonly #question: Question
  readonly #keeper: RequestKeeper
  readonly #stalledMs: number | undefined
  /** Where it is under way, and its tag there. */
  readonly #ways = new Map<Link, string>()
  /** The addresses of servers that were asked: a request that kills one would do so again after each redial. */
  readonly #asked = new Set<string>()
  #lastAsked: Link
  /** When the next server is asked; Infinity while there is none. */
  #dueAt = Infinity

  constructor({ first, question, stalledMs, keeper }: RepeatableRequestOptions) {
    this.#lastAsked = first
    this.#question = question
    this.#stalledMs = stalledMs
    this.#keeper = keeper
  }

  /** True while a server has it. */
  get underWay(): boolean {
    return this.#ways.size > 0
  }

  /** Asks the first server. Throws what `Link.send` throws; a closed link only where there may be another. */
  start(): void {
    if (this.#lastAsked.state === 'open' || this.#stalledMs === undefined) this.#ask(this.#lastAsked)
    else this.#askNext()
  }

  /** A server was connected: one that waits for another asks it. */
  serverOpened(): void {
    if (this.#stalledMs !== undefined && this.#dueAt === Infinity) this.#askNext()
  }

  /** Ends what is due at `now`, asks the next server where the last one has stalled; gives when to look again. */
  sweep(now: number): number {
    let earliest = Infinity
    for (const caller of this.callers) {
      if (caller.deadline > now) earliest = Math.min(earliest, caller.deadline)
      else this.leave(caller, timeoutError(this.#question.event, this.#lastAsked.peer))
    }
    if (this.callers.size > 0 && this.#dueAt <= now) this.#askNext()
    return Math.min(earliest, this.#dueAt)
  }

  /** One caller waits no longer; with the last one the servers are told. */
  leave(caller: Caller, error: P2pError): void {
    if (!this.callers.delete(caller)) return
    this.#lastAsked.records.requestFailed(error, this.#question)
    caller.reject(error)
    if (this.callers.size === 0) this.#end()
  }

  reject(error: P2pError): void {
    const callers = [...this.callers]
    this.#end()
    for (const caller of callers) caller.reject(error)
  }

  #resolve(body: unknown): void {
    const callers = [...this.callers]
    this.#end()
    for (const caller of callers) caller.resolve(body)
  }

  #end(): void {
    this.callers.clear()
    this.#dueAt = Infinity
    for (const [link, tag] of this.#ways) if (link.pending.take(tag) !== undefined) link.cancel(tag)
    this.#ways.clear()
    this.#keeper.finished(this)
  }

  #ask(link: Link): void {
    if (link.state !== 'open') throw link.closedError()
    link.pending.assertRoom()
    const { type, event, body, typed } = this.#question
    const tag = this.#tagFor(link)
    link.send(type, event, body, tag)
    link.markUsed()
    if (this.#stalledMs !== undefined) this.#asked.add(canonicalUrl(link.url))
    this.#lastAsked = link
    this.#ways.set(link, tag)
    link.pending.add({
      tag,
      type,
      event,
      typed,
      deadline: Infinity,
      resolve: (answer) => {
        this.#ways.delete(link)
        this.#resolve(answer)
      },
      reject: (error) => {
        this.#ways.delete(link)
        this.#failed(link, error)
      }
    })
    if (this.#stalledMs !== undefined && this.#stalledMs > 0) this.#lookAgainIn(this.#stalledMs)
  }

  /** The content tag, unless another question of the same content is under way there. */
  #tagFor({ pending }: Link): string {
    const { contentTag } = this.#question
    return contentTag === undefined || pending.get(contentTag) !== undefined ? pending.nextTag() : contentTag
  }

  #askNext(): void {
    this.#dueAt = Infinity
    for (const link of this.#others()) {
      try {
        this.#ask(link)
        return this.#keeper.rerouted()
      } catch (error) {
        if (!(error instanceof P2pError)) throw error
        if (isFull(error)) this.#lookAgainIn(NO_ROOM_MS)
      }
    }
  }

  /** The servers that were not asked yet, the least recently used first. */
  #others(): Link[] {
    return [...this.#keeper.servers()]
      .filter((link) => !this.#asked.has(canonicalUrl(link.url)))
      .sort((a, b) => a.lastUse - b.lastUse)
  }

  #lookAgainIn(delayMs: number): void {
    this.#dueAt = this.#keeper.now() + delayMs
    this.#keeper.watch(this.#dueAt)
  }

  /** A failure is an answer like any other, but for a server that was lost, or that says that it did not run this. */
  #failed(link: Link, error: P2pError): void {
    const lost = link.state !== 'open' || isRefusal(error, 'ERR_TRUSTP2P_NODE_CLOSED')
    const busy = isRefusal(error, 'ERR_TRUSTP2P_LIMIT_BUSY')
    if (this.#stalledMs === undefined || !(lost || busy)) return this.reject(error)
    if (this.#ways.size > 0) return
    this.#askNext()
    if (busy && this.#ways.size === 0 && this.#dueAt === Infinity) this.reject(error)
  }
}

function isFull({ code }: P2pError): boolean {
  return code === 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE' || code === 'ERR_TRUSTP2P_LIMIT_PENDING'
}

function isRefusal({ code, details }: P2pError, refusal: string): boolean {
  return code === refusal && details?.['remote'] === true
}
