import type { P2pError } from '../errors'
import type { Clock } from '../kit'
import { networkOf } from '../network-of'
import { ExplainEntry } from './explain-entry'
import type { ExplainSettings } from './explain-entry'
import { queryMatcher } from './explain-query'
import type { ExplainQuery, ExplainRecord } from './explain-record'
import type { ExplainOrigin, Incident } from './incident'

/** One network has at most this part of all records: a tenth. */
const SHARES = 10

/** How many of a network's newest records are looked at for an equal one. */
const LOOKED_AT = 8

/** What no host is called. */
const OWN_LANE = ' '

/**
 * Why things did not happen, or were ended: at most `limits.explainRecords` records, a tenth of them of one network.
 * Equal ones are counted. Where there is no room, who has more than an equal share gives of its own, else who has most:
 * a flood from a few networks pushes out nothing but itself.
 */
export class ExplainLog {
  readonly #clock: Clock
  readonly #settings: ExplainSettings
  #most = 0
  #mostOfOne = 0
  /** By network, the oldest record first; none is empty. */
  readonly #lanes = new Map<string, ExplainEntry[]>()
  #size = 0
  #order = 0

  /** @param most records that are kept; 0 keeps none */
  constructor(clock: Clock, settings: ExplainSettings, most: number) {
    this.#clock = clock
    this.#settings = settings
    this.most = most
  }

  /** How many records are kept: where there are more, those of who has most go first. */
  set most(most: number) {
    this.#most = most
    this.#mostOfOne = Math.ceil(most / SHARES)
    for (const lane of this.#lanes.values()) while (lane.length > this.#mostOfOne) this.#dropOldest(lane)
    while (this.#size > most) this.#dropOldest(this.#longest())
  }

  /** Keeps a record of what happened, with nobody where that was the node's own. */
  add(origin: ExplainOrigin | undefined, incident: Incident): void {
    if (this.#most === 0) return
    const network = laneOf(origin)
    const lane = this.#lanes.get(network)
    if (lane !== undefined && this.#count(lane, origin, incident)) return
    this.#makeRoom(lane)
    const entry = new ExplainEntry(origin, incident, { network, at: this.#clock.wall() })
    entry.order = ++this.#order
    // The lane may have given its last record.
    const kept = this.#lanes.get(network)
    if (kept === undefined) this.#lanes.set(network, [entry])
    else kept.push(entry)
    this.#size++
  }

  /** Keeps a record of an error, with what it is the error of. */
  addError(
    origin: ExplainOrigin | undefined,
    { code, message, cause, details }: P2pError,
    more: Omit<Incident, 'code' | 'text' | 'cause' | 'remote'>
  ): void {
    this.add(origin, { ...more, code, text: message, cause, remote: details?.['remote'] === true })
  }

  /** The records that are wanted, the newest first. Throws a TypeError or a RangeError for what is no query. */
  find(query: ExplainQuery = {}): ExplainRecord[] {
    const { matches, most } = queryMatcher(query)
    const entries = [...this.#lanes.values()].flat().sort((one, other) => other.order - one.order)
    const found: ExplainRecord[] = []
    for (const entry of entries) {
      if (found.length >= most) break
      const record = entry.toRecord(this.#settings)
      if (matches(record)) found.push(record)
    }
    return found
  }

  /** True where an equal one is among the newest of the lane, and is counted now. */
  #count(lane: ExplainEntry[], origin: ExplainOrigin | undefined, incident: Incident): boolean {
    const last = lane.length - 1
    for (let index = last; index >= 0 && index > last - LOOKED_AT; index--) {
      const entry = lane[index]
      if (entry?.isLike(origin, incident) !== true) continue
      entry.repeat(origin, incident, this.#clock.wall())
      entry.order = ++this.#order
      if (index !== last) lane.push(...lane.splice(index, 1))
      return true
    }
    return false
  }

  #makeRoom(lane: ExplainEntry[] | undefined): void {
    const own = lane?.length ?? 0
    if (lane !== undefined && own >= this.#mostOfOne) return this.#dropOldest(lane)
    if (this.#size < this.#most) return
    this.#dropOldest(lane !== undefined && own * this.#lanes.size > this.#most ? lane : this.#longest())
  }

  #longest(): ExplainEntry[] {
    let longest: ExplainEntry[] = []
    for (const lane of this.#lanes.values()) if (lane.length > longest.length) longest = lane
    return longest
  }

  #dropOldest(lane: ExplainEntry[]): void {
    const dropped = lane.shift()
    if (dropped === undefined) return
    this.#size--
    if (lane.length === 0) this.#lanes.delete(dropped.network)
  }
}

/** The node's own records lie apart: peers of a Unix socket, or of one that is gone already, have no host either. */
function laneOf(origin: ExplainOrigin | undefined): string {
  return origin === undefined ? OWN_LANE : (origin.network ?? networkOf(origin.host))
}
