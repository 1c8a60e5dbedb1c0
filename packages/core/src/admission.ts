import type { LimitsConfig } from './config/config'
import type { Clock } from './kit'
import { networkOf } from './network-of'
import { RateLimit, RateTable } from './rate-table'

/** Hosts whose rates are kept apart; more of them share one. */
const MOST_HOSTS = 10_000

/** What a peer is told that may not come in; the close code is 1013, try again later. */
export type Refusal = 'inbound connections maxed out' | 'too many connections from your host' | 'connects too often'

/** Who holds the inbound sockets. */
export interface InboundSockets {
  readonly inboundSockets: number
  /** Those of one network, as `networkOf` names it. */
  inboundSocketsOf(network: string): number
}

/** Decides which inbound sockets a node takes, by how many there are and where they come from. */
export class Admission {
  readonly #limits: LimitsConfig
  readonly #rates: RateTable
  readonly #rate: RateLimit

  constructor(clock: Clock, limits: LimitsConfig) {
    const { inboundSocketsPerSecond } = limits
    this.#limits = limits
    this.#rates = new RateTable(clock, MOST_HOSTS)
    this.#rate = new RateLimit({ perSecond: inboundSocketsPerSecond, burst: Math.max(1, inboundSocketsPerSecond) })
  }

  /** Undefined where one more from that host may come in. A host without an address, as of a Unix socket, has no limit. */
  refusal(host: string, held: InboundSockets): Refusal | undefined {
    const { inboundSockets, inboundSocketsPerHost, inboundSocketsPerSecond } = this.#limits
    if (held.inboundSockets >= inboundSockets) return 'inbound connections maxed out'
    if (host === '') return undefined
    const network = networkOf(host)
    if (inboundSocketsPerHost > 0 && held.inboundSocketsOf(network) >= inboundSocketsPerHost) {
      return 'too many connections from your host'
    }
    const isOften = inboundSocketsPerSecond > 0 && !this.#rates.take(this.#rate, network)
    return isOften ? 'connects too often' : undefined
  }
}
