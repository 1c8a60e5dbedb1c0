import type { LimitsConfig } from '../config/config'
import type { Clock } from '../kit'
import { networkOf } from '../network-of'
import { assertBanOptions } from './ban-reason'
import { BanList } from './ban-list'
import { pageKey, readBan, readHost, readPageKey, readPeer, writePage } from './book-pages'
import { HostTable } from './host-table'
import type { BanCause, BanOptions, KnownPeer, PeerBan } from './known-peer'
import { hasAddress, readPeerName } from './peer-name'
import { PeerTable } from './peer-table'
import type { Meeting } from './peer-table'

export type PeerBookLimits = Pick<
  LimitsConfig,
  'offencesPerHour' | 'banMs' | 'knownPeers' | 'forgetMs' | 'scoreHalfLifeMs' | 'refuseScore' | 'banScore'
>

/** Why a peer is kept out. */
export type PeerObjection = { readonly ban: PeerBan } | { readonly score: number }

/** What became of a peer that was blamed. */
export type BlameResult = 'banned' | 'refused' | undefined

/** What a node remembers of its peers, of hosts, and of bans: what it knows is bounded by count and by age. */
export class PeerBook {
  readonly #clock: Clock
  readonly #limits: PeerBookLimits
  readonly #peers: PeerTable
  readonly #hosts: HostTable
  readonly #bans: BanList

  /** @param onChange told of each key of a store whose value came, changed or went: see `page` */
  constructor(clock: Clock, limits: PeerBookLimits, onChange: (key: string) => void = () => undefined) {
    this.#clock = clock
    this.#limits = limits
    this.#peers = new PeerTable(limits, (id) => onChange(pageKey('peer', id)))
    this.#hosts = new HostTable(limits, (id) => onChange(pageKey('host', id)))
    this.#bans = new BanList((id) => onChange(pageKey('ban', id)))
  }

  /** The ban of a host, whoever made it. */
  banOfHost(host: string): PeerBan | undefined {
    return this.#bans.size === 0 ? undefined : this.#bans.get(networkOf(host), this.#now)
  }

  /** Why a proved peer may not connect, nor be dialled; undefined where it may. */
  objectionTo(peerId: string): PeerObjection | undefined {
    const now = this.#now
    const ban = this.#bans.get(peerId, now)
    if (ban !== undefined) return { ban }
    const { refuseScore } = this.#limits
    const score = refuseScore === 0 ? 0 : this.#peers.score(peerId, now)
    return refuseScore !== 0 && score <= refuseScore ? { score } : undefined
  }

  /** A proved peer was met, or sent so many messages that were of use. */
  note(peerId: string, meeting: Meeting, good = 0): void {
    this.#peers.note(peerId, meeting, { good, now: this.#now })
  }

  /** A proved peer broke the protocol, or a limit. Gives what it is kept out by now, where it was not before. */
  blamePeer(peerId: string, meeting: Meeting): BlameResult {
    const now = this.#now
    const { refuseScore, banScore } = this.#limits
    const before = this.#peers.score(peerId, now)
    this.#peers.note(peerId, meeting, { invalid: 1, now })
    const score = this.#peers.score(peerId, now)
    if (banScore !== 0 && score <= banScore && this.#bans.get(peerId, now) === undefined) {
      this.#banByLimit(peerId, 'score', `its score was ${score.toFixed(1)}`)
      return 'banned'
    }
    return refuseScore !== 0 && score <= refuseScore && before > refuseScore ? 'refused' : undefined
  }

