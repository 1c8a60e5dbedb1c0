import { P2pError } from '../errors'
import type { Hash } from '../kit'
import { DEFAULT_BODY_DEPTH } from '../wire/protocol'
import { readBody } from './body-reader'
import { writeBody } from './body-writer'
import { readDescriptor } from './descriptor'
import type { ContractDescriptor, ContractJson } from './descriptor'
import { digestOf, hexOf } from './digest'
import { compileTypes } from './message-type'
import type { MessageType } from './message-type'
import type * as ProtoText from './proto-text'

/** The type of one body. */
export interface BodyType<Body> {
  /** The name of the message in the .proto. */
  readonly name: string
  /**
   * Writes a body, into bytes that may be a view of a larger ArrayBuffer. Throws ERR_TRUSTP2P_CONTRACT_BODY, which names the
   * field and what it takes.
   */
  encode(body: Body): Uint8Array
  /** Reads a body. Throws ERR_TRUSTP2P_BODY_INVALID or ERR_TRUSTP2P_BODY_TOO_DEEP. */
  decode(bytes: Uint8Array): Body
}

/** What a node does with a type beyond what programs do: `depth` is its limits.bodyDepth. */
export class MessageCodec implements BodyType<unknown> {
  readonly name: string
  readonly #type: MessageType

  constructor(type: MessageType) {
    this.#type = type
    this.name = type.name
  }

