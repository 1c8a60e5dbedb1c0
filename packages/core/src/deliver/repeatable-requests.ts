import type { LimitsConfig } from '../config/config'
import { P2pError } from '../errors'
import type { Clock } from '../kit'
import type { DeliverCounters } from './counters'
import { Deadlines } from './deadlines'
import type { Link } from './link'
import { RepeatableRequest } from './repeatable-request'
import type { Caller, Question } from './repeatable-request'
import { abortedError } from './request-errors'

export interface RepeatableOptions {
  readonly clock: Clock
  readonly limits: LimitsConfig
  /** Time in ms after which a server that has not answered counts as stalled; 0: never. */
  readonly stalledMs: number
  readonly counters: DeliverCounters
  /** All links of the node. */
  readonly links: Iterable<Link>
}

/** How one caller asks. */
export interface CallOptions {
  /** On the node's clock in ms; Infinity for none. */
  readonly deadline: number
  readonly reroute: boolean
  readonly signal: AbortSignal | undefined
}

/** The requests whose callers asked for `coalesce` or `reroute`. */
export class RepeatableRequests {
  readonly #options: RepeatableOptions
  readonly #deadlines: Deadlines
  readonly #running = new Set<RepeatableRequest>()
  /** Those that may be joined, by the link that was asked first and what is asked. */
  readonly #shared = new WeakMap<Link, Map<string, RepeatableRequest>>()
  #waitingCallers = 0

  constructor(options: RepeatableOptions) {
    this.#options = options
    this.#deadlines = new Deadlines(options.clock, (now) => this.#sweep(now))
  }

  /** Requests that wait for a server. */
  get homeless(): number {
    let count = 0
    for (const request of this.#running) if (!request.underWay) count++
    return count
  }

  /**
   * Asks, or joins those who ask the same. Throws ERR_TRUSTP2P_LIMIT_PENDING past `limits.pendingRequests` callers,
   * and what the first frame throws.
   */
  ask(link: Link, question: Question, options: CallOptions): Promise<unknown> {
    const { deadline, signal } = options
    if (signal?.aborted === true) throw abortedError(question.event, signal)
    this.#assertRoom()
    const joined = this.#joinable(link, question, options)
    if (joined !== undefined) this.#options.counters.coalescedRequests++
    const request = joined ?? this.#start(link, question, options)
    if (deadline !== Infinity) this.#deadlines.watch(deadline)
    return new Promise((resolve, reject) => {
      this.#waitingCallers++
      const caller: Caller = {
        deadline,
        resolve: (body) => {
          settle()
          resolve(body)
        },
        reject: (error) => {
          settle()
          reject(error)
        }
      }
      const onAbort = () => {
        if (signal !== undefined) request.leave(caller, abortedError(question.event, signal))
      }
      const settle = () => {
        this.#waitingCallers--
        signal?.removeEventListener('abort', onAbort)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      request.callers.add(caller)
    })
  }

  /** A server was connected: those that wait for one ask it. */
  serverOpened(): void {
    for (const request of this.#running) request.serverOpened()
  }

  rejectAll(error: P2pError): void {
    this.#deadlines.clear()
    for (const request of this.#running) request.reject(error)
  }

  #assertRoom(): void {
    const { pendingRequests } = this.#options.limits
    if (this.#waitingCallers < pendingRequests) return
    throw new P2pError(
      'ERR_TRUSTP2P_LIMIT_PENDING',
      `${pendingRequests} callers wait for repeatable requests already: wait for some, or raise limits.pendingRequests`
    )
  }

  #joinable(link: Link, { contentTag }: Question, { reroute }: CallOptions): RepeatableRequest | undefined {
    return contentTag === undefined ? undefined : this.#shared.get(link)?.get(shareKey(contentTag, reroute))
  }

  #start(link: Link, question: Question, { reroute }: CallOptions): RepeatableRequest {
    const { clock, counters, links, stalledMs } = this.#options
    const key = question.contentTag === undefined ? undefined : shareKey(question.contentTag, reroute)
    const request = new RepeatableRequest({
      first: link,
      question,
      stalledMs: reroute ? stalledMs : undefined,
      keeper: {
        now: () => clock.now(),
        servers: () => openServers(links),
        rerouted: () => counters.reroutedRequests++,
        watch: (deadline) => this.#deadlines.watch(deadline),
        finished: () => {
          this.#running.delete(request)
          if (key !== undefined) this.#shared.get(link)?.delete(key)
        }
      }
    })
    request.start()
    this.#running.add(request)
    if (key !== undefined) this.#share(link, key, request)
    return request
  }

  #share(link: Link, key: string, request: RepeatableRequest): void {
    const requests = this.#shared.get(link) ?? new Map<string, RepeatableRequest>()
    this.#shared.set(link, requests.set(key, request))
  }

  #sweep(now: number): number {
    let earliest = Infinity
    for (const request of this.#running) earliest = Math.min(earliest, request.sweep(now))
    return earliest
  }
}

/** One that may be sent to other servers is none that may not. */
function shareKey(contentTag: string, reroute: boolean): string {
  return `${contentTag} ${reroute}`
}

function* openServers(links: Iterable<Link>): Generator<Link> {
  for (const link of links) if (link.isInUse && !link.inbound) yield link
}
