import type { LimitsConfig } from '../config/config'
import { decayed, scoreOf } from './peer-score'
import type { Standing } from './peer-score'

/** Most addresses that are remembered of a peer: the one used longest ago is forgotten for another. */
export const ADDRESSES_OF_A_PEER = 8

/** Longest address that is remembered, in UTF-16 units. */
export const LONGEST_ADDRESS = 1_000

/** What is remembered of a proved peer. Times are in ms since 1970. */
export interface PeerRecord {
  /** Where it was reached, the latest first. */
  readonly addresses: readonly string[]
  readonly host: string
  readonly firstSeen: number
  readonly lastSeen: number
  readonly good: number
  readonly invalid: number
  readonly standing: Standing
}

/** Where a peer was met. */
export interface Meeting {
  readonly host: string
  /** What was dialled, as it may be shown; undefined where the peer dialled us. */
  readonly address?: string | undefined
}

/** What has come from a peer. */
export interface PeerEvents {
  readonly good?: number
  readonly invalid?: number
}

export type PeerTableLimits = Pick<LimitsConfig, 'knownPeers' | 'forgetMs' | 'scoreHalfLifeMs'>

/**
 * The peers that have proved who they are, by their ids. Where there is no room, who was met longest ago is forgotten, of
 * those first that we have never reached: anybody makes as many keys as he likes, and comes with each of them.
 */
export class PeerTable {
  readonly #limits: PeerTableLimits
  readonly #onChange: (id: string) => void
  /** Both: who was met longest ago first. */
  readonly #strangers = new Map<string, PeerRecord>()
  readonly #reached = new Map<string, PeerRecord>()

  /** @param onChange told of each id whose record came, changed or went */
  constructor(limits: PeerTableLimits, onChange: (id: string) => void = () => undefined) {
    this.#limits = limits
    this.#onChange = onChange
  }

  get size(): number {
    return this.#strangers.size + this.#reached.size
  }

  get(id: string): PeerRecord | undefined {
    return this.#reached.get(id) ?? this.#strangers.get(id)
  }

  entries(): [id: string, record: PeerRecord][] {
    return [...this.#strangers, ...this.#reached]
  }

  /** Points of a peer at `now`, in ms since 1970; 0 for one that is not known. */
  score(id: string, now: number): number {
    const record = this.get(id)
    return record === undefined ? 0 : scoreOf(decayed(record.standing, now, this.#limits.scoreHalfLifeMs))
  }

  /** A peer was met, or something came from it. */
  note(id: string, { host, address }: Meeting, { good = 0, invalid = 0, now }: PeerEvents & { now: number }): void {
    const known = this.get(id) ?? this.#admitted(now)
    const standing = decayed(known.standing, now, this.#limits.scoreHalfLifeMs)
    this.set(id, {
      addresses: address === undefined ? known.addresses : withAddress(known.addresses, address),
      host,
      firstSeen: known.firstSeen,
      lastSeen: now,
      good: known.good + good,
      invalid: known.invalid + invalid,
      standing: { good: standing.good + good, invalid: standing.invalid + invalid, at: now }
    })
  }

  /** Takes a record as the latest, also where there is no room: see `sort`. */
  set(id: string, record: PeerRecord): void {
    this.#strangers.delete(id)
    this.#reached.delete(id)
    this.#listOf(record).set(id, record)
    this.#onChange(id)
  }

  /** What it did is forgiven: it is worth 0. */
  pardon(id: string): void {
    const record = this.get(id)
    if (record === undefined) return
    this.#listOf(record).set(id, { ...record, standing: { ...record.standing, good: 0, invalid: 0 } })
    this.#onChange(id)
  }

  delete(id: string): boolean {
    const had = [this.#strangers.delete(id), this.#reached.delete(id)].includes(true)
    if (had) this.#onChange(id)
    return had
  }

  /** Puts them in the order in which they were met, and forgets those for whom there is no room. */
  sort(): void {
    for (const list of [this.#strangers, this.#reached]) {
      const records = [...list].sort(([, one], [, other]) => one.lastSeen - other.lastSeen)
      list.clear()
      for (const [id, record] of records) list.set(id, record)
    }
    while (this.size > this.#limits.knownPeers) this.#forgetOne()
  }

  /** Forgets who was last met longer ago than `limits.forgetMs`. */
  purge(now: number): void {
    for (const [id, { lastSeen }] of this.entries()) if (now - lastSeen > this.#limits.forgetMs) this.delete(id)
  }

  /** The record of one who was never met, with room for it. */
  #admitted(now: number): PeerRecord {
    if (this.size >= this.#limits.knownPeers) this.#forgetOne()
    const standing = { good: 0, invalid: 0, at: now }
    return { addresses: [], host: '', firstSeen: now, lastSeen: now, good: 0, invalid: 0, standing }
  }

  #forgetOne(): void {
    const list = this.#strangers.size > 0 ? this.#strangers : this.#reached
    for (const oldest of list.keys()) return void this.delete(oldest)
  }

  #listOf({ addresses }: PeerRecord): Map<string, PeerRecord> {
    return addresses.length > 0 ? this.#reached : this.#strangers
  }
}

function withAddress(addresses: readonly string[], address: string): readonly string[] {
  if (address.length > LONGEST_ADDRESS) return addresses
  return [address, ...addresses.filter((other) => other !== address)].slice(0, ADDRESSES_OF_A_PEER)
}
