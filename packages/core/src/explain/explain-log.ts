import type { NodeConfig } from '../config/config'
import { shownUrl } from '../driver/canonical-url'
import { errorText, isError } from '../errors'
import type { P2pError } from '../errors'
import type { Clock } from '../kit'
import { networkOf } from '../network-of'
import { limitOf, meaningOf, remedyOf } from './explain-code'
import { queryMatcher } from './explain-query'
import type { ExplainedClose, ExplainQuery, ExplainRecord, ExplainStage } from './explain-record'

/** One network has at most this part of all records: a tenth. */
const SHARES = 10

/** How many of a network's newest records are looked at for an equal one. */
const LOOKED_AT = 8

/** Longest text that is kept of anything, and longest event or tag, in UTF-16 units. */
const LONGEST_TEXT = 300
const LONGEST_NAME = 100

/** Whom something happened with: a link, a socket of a driver, an address that was dialled. */
export interface ExplainOrigin {
  readonly host: string
  readonly url?: string
  readonly peer: string
  readonly peerId?: string | undefined
  /** The id of the socket. */
  readonly id?: string
  /** The network of the host, where it is known already: see `networkOf`. */
  readonly network?: string
}

/** What happened. Nothing is made of it but for the first of its kind. */
export interface Incident {
  readonly stage: ExplainStage
  readonly code: string
  /** [what the code means] */
  readonly text?: string | undefined
  /** The key of the configuration that decided it [that of the code]. */
  readonly limit?: string | undefined
  /** True where the peer decided and said so: the limit is none of ours. */
  readonly remote?: boolean
  readonly cause?: unknown
  readonly event?: string | undefined
  readonly tag?: string | undefined
  readonly close?: ExplainedClose | undefined
}

type Settings = Pick<NodeConfig, 'limits' | 'request'>

/**
 * Why things did not happen, or were ended: at most `limits.explainRecords` records, a tenth of them of one network.
 * Equal ones are counted. Where there is no room, who has more than an equal share gives of its own, else who has most:
 * a flood from a few networks pushes out nothing but itself.
 */
export class ExplainLog {
  readonly #clock: Clock
  readonly #settings: Settings
  readonly #most: number
  readonly #mostOfOne: number
  /** By network, the oldest record first; none is empty. */
  readonly #lanes = new Map<string, Entry[]>()
  #size = 0
  #order = 0

  /** @param most records that are kept; 0 keeps none */
  constructor(clock: Clock, settings: Settings, most: number) {
    this.#clock = clock
    this.#settings = settings
    this.#most = most
    this.#mostOfOne = Math.ceil(most / SHARES)
  }

