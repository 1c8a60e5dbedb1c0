/** Who decided on a ban: `limits.offencesPerHour`, `limits.banScore`, or somebody who called `ban`. */
export type BanCause = 'offences' | 'score' | 'hand'

/** A peer or a host that may not connect for a while. */
export interface PeerBan {
  /** A peer id, an address, or the network of an IPv6 one: `2001:db8:1:2::/64`. */
  readonly id: string
  /** When it began, in ms since 1970. */
  readonly since: number
  /** When it ends, in ms since 1970. */
  readonly until: number
  readonly by: BanCause
  /** What was given as the reason; empty where nothing was. */
  readonly reason: string
}

/** What is remembered of a peer, or of a host whose peers did not prove who they are: a plain snapshot. */
export interface KnownPeer {
  /** A peer id, an address, or the network of an IPv6 one: `2001:db8:1:2::/64`. */
  readonly id: string
  /** Whether it is known by its proved peer id, or by where it came from. */
  readonly kind: 'peer' | 'host'
  /** Where it was really reached, as it was dialled, the latest first: at most 8; none of a host. */
  readonly addresses: readonly string[]
  /** The host that it was last met at; absent where it was never met. */
  readonly host?: string
  /** In ms since 1970; absent where it was never met, and is banned alone. */
  readonly firstSeen?: number
  /** In ms since 1970. */
  readonly lastSeen?: number
  /** Messages of it that a thread took, and answers of it to requests of ours; of a host, since its first offence. */
  readonly good: number
  /** Its offences: how often its sockets were closed for what came on them. */
  readonly invalid: number
  /** What it is worth now: see `limits.refuseScore`. Of a host, minus the offences of the last hour. */
  readonly score: number
  /** Absent where it is not banned. */
  readonly ban?: PeerBan
}

/** How a peer is banned. */
export interface BanOptions {
  /** How long, in ms, from 1 to 100 years [`limits.banMs`]. */
  readonly ms?: number
  /** Why, for those who look at it later, at most 200 characters [nothing]. */
  readonly reason?: string
}

/** Which of the known peers are wanted. */
export interface PeerQuery {
  /** Those alone that were reached, and may be dialled now: no ban, no low score and no rule keeps them out [false]. */
  readonly dialable?: boolean
  /**
   * The one met last of each host first, then the next of each, and so on [false]: somebody who makes many keys, and comes
   * with each of them, does not push the others beyond `limit`. The hosts of an IPv6 network of 64 bits count as one.
   */
  readonly spread?: boolean
  /** At most so many, from 1 [all]. */
  readonly limit?: number
}

/**
 * The peers that a node knows. A peer is named by its peer id, a host by its address; an IPv6 one stands for its network of
 * 64 bits. What names neither is ERR_TRUSTP2P_RULE_INVALID everywhere.
 */
export interface NodePeers {
  /** All of them, or those that are wanted, those met last first: a snapshot. Throws a TypeError or a RangeError. */
  list(query?: PeerQuery): KnownPeer[]
  /** What is known of one; undefined where nothing is. */
  get(peer: string): KnownPeer | undefined
  /**
   * Lets nobody with that id, or from that host, connect or be dialled, from the call on, and closes open sockets. A ban
   * that is there is replaced. Settles with it once it would outlast the process, where the node has a store. Rejects with
   * ERR_TRUSTP2P_LIMIT_BANS where 10,000 were made by hand.
   */
  ban(peer: string, options?: BanOptions): Promise<PeerBan>
  /** Ends a ban, and forgives the offences behind it. Settles with whether there was one, as `ban` does. */
  unban(peer: string): Promise<boolean>
  /** Forgets all that is known of one, its ban included. Settles with whether there was something, as `ban` does. */
  forget(peer: string): Promise<boolean>
}
