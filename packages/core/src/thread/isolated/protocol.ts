import type { SocketProof, SocketState } from '../../driver/socket'
import type { SignedStatement, Statement } from '../../identity/statement'
import type { PeerQuery } from '../../peers/known-peer'
import type { CarriedError } from './carried-error'
import { isCarriedError } from './carried-error'

/** A body as it crosses: JSON text, bytes, or what a contract wrote. */
export type CarriedBody = string | Uint8Array | CarriedTyped

/** A typed body as it crosses, with the digest of its contract. */
export interface CarriedTyped {
  readonly bytes: Uint8Array
  /** 8 bytes. */
  readonly contract: Uint8Array
}

/** What a room knows of a socket. */
export interface SocketFacts {
  readonly id: string
  readonly url: string
  readonly peer: string
  readonly host: string
  readonly peerId?: string | undefined
  readonly formerPeerId?: string | undefined
  readonly proof?: SocketProof | undefined
  readonly inbound: boolean
  readonly state: SocketState
  readonly lastReceivedAt: number
  readonly bufferedAmount: number
}

/** What changes of an open socket: its id, `lastReceivedAt`, `bufferedAmount`. */
export type LiveFacts = readonly [id: string, lastReceivedAt: number, bufferedAmount: number]

/** An argument or a result of a method, a value of an event. */
export type CarriedValue =
  { readonly socket: SocketFacts } | { readonly error: CarriedError } | { readonly value: unknown }

/** What a room knows of its node. */
export interface NodeFacts {
  readonly id: string | undefined
  readonly listens: boolean
  readonly dials: boolean
  readonly addresses: readonly string[]
  readonly sockets: readonly SocketFacts[]
  readonly bodyDepth: number
  /** The canonical descriptors of its contracts. */
  readonly contracts: readonly string[]
}

/** What a node has its room do. */
export type Task =
  'inspect' | 'construct' | 'start' | 'stop' | 'dispose' | 'snapshot' | 'restore' | 'reconfigure' | 'revive'

/** What `construct` takes. */
export interface ConstructOrder {
  readonly config: unknown
  readonly node: NodeFacts
}

/** What `construct` gives. */
export interface Constructed {
  /** The events of the eventMap, by type. */
  readonly events: readonly (readonly [type: number, events: readonly string[]])[]
  /** The hooks and the methods for the node that it has. */
  readonly methods: readonly string[]
}

/** What a node sends. Items with an `id` are answered by `done` or `failed`. */
export type ToRoom =
  | { readonly kind: 'do'; readonly id: number; readonly task: Task; readonly value: unknown }
  | {
      readonly kind: 'message'
      readonly id: number
      readonly socket: SocketFacts | LiveFacts
      readonly frame: Uint8Array
      readonly expectsAnswer: boolean
    }
  | { readonly kind: 'abort'; readonly id: number; readonly error: CarriedError }
  | { readonly kind: 'hook'; readonly name: string; readonly values: readonly CarriedValue[] }
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly values: readonly CarriedValue[] }
  | { readonly kind: 'event'; readonly event: string; readonly values: readonly CarriedValue[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: CarriedError }
  | { readonly kind: 'opened'; readonly socket: SocketFacts }
  | { readonly kind: 'gone'; readonly socket: string }
  | { readonly kind: 'full'; readonly socket: string; readonly full: boolean }
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'contracts'; readonly texts: readonly string[] }
  | { readonly kind: 'ping'; readonly live: readonly LiveFacts[] }

/** How a request or a broadcast is sent; what is absent is the node's default. */
export interface CarriedOptions {
  readonly type?: number
  readonly timeoutMs?: number
  readonly coalesce?: boolean
  readonly reroute?: boolean
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What a room sends. Items with an `id` of the room's own are answered by `answer` or `refusal`. */
export type FromRoom =
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: CarriedError }
  | { readonly kind: 'reply'; readonly id: number; readonly body: CarriedBody }
  | { readonly kind: 'fail'; readonly id: number; readonly code: string; readonly text: string }
  | {
      readonly kind: 'request'
      readonly id: number
      readonly socket: string
      readonly event: string
      readonly body: CarriedBody
      readonly options: CarriedOptions
    }
  | {
      readonly kind: 'broadcast'
      readonly id: number
      readonly sockets: readonly string[] | undefined
      readonly event: string
      readonly body: CarriedBody
      readonly options: CarriedOptions
    }
  | {
      readonly kind: 'ask'
      readonly id: number
      readonly thread: string
      readonly method: string
      readonly values: readonly CarriedValue[]
    }
  | { readonly kind: 'recall'; readonly id: number; readonly key: string }
  | { readonly kind: 'keep'; readonly id: number; readonly key: string; readonly text: string | undefined }
  | {
      readonly kind: 'list'
      readonly id: number
      readonly prefix: string
      readonly after: string | undefined
      readonly limit: number
    }
  | { readonly kind: 'sign'; readonly id: number; readonly statement: Statement }
  | { readonly kind: 'verify'; readonly id: number; readonly statement: SignedStatement }
  | {
      readonly kind: 'dial'
      readonly id: number
      readonly url: string
      readonly hosts: readonly string[] | undefined
      /** True for `reach`, false for `connect`. */
      readonly probes: boolean
    }
  | { readonly kind: 'peers'; readonly id: number; readonly query: PeerQuery }
  | { readonly kind: 'peer'; readonly id: number; readonly peer: string }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'contract'; readonly text: string }
  | {
      readonly kind: 'talk'
      readonly socket: string
      readonly event: string
      readonly body: CarriedBody
      readonly type: number
    }
  | { readonly kind: 'close'; readonly socket: string; readonly code: number; readonly reason: string }
  | { readonly kind: 'terminate'; readonly socket: string }
  | { readonly kind: 'listen'; readonly event: string }
  | { readonly kind: 'unlisten'; readonly event: string }
  | {
      readonly kind: 'log'
      readonly level: LogLevel
      readonly fields: Readonly<Record<string, unknown>>
      readonly error: CarriedError | undefined
      readonly text: string
    }
  | { readonly kind: 'failure'; readonly where: string; readonly error: CarriedError }
  | { readonly kind: 'pong' }

