import type { ErrorCode } from '../errors'
import type { Clock, Log } from '../kit'
import { messageControl } from '../deliver/message'
import type { CP2pMessage } from '../deliver/message'
import type { P2pSocket } from '../driver/socket'
import { RateGate } from '../rate-gate'
import type { Failure } from './failure'
import type { Quota } from './manifest-types'
import { networkOf } from '../network-of'
import { RateLimit, RateTable } from '../rate-table'
import type { Rate } from '../rate-table'

const EXCEEDED: ErrorCode = 'ERR_TRUSTP2P_LIMIT_QUOTA'

/** Most buckets of messages, and most of bytes, of all quotas of a node: one peer, one event, one thread. */
const QUOTA_BUCKETS = 10_000

/** Most lines that a thread's quotas write to the log within a minute. */
const LINES_PER_MINUTE = 1

/** Messages that were not handed to a thread since they came over a quota of it. */
export interface QuotaCounters {
  /** Requests, which were answered with ERR_TRUSTP2P_LIMIT_QUOTA. */
  quotaRequests: number
  /** Talks, which were dropped. */
  quotaTalks: number
}

/** What a quota needs to know of a thread. */
export interface Limited {
  readonly name: string
  readonly manifest: { readonly quotas: Readonly<Record<string, Quota>> }
  readonly settings: { readonly quotas: Readonly<Record<string, Quota>> }
}

/** The quota of one event of one thread. */
export interface EventQuota {
  /** Counts a message; gives what the sender is told where it is over the quota of its peer. */
  refusalOf(message: CP2pMessage): Failure | undefined
}

/**
 * The quotas of all threads. What a peer has used up stays counted while its connection or the thread is replaced:
 * a peer is its network (see networkOf), a thread its name.
 */
export class Quotas {
  readonly counters: QuotaCounters = { quotaRequests: 0, quotaTalks: 0 }
  readonly #clock: Clock
  readonly #log: Log
  readonly #messages: RateTable
  readonly #bytes: RateTable
  readonly #networks = new WeakMap<P2pSocket, string>()
  readonly #threads = new Map<string, ThreadQuotas>()

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }, most = QUOTA_BUCKETS) {
    this.#clock = clock
    this.#log = log
    this.#messages = new RateTable(clock, most)
    this.#bytes = new RateTable(clock, most)
  }

  /** Gives the quota of an event as configuration and manifest have it now; undefined where neither has one. */
  find(thread: Limited, event: string): EventQuota | undefined {
    const quota = quotaOf(event, thread.settings.quotas) ?? quotaOf(event, thread.manifest.quotas)
    if (quota === undefined || quota.perSecond === 0) return undefined
    const counted = this.#thread(thread.name)
    const messages = this.#messageMeasure(counted, event, quota)
    const bytes = this.#byteMeasure(counted, event, quota)
    return {
      refusalOf: (message) => {
        const network = this.#networkOf(message.socket)
        const exceeded = messages.takes(message, network) ? exceededOf(bytes, message, network) : messages
        if (exceeded === undefined) return undefined
        messageControl.drop(message, exceeded.failure)
        this.#count(counted, message)
        return exceeded.failure
      }
    }
  }

  /** How many messages came over a quota of that thread. */
  exceededOf(thread: string): number {
    return this.#threads.get(thread)?.exceeded ?? 0
  }

  /** Forgets what threads counted that are gone, and events of which nothing is counted. */
  retain(isThere: (thread: string) => boolean): void {
    for (const [name, { limits }] of this.#threads) {
      for (const [event, { buckets }] of limits.messages) if (buckets.size === 0) limits.messages.delete(event)
      for (const [event, { buckets }] of limits.bytes) if (buckets.size === 0) limits.bytes.delete(event)
      if (limits.messages.size + limits.bytes.size === 0 && !isThere(name)) this.#threads.delete(name)
    }
  }

  #messageMeasure({ limits }: ThreadQuotas, event: string, { perSecond, burst }: Quota): Measure {
    const rate = { perSecond, burst: burst ?? Math.max(1, perSecond) }
    const limit = limitOf(limits.messages, event, rate)
    this.#messages.rateChanged()
    const text = `'${event}' is taken ${perSecond} times a second, ${rate.burst} at once; send it less often`
    return {
      failure: { code: EXCEEDED, text },
      takes: (_message, network) => this.#messages.take(limit, network)
    }
  }

  #byteMeasure({ limits }: ThreadQuotas, event: string, { bytesPerSecond }: Quota): Measure | undefined {
    if (bytesPerSecond === undefined) return undefined
    const limit = limitOf(limits.bytes, event, { perSecond: bytesPerSecond, burst: bytesPerSecond })
    this.#bytes.rateChanged()
    const text = `of '${event}' ${bytesPerSecond} bytes are taken a second, also at once; send less with it, or less often`
    return {
      failure: { code: EXCEEDED, text },
      takes: ({ bytes }, network) => this.#bytes.take(limit, network, bytes.length)
    }
  }

  #thread(name: string): ThreadQuotas {
    const known = this.#threads.get(name)
    if (known !== undefined) return known
    const limits = { messages: new Map<string, RateLimit>(), bytes: new Map<string, RateLimit>() }
    const added = { limits, exceeded: 0, gate: new RateGate(this.#clock, LINES_PER_MINUTE), name }
    this.#threads.set(name, added)
    return added
  }

  #networkOf(socket: P2pSocket): string {
    const known = this.#networks.get(socket)
    if (known !== undefined) return known
    const network = networkOf(socket.host)
    this.#networks.set(socket, network)
    return network
  }

  #count(thread: ThreadQuotas, message: CP2pMessage): void {
    thread.exceeded++
    if (message.expectsAnswer) this.counters.quotaRequests++
    else this.counters.quotaTalks++
    const heldBack = thread.gate.pass()
    if (heldBack === undefined) return
    const { event, socket } = message
    this.#log.warn({ thread: thread.name, event, peer: socket.peer, heldBack }, 'a peer sends more than its quota')
  }
}

interface ThreadQuotas {
  readonly name: string
  /** By event. */
  readonly limits: { readonly messages: Map<string, RateLimit>; readonly bytes: Map<string, RateLimit> }
  readonly gate: RateGate
  exceeded: number
}

/** What a quota counts of an event. */
interface Measure {
  readonly failure: Failure
  takes(message: CP2pMessage, network: string): boolean
}

function exceededOf(measure: Measure | undefined, message: CP2pMessage, network: string): Measure | undefined {
  return measure?.takes(message, network) === false ? measure : undefined
}

/** The limit of an event, with a rate that holds from now on: what was counted before stays counted. */
function limitOf(limits: Map<string, RateLimit>, event: string, rate: Rate): RateLimit {
  const limit = limits.get(event) ?? new RateLimit(rate)
  limits.set(event, limit)
  limit.rate = rate
  return limit
}

/** The quota that names the event, else the longest beginning of it with a `*`. */
function quotaOf(event: string, quotas: Readonly<Record<string, Quota>>): Quota | undefined {
  if (Object.hasOwn(quotas, event)) return quotas[event]
  let longest: string | undefined
  for (const pattern of Object.keys(quotas)) {
    if (!pattern.endsWith('*') || !event.startsWith(pattern.slice(0, -1))) continue
    if (longest === undefined || pattern.length > longest.length) longest = pattern
  }
  return longest === undefined ? undefined : quotas[longest]
}
