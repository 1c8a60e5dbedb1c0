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

const EXCEEDED: ErrorCode = 'ERR_TRUSTP2P_LIMIT_QUOTA'

/** Most buckets of all quotas of a node; each counts what one peer sends of one event of one thread. */
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
  /** What the sender of a refused request is told. */
  readonly failure: Failure
  /** Counts a message; false where it is over the quota of its peer. */
  admits(message: CP2pMessage): boolean
}

/**
 * The quotas of all threads. What a peer has used up stays counted while its connection or the thread is replaced:
 * a peer is its network (see networkOf), a thread its name.
 */
export class Quotas {
  readonly counters: QuotaCounters = { quotaRequests: 0, quotaTalks: 0 }
  readonly #clock: Clock
  readonly #log: Log
  readonly #table: RateTable
  readonly #networks = new WeakMap<P2pSocket, string>()
  readonly #threads = new Map<string, ThreadQuotas>()

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }, most = QUOTA_BUCKETS) {
    this.#clock = clock
    this.#log = log
    this.#table = new RateTable(clock, most)
  }

  /** Gives the quota of an event as configuration and manifest have it now; undefined where neither has one. */
  find(thread: Limited, event: string): EventQuota | undefined {
    const quota = quotaOf(event, thread.settings.quotas) ?? quotaOf(event, thread.manifest.quotas)
    if (quota === undefined || quota.perSecond === 0) return undefined
    const { perSecond, burst = Math.max(1, perSecond) } = quota
    const counted = this.#thread(thread.name)
    const limit = counted.limits.get(event) ?? new RateLimit({ perSecond, burst })
    counted.limits.set(event, limit)
    limit.rate = { perSecond, burst }
    this.#table.rateChanged()
    const text = `'${event}' is taken ${perSecond} times a second, ${burst} at once; send it less often`
    const failure = { code: EXCEEDED, text }
    return {
      failure,
      admits: (message) => {
        if (this.#table.take(limit, this.#networkOf(message.socket))) return true
        messageControl.drop(message, failure)
        return this.#refuse(counted, message)
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
      for (const [event, { buckets }] of limits) if (buckets.size === 0) limits.delete(event)
      if (limits.size === 0 && !isThere(name)) this.#threads.delete(name)
    }
  }

  #thread(name: string): ThreadQuotas {
    const known = this.#threads.get(name)
    if (known !== undefined) return known
    const added = { limits: new Map(), exceeded: 0, gate: new RateGate(this.#clock, LINES_PER_MINUTE), name }
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

  #refuse(thread: ThreadQuotas, message: CP2pMessage): false {
    thread.exceeded++
    if (message.expectsAnswer) this.counters.quotaRequests++
    else this.counters.quotaTalks++
    const heldBack = thread.gate.pass()
    if (heldBack === undefined) return false
    const { event, socket } = message
    this.#log.warn({ thread: thread.name, event, peer: socket.peer, heldBack }, 'a peer sends more than its quota')
    return false
  }
}

interface ThreadQuotas {
  readonly name: string
  readonly limits: Map<string, RateLimit>
  readonly gate: RateGate
  exceeded: number
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