  encode(body: unknown, depth = DEFAULT_BODY_DEPTH): Uint8Array {
    return writeBody(this.#type, body, { depth, strict: true })
  }

  decode(bytes: Uint8Array, depth = DEFAULT_BODY_DEPTH): unknown {
    const body = this.read(bytes, depth)
    if (body instanceof P2pError) throw body
    return body
  }

  /** Gives the error of a body that cannot be read, and does not throw it. */
  read(bytes: Uint8Array, depth: number): unknown {
    return readBody(this.#type, bytes, depth)
  }

  /** Makes of a JSON value what reading the same body typed would give. Gives the error where it does not match. */
  readJson(value: unknown, depth: number): unknown {
    try {
      return readBody(this.#type, writeBody(this.#type, value, { depth, strict: false }), depth)
    } catch (error) {
      if (!(error instanceof P2pError)) throw error
      return new P2pError('ERR_TRUSTP2P_BODY_INVALID', `the body does not match the contract: ${error.message}`)
    }
  }
}

/**
 * One event of a contract, with the types of its question and its answer: what `request`, `talk` and `broadcast` take
 * in the place of a name.
 */
export class ContractEvent<Request = unknown, Response = unknown> {
  /** The name on the wire: `chat/send`. */
  readonly event: string
  readonly contract: Contract
  readonly request: BodyType<Request>
  readonly response: BodyType<Response>
  readonly #codecs: EventCodecs

  constructor(contract: Contract, key: string, codecs: EventCodecs) {
    this.event = `${contract.name}/${key}`
    this.contract = contract
    this.request = codecs.request as BodyType<Request>
    this.response = codecs.response as BodyType<Response>
    this.#codecs = codecs
    Object.freeze(this)
  }

  /** The codecs of an event; undefined for anything else. */
  static codecsOf(value: unknown): EventCodecs | undefined {
    return typeof value === 'object' && value !== null && #codecs in value ? value.#codecs : undefined
  }
}

/** How the bodies of one event are read and written. */
export interface EventCodecs {
  readonly request: MessageCodec
  readonly response: MessageCodec
}

/** The events of one service, and what their bodies are: made by `defineContract`, compiled once. */
export class Contract {
  /** The part of its events before the "/". */
  readonly name: string
  readonly descriptor: ContractDescriptor
  /** By the rpc in lowerCamel. */
  readonly events: Readonly<Record<string, ContractEvent>>
  #digest: Uint8Array | undefined
  #digestText = ''

  constructor(descriptor: ContractDescriptor) {
    this.name = descriptor.name
    this.descriptor = descriptor
    const codecs = new Map([...compileTypes(descriptor)].map(([name, type]) => [name, new MessageCodec(type)]))
    const events: [string, ContractEvent][] = []
    for (const [key, { request, response }] of descriptor.events) {
      const asked = codecs.get(request)
      const answered = codecs.get(response)
      if (asked !== undefined && answered !== undefined) {
        events.push([key, new ContractEvent(this, key, { request: asked, response: answered })])
      }
    }
    this.events = Object.freeze(Object.fromEntries(events))
  }

  /** The digest as it stands on the wire. */
  digest(crypto: Hash): Uint8Array {
    return (this.#digest ??= digestOf(crypto, this.descriptor.text))
  }

  /** The digest as 16 hexadecimal digits. */
  digestText(crypto: Hash): string {
    if (this.#digestText === '') this.#digestText = hexOf(this.digest(crypto))
    return this.#digestText
  }
}

/** What `defineContract` gives: the events of each service, by the service's and the rpc's name (`Chat`, `send`). */
export type Services = Readonly<Record<string, Service>>
/** The events of one service. */
export type Service = Readonly<Record<string, ContractEvent>>

/** Where a text comes from. */
export interface DefineOptions {
  /** How errors call the file [`contract.proto`]. */
  readonly file?: string
}

/**
 * Makes typed events of the services in a .proto text (64 KiB at most), or of what `contractJson` gave: `service Chat {
 * rpc Send(Line) returns (Sent) }` is `Chat.send`, the event `chat/send`. Throws ERR_TRUSTP2P_CONTRACT_INVALID, with file
 * and line, or ERR_TRUSTP2P_LIMIT_CONTRACT. Reading a text needs protobufjs, which is loaded then.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the generated file knows the types of its own text
export function defineContract<Defined extends object = Services>(
  source: string | readonly ContractJson[],
  options: DefineOptions = {}
): Defined {
  const descriptors = typeof source === 'string' ? readProtoText(source, options) : [...source].map(readDescriptor)
  const services = descriptors.map((descriptor) => [serviceName(descriptor.name), new Contract(descriptor).events])
  return Object.freeze(Object.fromEntries(services)) as Defined
}

/** The contracts of a .proto text: what a thread brings. Throws as `defineContract` does. */
export function contractsOf(text: string, path: string): Contract[] {
  return readProtoText(text, { file: path }).map((descriptor) => new Contract(descriptor))
}

/** The descriptors of a .proto text as plain JSON, for a program that does not want to read texts when it runs. */
export function contractJson(text: string, options: DefineOptions = {}): ContractJson[] {
  return readProtoText(text, options).map((descriptor) => JSON.parse(descriptor.text) as ContractJson)
}

/** The contracts of plain JSON, whoever wrote it. Throws as `defineContract` does. */
export function contractsOfJson(list: readonly unknown[]): Contract[] {
  return list.map((json) => new Contract(readDescriptor(json)))
}

/** The contracts of services, each once. Throws a TypeError for what `defineContract` did not give. */
export function contractsIn(services: Iterable<object>): Contract[] {
  const contracts = new Set<Contract>()
  for (const service of services) {
    const event: unknown = Object.values(service)[0]
    if (!(event instanceof ContractEvent))
      throw new TypeError('a contract is a service of what defineContract gives, such as Chat')
    contracts.add(event.contract)
  }
  return [...contracts]
}

/** `chat` as a program calls the service: `Chat`. */
export function serviceName(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/** Loaded late: protobufjs takes longer to load than all the rest, and most nodes read no text. */
function readProtoText(text: string, { file = 'contract.proto' }: DefineOptions): ContractDescriptor[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports, no-restricted-globals -- bundlers follow it, and it is loaded when it is needed
  const { readProto } = require('./proto-text') as typeof ProtoText
  return readProto(text, file)
}
