import type { LimitsConfig } from '../config/config'

const HOUR_MS = 3_600_000

/** Hosts that are looked at for one that may be forgotten. */
const LOOKED_AT = 2

/** What counts for less is a slip of floating point. */
const SLIP = 1e-6

/** What is remembered of a host. Times are in ms since 1970. */
export interface HostRecord {
  readonly firstSeen: number
  readonly lastSeen: number
  /** Messages that threads took, and answers, since it is on record. They buy nothing: many may share an address. */
  readonly good: number
  /** Offences in all. */
  readonly invalid: number
  /** How many of them still counted at `lastSeen`. */
  readonly owed: number
}

export type HostTableLimits = Pick<LimitsConfig, 'offencesPerHour' | 'knownPeers'>

/**
 * What peers of a host are to blame for, by its address, or the network of an IPv6 one. An hour takes
 * `limits.offencesPerHour` of it off. Where there is no room, a host that owes nothing any more is forgotten; where there
 * is none, newcomers share one record: nobody has his offences forgotten by coming from many addresses.
 */
export class HostTable {
  readonly #limits: HostTableLimits
  readonly #onChange: (id: string) => void
  /** Whose latest offence is longest ago first. */
  readonly #hosts = new Map<string, HostRecord>()
  #rest: HostRecord | undefined

  /** @param onChange told of each id whose record came, changed or went */
  constructor(limits: HostTableLimits, onChange: (id: string) => void = () => undefined) {
    this.#limits = limits
    this.#onChange = onChange
  }

  get size(): number {
    return this.#hosts.size
  }

  get(id: string): HostRecord | undefined {
    return this.#hosts.get(id)
  }

  entries(): [id: string, record: HostRecord][] {
    return [...this.#hosts]
  }

  /** How many offences of a host still count at `now`, in ms since 1970. */
  owed(id: string, now: number): number {
    return this.#owedBy(this.#hosts.get(id), now)
  }

  /** Counts an offence; true where it is one more than `limits.offencesPerHour`. */
  blame(id: string, now: number): boolean {
    const record = this.#hosts.get(id)
    if (record !== undefined || this.#hasRoom(now)) {
      const [next, isOver] = this.#blamed(record, now)
      this.set(id, next)
      return isOver
    }
    const [rest, isOver] = this.#blamed(this.#rest, now)
    this.#rest = rest
    return isOver
  }

  /** Counts good events of a host, where it is on record. */
  credit(id: string, good: number): void {
    const record = this.#hosts.get(id)
    if (record !== undefined) this.#replace(id, { ...record, good: record.good + good })
  }

  /** Takes a record as the latest, also where there is no room: see `sort`. */
  set(id: string, record: HostRecord): void {
    this.#hosts.delete(id)
    this.#hosts.set(id, record)
    this.#onChange(id)
  }

  /** What it owes is forgiven. */
  pardon(id: string): void {
    const record = this.#hosts.get(id)
    if (record !== undefined) this.#replace(id, { ...record, owed: 0 })
  }

  delete(id: string): boolean {
    const had = this.#hosts.delete(id)
    if (had) this.#onChange(id)
    return had
  }

  /** Puts them in the order of their latest offences; of more than `limits.knownPeers` the latest stay. */
  sort(): void {
    const records = [...this.#hosts].sort(([, one], [, other]) => one.lastSeen - other.lastSeen)
    this.#hosts.clear()
    for (const [id, record] of records) this.#hosts.set(id, record)
    for (const [id] of records.slice(0, Math.max(0, records.length - this.#limits.knownPeers))) this.delete(id)
  }

  /** Forgets hosts whose latest offence is longer ago. */
  purge(now: number, forgetMs: number): void {
    for (const [id, { lastSeen }] of this.#hosts) if (now - lastSeen > forgetMs) this.delete(id)
  }

  /** Leaves it where it stands. */
  #replace(id: string, record: HostRecord): void {
    this.#hosts.set(id, record)
    this.#onChange(id)
  }

  #blamed(record: HostRecord | undefined, now: number): [next: HostRecord, isOver: boolean] {
    const owed = this.#owedBy(record, now) + 1
    const isOver = owed > Math.max(1, this.#limits.offencesPerHour) + SLIP
    const { firstSeen, good, invalid } = record ?? { firstSeen: now, good: 0, invalid: 0 }
    return [{ firstSeen, lastSeen: now, good, invalid: invalid + 1, owed: isOver ? owed - 1 : owed }, isOver]
  }

  #owedBy(record: HostRecord | undefined, now: number): number {
    if (record === undefined) return 0
    const passed = Math.max(0, now - record.lastSeen)
    return Math.max(0, record.owed - (passed * this.#limits.offencesPerHour) / HOUR_MS)
  }

  #hasRoom(now: number): boolean {
    if (this.#hosts.size < this.#limits.knownPeers) return true
    let looked = 0
    for (const [id, record] of this.#hosts) {
      if (looked++ === LOOKED_AT) return false
      if (this.#owedBy(record, now) > 0) continue
      this.delete(id)
      return true
    }
    return false
  }
}