  /** A peer of a host broke the protocol, or a limit; true where that gets the host banned. */
  blameHost(host: string): boolean {
    const now = this.#now
    const { offencesPerHour } = this.#limits
    if (offencesPerHour === 0 || !hasAddress(host)) return false
    const network = networkOf(host)
    if (this.#bans.get(network, now) !== undefined || !this.#hosts.blame(network, now)) return false
    this.#banByLimit(network, 'offences', `more than ${offencesPerHour} offences in an hour`)
    return true
  }

  /** Peers of a host, proved or not, sent so many messages that were of use. */
  creditHost(host: string, good: number): void {
    if (good > 0 && hasAddress(host)) this.#hosts.credit(networkOf(host), good)
  }

  /** What is known, those met last first, then who is banned alone. */
  list(): KnownPeer[] {
    const ids = new Set([...this.#peers.entries(), ...this.#hosts.entries()].map(([id]) => id))
    for (const { id } of this.#bans.all()) ids.add(id)
    const known = [...ids].map((id) => this.#find(id)).filter((peer) => peer !== undefined)
    return known.sort((one, other) => (other.lastSeen ?? 0) - (one.lastSeen ?? 0))
  }

  /** Throws ERR_TRUSTP2P_RULE_INVALID. */
  get(peer: string): KnownPeer | undefined {
    return this.#find(readPeerName(peer).id)
  }

  /** Throws ERR_TRUSTP2P_RULE_INVALID, ERR_TRUSTP2P_LIMIT_BANS, a TypeError or a RangeError. */
  ban(peer: string, options: BanOptions = {}): PeerBan {
    const { id } = readPeerName(peer)
    assertBanOptions(options)
    const { ms = this.#limits.banMs, reason = '' } = options
    const since = this.#now
    const ban = Object.freeze({ id, since, until: since + ms, by: 'hand', reason } as const)
    this.#bans.add(ban)
    return ban
  }

  /** Throws ERR_TRUSTP2P_RULE_INVALID. */
  unban(peer: string): boolean {
    const { id } = readPeerName(peer)
    if (this.#bans.get(id, this.#now) === undefined) return false
    this.#peers.pardon(id)
    this.#hosts.pardon(id)
    return this.#bans.delete(id)
  }

  /** Throws ERR_TRUSTP2P_RULE_INVALID. */
  forget(peer: string): boolean {
    const { id } = readPeerName(peer)
    return [this.#bans.delete(id), this.#peers.delete(id), this.#hosts.delete(id)].includes(true)
  }

  /** Forgets what is over: bans, and who was met longer ago than `limits.forgetMs`. */
  purge(): void {
    const now = this.#now
    this.#bans.purge(now)
    this.#peers.purge(now)
    this.#hosts.purge(now, this.#limits.forgetMs)
  }

  /** What lies under a key of a store; undefined where nothing does any more. */
  page(key: string): Uint8Array | undefined {
    const { kind, id = '' } = readPageKey(key) ?? {}
    const record = kind === undefined ? undefined : this.#record(kind, id)
    return record && writePage(record)
  }

  /** Takes what a store has under a key; false for what is over, or the book has never written. See `settle`. */
  restore(key: string, bytes: Uint8Array): boolean {
    const { kind, id = '' } = readPageKey(key) ?? {}
    if (kind === undefined) return false
    const now = this.#now
    switch (kind) {
      case 'ban': {
        const ban = readBan(id, bytes)
        if (ban === undefined || ban.until <= now) return false
        this.#bans.add(Object.freeze(ban))
        return true
      }
      case 'peer': {
        const record = readPeer(bytes)
        if (record !== undefined) this.#peers.set(id, record)
        return record !== undefined
      }
      case 'host': {
        const record = readHost(bytes)
        if (record !== undefined) this.#hosts.set(id, record)
        return record !== undefined
      }
    }
  }

  /**
   * To be called once all is restored, and now and then: forgets what is over, finds out who was met longest ago, and
   * forgets those for whom `limits.knownPeers` has no room.
   */
  settle(): void {
    this.#peers.sort()
    this.#hosts.sort()
    this.purge()
  }

  get #now(): number {
    return this.#clock.wall()
  }

  #record(kind: 'ban' | 'peer' | 'host', id: string) {
    if (kind === 'ban') return this.#bans.get(id, this.#now)
    return kind === 'peer' ? this.#peers.get(id) : this.#hosts.get(id)
  }

  #banByLimit(id: string, by: BanCause, reason: string): void {
    const since = this.#now
    this.#bans.add(Object.freeze({ id, since, until: since + this.#limits.banMs, by, reason }))
  }

  #find(id: string): KnownPeer | undefined {
    const now = this.#now
    const [peer, host, ban] = [this.#peers.get(id), this.#hosts.get(id), this.#bans.get(id, now)]
    const common = { id, ...(ban !== undefined && { ban }) }
    if (peer !== undefined) {
      const { addresses, host: at, firstSeen, lastSeen, good, invalid } = peer
      const counts = { good, invalid, score: this.#peers.score(id, now) }
      return { ...common, kind: 'peer', addresses: [...addresses], host: at, firstSeen, lastSeen, ...counts }
    }
    if (host !== undefined) {
      const { firstSeen, lastSeen, good, invalid } = host
      const score = -this.#hosts.owed(id, now)
      return { ...common, kind: 'host', addresses: [], host: id, firstSeen, lastSeen, good, invalid, score }
    }
    const nothing = { addresses: [], good: 0, invalid: 0, score: 0 }
    return ban && { ...common, ...nothing, kind: readPeerName(id).kind }
  }
}
