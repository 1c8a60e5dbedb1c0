import type { NodeConfig } from '../config/config'
import { shownUrl } from '../driver/canonical-url'
import { CLOSED_ABNORMALLY } from '../driver/close-frame'
import { errorText, isError } from '../errors'
import { limitOf, meaningOf, remedyOf } from './explain-code'
import type { ExplainedClose, ExplainRecord, ExplainStage } from './explain-record'
import type { ExplainOrigin, Incident } from './incident'

/** Longest text that is kept of anything, and longest event or tag, in UTF-16 units. */
const LONGEST_TEXT = 300
const LONGEST_NAME = 100

/** The configuration whose keys records tell the values of. */
export type ExplainSettings = Pick<NodeConfig, 'limits' | 'request'>

/** Where a record is kept, and since when. */
export interface EntryPlace {
  /** The network of the peer, as `networkOf` names it; empty where it is of the node itself. */
  readonly network: string
  /** In ms since 1970. */
  readonly at: number
}

/** A record as it is kept. */
export class ExplainEntry {
  readonly network: string
  /** Grows with each thing that happens. */
  order = 0
  readonly #since: number
  readonly #stage: ExplainStage
  readonly #code: string
  readonly #limit: string | undefined
  readonly #remote: boolean
  readonly #close: ExplainedClose | undefined
  readonly #event: string | undefined
  readonly #socket: string | undefined
  readonly #host: string | undefined
  readonly #url: string | undefined
  readonly #peerId: string | undefined
  #peer: string | undefined
  #text: string | undefined
  #cause: string | undefined
  #tag: string | undefined
  #at: number
  #count = 1

  constructor(origin: ExplainOrigin | undefined, incident: Incident, { network, at }: EntryPlace) {
    const { stage, code, text, remote = false, cause, close, event, tag } = incident
    this.network = network
    this.#since = at
    this.#at = at
    this.#stage = stage
    this.#code = code
    this.#limit = limitIn(incident)
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

  /** True for what happened at the same place, to the same, with the same, for the same reason. */
  isLike(origin: ExplainOrigin | undefined, incident: Incident): boolean {
    const { stage, code, event, remote = false } = incident
    return (
      this.#stage === stage &&
      this.#code === code &&
      this.#url === origin?.url &&
      this.#socket === socketOf(origin, stage) &&
      this.#peerId === origin?.peerId &&
      this.#remote === remote &&
      this.#limit === limitIn(incident) &&
      (this.#event === event || (event !== undefined && event.length > LONGEST_NAME && this.#isCutOf(event)))
    )
  }

  /** Of frames the first text stands: a flood of them is to cost next to nothing. */
  repeat(origin: ExplainOrigin | undefined, { stage, text, cause, tag }: Incident, at: number): void {
    this.#count++
    this.#at = at
    this.#peer = origin?.peer
    if (stage === 'frame') return
    if (this.#tag !== tag) this.#tag = kept(tag, LONGEST_NAME)
    if (this.#text !== text) this.#text = kept(text, LONGEST_TEXT)
    this.#cause = kept(causeText(cause), LONGEST_TEXT)
  }

  toRecord(settings: ExplainSettings): ExplainRecord {
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
  return code === CLOSED_ABNORMALLY ? CLOSERS[by] : `${CLOSERS[by]}, with ${said}`
}

/** The key of ours that decided it. */
function limitIn({ code, limit, remote = false }: Incident): string | undefined {
  return remote ? undefined : (limit ?? limitOf(code))
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
function valueOf({ limits, request }: ExplainSettings, key: string): unknown {
  const [section, name = ''] = key.split('.')
  const values: object = section === 'request' ? request : limits
  return new Map<string, unknown>(Object.entries(values)).get(name)
}
