import type { LimitsConfig } from './config/config'
import type { Clock } from './kit'
import { networkOf } from './network-of'
import type { PeerBook } from './peers/peer-book'
import { hasAddress } from './peers/peer-name'
import { RateLimit, RateTable } from './rate-table'
import type { Rate } from './rate-table'

/** Hosts whose rates are kept apart; more of them share one. */
const MOST_HOSTS = 10_000

/** What a peer is told that may not come in; the close code is 1013, try again later. */
export type RefusalReason =
  'inbound connections maxed out' | 'too many connections from your host' | 'connects too often' | 'your host is banned'

/** Who holds the inbound sockets. */
export interface InboundSockets {
  readonly inboundSockets: number
  /** Those of one network, as `networkOf` names it. */
  inboundSocketsOf(network: string): number
}

/** What is remembered of hosts. */
export type GateBook = Pick<PeerBook, 'banOfHost' | 'blameHost'>

/**
 * Decides which inbound sockets a node takes, by how many there are, where they come from, and what came from there
 * before. A host that is no IP address, as of a Unix socket, has no limit of its own, and is never banned.
 */
export class InboundGate {
  readonly #limits: LimitsConfig
  readonly #book: GateBook
  readonly #rates: RateTable
  readonly #connects: RateLimit

  constructor(clock: Clock, limits: LimitsConfig, book: GateBook) {
    this.#limits = limits
    this.#book = book
    this.#rates = new RateTable(clock, MOST_HOSTS)
    this.#connects = new RateLimit(connectRate(limits))
  }

  /** The limits have changed. */
  limitsChanged(): void {
    this.#connects.rate = connectRate(this.#limits)
  }

  /** Undefined where one more from that host may come in. */
  refusal(host: string, held: InboundSockets): RefusalReason | undefined {
    const { inboundSockets, inboundSocketsPerHost, inboundSocketsPerSecond } = this.#limits
    if (held.inboundSockets >= inboundSockets) return 'inbound connections maxed out'
    if (!hasAddress(host)) return undefined
    const network = networkOf(host)
    if (this.#book.banOfHost(host) !== undefined) return 'your host is banned'
    if (inboundSocketsPerHost > 0 && held.inboundSocketsOf(network) >= inboundSocketsPerHost) {
      return 'too many connections from your host'
    }
    if (inboundSocketsPerSecond === 0 || this.#rates.take(this.#connects, network)) return undefined
    this.#book.blameHost(host)
    return 'connects too often'
  }
}

function connectRate({ inboundSocketsPerSecond }: LimitsConfig): Rate {
  return { perSecond: inboundSocketsPerSecond, burst: Math.max(1, inboundSocketsPerSecond) }
}