/** What a room sends by itself: no answer to its node. */
export type RoomItem = Exclude<FromRoom, { kind: 'done' | 'failed' | 'pong' }>

/** The kinds to which a node gives an `answer` or a `refusal`. */
const ASKED = [
  'request',
  'broadcast',
  'ask',
  'recall',
  'keep',
  'list',
  'sign',
  'verify',
  'dial',
  'peers',
  'peer'
] as const

/** What a room asks of its node. */
export type AskedItem = Extract<FromRoom, { kind: (typeof ASKED)[number] }>

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isTextMaybe: Check = (value) => value === undefined || typeof value === 'string'
const isBoolean: Check = (value) => typeof value === 'boolean'
const isNumber: Check = (value) => typeof value === 'number'
const isBody: Check = (value) => typeof value === 'string' || ArrayBuffer.isView(value) || isCarriedTyped(value)
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText)
const isTextsMaybe: Check = (value) => value === undefined || isTexts(value)
const isRecord: Check = (value) => typeof value === 'object' && value !== null
const isError: Check = (value) => isCarriedError(value)
const isErrorMaybe: Check = (value) => value === undefined || isCarriedError(value)
const isLevel: Check = (value) => ['debug', 'info', 'warn', 'error'].some((level) => level === value)
const isValues: Check = (value) => Array.isArray(value) && value.every(isRecord)
const anything: Check = () => true

type Shape<Item> = { readonly [Key in Exclude<keyof Item, 'kind'>]: Check }
type Shapes = { readonly [Kind in FromRoom['kind']]: Shape<Extract<FromRoom, { kind: Kind }>> }

/** The code in a room can post what it likes: each item is looked at. */
const SHAPES: Shapes = {
  done: { id: isNumber, value: anything },
  failed: { id: isNumber, error: isError },
  reply: { id: isNumber, body: isBody },
  fail: { id: isNumber, code: isText, text: isText },
  request: { id: isNumber, socket: isText, event: isText, body: isBody, options: isRecord },
  broadcast: { id: isNumber, sockets: isTextsMaybe, event: isText, body: isBody, options: isRecord },
  ask: { id: isNumber, thread: isText, method: isText, values: isValues },
  recall: { id: isNumber, key: isText },
  keep: { id: isNumber, key: isText, text: isTextMaybe },
  list: { id: isNumber, prefix: isText, after: isTextMaybe, limit: isNumber },
  sign: { id: isNumber, statement: isRecord },
  verify: { id: isNumber, statement: isRecord },
  dial: { id: isNumber, url: isText, hosts: isTextsMaybe, probes: isBoolean },
  peers: { id: isNumber, query: isRecord },
  peer: { id: isNumber, peer: isText },
  cancel: { id: isNumber },
  contract: { text: isText },
  talk: { socket: isText, event: isText, body: isBody, type: isNumber },
  close: { socket: isText, code: isNumber, reason: isText },
  terminate: { socket: isText },
  listen: { event: isText },
  unlisten: { event: isText },
  log: { level: isLevel, fields: isRecord, error: isErrorMaybe, text: isText },
  failure: { where: isText, error: isError },
  pong: {}
}

/** True for a typed body. */
export function isCarriedTyped(value: unknown): value is CarriedTyped {
  if (typeof value !== 'object' || value === null) return false
  const { bytes, contract } = value as { readonly [Key in keyof CarriedTyped]?: unknown }
  return bytes instanceof Uint8Array && contract instanceof Uint8Array && contract.length === 8
}

/** True for an item that a room may send. */
export function isFromRoom(item: unknown): item is FromRoom {
  if (typeof item !== 'object' || item === null) return false
  const fields = item as Readonly<Record<string, unknown>>
  const { kind } = fields
  if (typeof kind !== 'string' || !Object.hasOwn(SHAPES, kind)) return false
  return Object.entries(SHAPES[kind as FromRoom['kind']]).every(([key, check]: [string, Check]) => check(fields[key]))
}

/** What a room may send so much of as the queue has room for. */
const COUNTED: ReadonlySet<unknown> = new Set<FromRoom['kind']>([...ASKED, 'talk', 'log'])

/** True for an item that counts against the queue to the node. */
export function isCountedItem(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'kind' in item && COUNTED.has(item.kind)
}

/** A room trusts its node. */
export function isToRoom(item: unknown): item is ToRoom {
  return typeof item === 'object' && item !== null && 'kind' in item
}

/** True for what `construct` gives. */
export function isConstructed(value: unknown): value is Constructed {
  if (typeof value !== 'object' || value === null) return false
  const { events, methods } = value as { readonly [Key in keyof Constructed]?: unknown }
  if (!Array.isArray(events) || !isTexts(methods)) return false
  return events.every((each: unknown) => Array.isArray(each) && isNumber(each[0]) && isTexts(each[1]))
}
