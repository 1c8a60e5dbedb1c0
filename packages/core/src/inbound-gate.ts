import type { LimitsConfig } from './config/config'
import type { Clock } from './kit'
import { networkOf } from './network-of'
import { RateLimit, RateTable } from './rate-table'

/** Hosts whose rates, and whose offences, are kept apart; more of them share one. */
const MOST_HOSTS = 10_000

/** Hosts that are banned at once; one more lets the oldest ban go. */
const MOST_BANS = 10_000

const HOUR_S = 3_600

/** IPv4 or IPv6, as drivers write hosts. */
const ADDRESS = /^[\d.]+$|:/

/** What a peer is told that may not come in; the close code is 1013, try again later. */
export type RefusalReason =
  'inbound connections maxed out' | 'too many connections from your host' | 'connects too often' | 'your host is banned'

/** Who holds the inbound sockets. */
export interface InboundSockets {
  readonly inboundSockets: number
  /** Those of one network, as `networkOf` names it. */
  inboundSocketsOf(network: string): number
}

/** A host that may not come in for a while. */
export interface Ban {
  /** An address, or the network of an IPv6 one: `2001:db8:1:2::/64`. */
  readonly host: string
  /** When it ends, in ms since 1970. */
  readonly until: number
}

/**
 * Decides which inbound sockets a node takes, by how many there are, where they come from, and what came from there
 * before. A host that is no IP address, as of a Unix socket, has no limit of its own, and is never banned.
 */
export class InboundGate {
  readonly #clock: Clock
  readonly #limits: LimitsConfig
  readonly #rates: RateTable
  readonly #connects: RateLimit
  readonly #offences: RateLimit
  /** When the bans end, on the node's clock, by network; the oldest first. */
  readonly #bans = new Map<string, number>()

  constructor(clock: Clock, limits: LimitsConfig) {
    const { inboundSocketsPerSecond, offencesPerHour } = limits
    this.#clock = clock
    this.#limits = limits
    this.#rates = new RateTable(clock, 2 * MOST_HOSTS)
    this.#connects = new RateLimit({ perSecond: inboundSocketsPerSecond, burst: Math.max(1, inboundSocketsPerSecond) })
    this.#offences = new RateLimit({ perSecond: offencesPerHour / HOUR_S, burst: Math.max(1, offencesPerHour) })
  }

  /** Undefined where one more from that host may come in. */
  refusal(host: string, held: InboundSockets): RefusalReason | undefined {
    const { inboundSockets, inboundSocketsPerHost, inboundSocketsPerSecond } = this.#limits
    if (held.inboundSockets >= inboundSockets) return 'inbound connections maxed out'
    if (!ADDRESS.test(host)) return undefined
    const network = networkOf(host)
    if (this.#isBanned(network)) return 'your host is banned'
    if (inboundSocketsPerHost > 0 && held.inboundSocketsOf(network) >= inboundSocketsPerHost) {
      return 'too many connections from your host'
    }
    if (inboundSocketsPerSecond === 0 || this.#rates.take(this.#connects, network)) return undefined
    this.blame(host)
    return 'connects too often'
  }

  /** False for a host that is banned: its connections are dropped before they cost anything. */
  mayConnect(host: string): boolean {
    return this.#bans.size === 0 || !this.#isBanned(networkOf(host))
  }

  /** Counts an offence: a peer of that host broke the protocol, or a limit. Gives true where that gets it banned. */
  blame(host: string): boolean {
    const { offencesPerHour, banMs } = this.#limits
    if (!ADDRESS.test(host) || offencesPerHour === 0) return false
    const network = networkOf(host)
    if (this.#isBanned(network) || this.#rates.take(this.#offences, network)) return false
    if (this.#bans.size >= MOST_BANS) for (const oldest of [...this.#bans.keys()].slice(0, 1)) this.#bans.delete(oldest)
    this.#bans.set(network, this.#clock.now() + banMs)
    return true
  }

  /** The bans of now, the oldest first. */
  get bans(): Ban[] {
    const [now, wall] = [this.#clock.now(), this.#clock.wall()]
    return [...this.#bans]
      .filter(([, until]) => until > now)
      .map(([host, until]) => ({ host, until: wall + until - now }))
  }

  /** Lets a host in again; false where it was not banned. */
  unban(host: string): boolean {
    return this.#bans.delete(host) || this.#bans.delete(networkOf(host))
  }

  #isBanned(network: string): boolean {
    const until = this.#bans.get(network)
    if (until === undefined) return false
    if (until > this.#clock.now()) return true
    this.#bans.delete(network)
    return false
  }
}