  /** Keeps a record of what happened, with nobody where that was the node's own. */
  add(origin: ExplainOrigin | undefined, incident: Incident): void {
    if (this.#most === 0) return
    const network = origin === undefined ? '' : (origin.network ?? networkOf(origin.host))
    const lane = this.#lanes.get(network)
    if (lane !== undefined && this.#count(lane, origin, incident)) return
    this.#makeRoom(lane)
    const entry = new Entry(origin, incident, this.#clock.wall())
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
  #count(lane: Entry[], origin: ExplainOrigin | undefined, incident: Incident): boolean {
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

  #makeRoom(lane: Entry[] | undefined): void {
    const own = lane?.length ?? 0
    if (lane !== undefined && own >= this.#mostOfOne) return this.#dropOldest(lane)
    if (this.#size < this.#most) return
    this.#dropOldest(lane !== undefined && own * this.#lanes.size > this.#most ? lane : this.#longest())
  }

  #longest(): Entry[] {
    let longest: Entry[] = []
    for (const lane of this.#lanes.values()) if (lane.length > longest.length) longest = lane
    return longest
  }

  #dropOldest(lane: Entry[]): void {
    const dropped = lane.shift()
    if (dropped === undefined) return
    this.#size--
    if (lane.length === 0) this.#lanes.delete(dropped.network)
  }
}

/** A record as it is kept. */
class Entry {
  readonly network: string
  /** Grows with each thing that happens. */
  order = 0
  readonly #since: number
  readonly #stage: ExplainStage
  readonly #code: string
  readonly #limit: string | undefined
  readonly #remote: boolean
  readonly #cause: string | undefined
  readonly #close: ExplainedClose | undefined
  readonly #event: string | undefined
  readonly #socket: string | undefined
  readonly #host: string | undefined
  readonly #url: string | undefined
  readonly #peerId: string | undefined
  #peer: string | undefined
  #text: string | undefined
  #tag: string | undefined
  #at: number
  #count = 1

  constructor(origin: ExplainOrigin | undefined, incident: Incident, at: number) {
    const { stage, code, text, limit, remote = false, cause, close, event, tag } = incident
    this.network = origin === undefined ? '' : (origin.network ?? networkOf(origin.host))
    this.#since = at
    this.#at = at
    this.#stage = stage
    this.#code = code
    this.#limit = remote ? undefined : (limit ?? limitOf(code))
    this.#remote = remote
    this.#text = kept(text, LONGEST_TEXT)
    this.#cause = kept(causeText(cause), LONGEST_TEXT)
    this.#close = close && { ...close, reason: kept(close.reason, LONGEST_NAME) ?? '' }
    this.#event = kept(event, LONGEST_NAME)
    this.#tag = kept(tag, LONGEST_NAME)
    this.#socket = socketOf(origin, stage)
    this.#host = origin?.host
    this.#url = origin?.url
    this.#peer = origin?.peer
    this.#peerId = origin?.peerId
  }

  /** True for what happened at the same place, to the same, with the same. */
  isLike(origin: ExplainOrigin | undefined, { stage, code, event }: Incident): boolean {
    return (
      this.#stage === stage &&
      this.#code === code &&
      this.#url === origin?.url &&
      this.#socket === socketOf(origin, stage) &&
      (this.#event === event || (event !== undefined && event.length > LONGEST_NAME && this.#isCutOf(event)))
    )
  }

  repeat(origin: ExplainOrigin | undefined, { stage, text, tag }: Incident, at: number): void {
    this.#count++
    this.#at = at
    this.#peer = origin?.peer
    if (stage !== 'request' && stage !== 'answer') return
    if (this.#tag !== tag) this.#tag = kept(tag, LONGEST_NAME)
    if (this.#text !== text) this.#text = kept(text, LONGEST_TEXT)
  }

  toRecord(settings: Settings): ExplainRecord {
    const [limit, limitValue] = [this.#limit, this.#limit && valueOf(settings, this.#limit)]
    return {
      at: this.#at,
      since: this.#since,
      count: this.#count,
      stage: this.#stage,
      code: this.#code,
      text: this.#whole(),
      remedy: remedyOf(this.#code),
      ...(limit !== undefined && { limit }),
      ...(typeof limitValue === 'number' && { limitValue }),
      ...(this.#cause !== undefined && { cause: this.#cause }),
      ...this.#whom(),
      ...(this.#event !== undefined && { event: this.#event }),
      ...(this.#tag !== undefined && { tag: this.#tag }),
      ...(this.#close !== undefined && { close: { ...this.#close } })
    }
  }

  #whole(): string {
    if (this.#text !== undefined) return this.#remote ? `the peer answered: ${this.#text}` : this.#text
    return this.#close === undefined ? meaningOf(this.#code) : closeText(this.#close)
  }

  #whom(): Pick<ExplainRecord, 'socket' | 'peer' | 'peerId' | 'host' | 'url'> {
    return {
      ...(this.#socket !== undefined && { socket: this.#socket }),
      ...(this.#peer !== undefined && { peer: shownUrl(this.#peer).slice(0, LONGEST_TEXT) }),
      ...(this.#peerId !== undefined && { peerId: this.#peerId }),
      ...(this.#host !== undefined && { host: this.#host }),
      ...(this.#url !== undefined && { url: shownUrl(this.#url).slice(0, LONGEST_TEXT) })
    }
  }

  #isCutOf(event: string): boolean {
    return this.#event !== undefined && event.startsWith(this.#event)
  }
}

const CLOSERS: Readonly<Record<ExplainedClose['by'], string>> = {
  us: 'this node closed it',
  peer: 'the peer closed it',
  nobody: 'the connection was lost: the network, or the process of the peer, ended it'
}

function closeText({ by, code, reason }: ExplainedClose): string {
  const said = reason === '' ? `${code}` : `${code} "${reason}"`
  return code === 1006 ? CLOSERS[by] : `${CLOSERS[by]}, with ${said}`
}

/** Several failures of one dial have no text of their own: the error that they are the cause of has. */
function causeText(cause: unknown): string | undefined {
  return cause === undefined || (isError(cause) && cause.message === '') ? undefined : errorText(cause)
}

/** A socket that was never open is known to nobody by its id. */
function socketOf(origin: ExplainOrigin | undefined, stage: ExplainStage): string | undefined {
  return stage === 'greeting' || stage === 'proof' ? undefined : origin?.id
}

/** The beginning of a long text is copied: a part of it would keep all of it in memory. */
function kept(text: string | undefined, longest: number): string | undefined {
  return text === undefined || text.length <= longest ? text : text.slice(0, longest).split('').join('')
}

/** What a key is set to: of `limits` or `request`. */
function valueOf({ limits, request }: Settings, key: string): unknown {
  const [section, name = ''] = key.split('.')
  const values: object = section === 'request' ? request : limits
  return new Map<string, unknown>(Object.entries(values)).get(name)
}
