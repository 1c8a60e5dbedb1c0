import { common, Enum, Field, MapField, Namespace, parse, Root, Service, Type } from 'protobufjs'
import type { Method, NamespaceBase, ReflectionObject } from 'protobufjs'
import { errorText, P2pError } from '../errors'
import { printable } from '../printable'
import { readDescriptor } from './descriptor'
import type {
  ContractDescriptor,
  ContractJson,
  EventDescriptor,
  FieldDescriptor,
  FieldLabel,
  TypeJson
} from './descriptor'
import { CONTRACT_BYTES } from './limits'

/**
 * Reads the services of a .proto text. Throws ERR_TRUSTP2P_CONTRACT_INVALID, with file, line and what is wrong, or
 * ERR_TRUSTP2P_LIMIT_CONTRACT.
 */
export function readProto(text: string, file: string): ContractDescriptor[] {
  const size = new TextEncoder().encode(text).length
  if (size > CONTRACT_BYTES) {
    const message = `${printable(file)} is ${size} bytes long, more than the ${CONTRACT_BYTES} that are read: split it`
    throw new P2pError('ERR_TRUSTP2P_LIMIT_CONTRACT', message, { details: { file } })
  }
  return new ProtoReader(text, file).read()
}

class ProtoReader {
  readonly #text: string
  readonly #file: string
  #package = ''

  constructor(text: string, file: string) {
    this.#text = text
    this.#file = file
  }

  read(): ContractDescriptor[] {
    const services = this.#servicesIn(this.#parse())
    if (services.length === 0)
      throw this.#invalid(
        'it has no service: `service Chat { rpc Send(Line) returns (Sent); }` makes the event chat/send'
      )
    const names = new Set<string>()
    return services.map((service) => {
      const name = lowerCamel(service.name)
      if (names.has(name)) throw this.#invalid(`two services make events of the name ${name}`, lastName(service.name))
      names.add(name)
      return this.#describe(name, service)
    })
  }

  #parse(): Root {
    try {
      const { root, package: packageName = '', imports = [] } = parse(this.#text, new Root(), { keepCase: false })
      this.#package = packageName === '' ? '' : `.${packageName}`
      for (const name of imports) this.#import(root, name)
      root.resolveAll()
      return root
    } catch (error) {
      if (error instanceof P2pError) throw error
      throw this.#unparsed(error)
    }
  }

  /** The types of Google that every compiler brings; a contract is one file otherwise. */
  #import(root: Root, name: string): void {
    const known = common.get(name)
    if (known === null)
      throw this.#invalid(`it imports ${name}: a contract is one file, so write here what it needs`, lastText(name))
    root.addJSON(known.nested ?? {})
  }

  #servicesIn(namespace: NamespaceBase): Service[] {
    return namespace.nestedArray.flatMap((nested) => {
      if (nested instanceof Field)
        throw this.#invalid('it has an extend: write the field into its message', lastName('extend'))
      if (nested instanceof Service) return [nested]
      return nested instanceof Namespace ? this.#servicesIn(nested) : []
    })
  }

  #describe(name: string, service: Service): ContractDescriptor {
    const events: Record<string, EventDescriptor> = {}
    const types = new Map<string, TypeJson>()
    for (const method of service.methodsArray) {
      const key = lowerCamel(method.name)
      if (Object.hasOwn(events, key))
        throw this.#invalid(`two rpcs make the event ${name}/${key}`, lastName(method.name))
      events[key] = this.#describeMethod(method, types)
    }
    const json: ContractJson = { name, events, types: Object.fromEntries(types) }
    try {
      return readDescriptor(json)
    } catch (error) {
      if (!(error instanceof P2pError)) throw error
      const message = `${printable(this.#file)}:${this.#lineOf(lastName(service.name))}: ${error.message}`
      throw new P2pError(
        error.code === 'ERR_TRUSTP2P_LIMIT_CONTRACT' ? error.code : 'ERR_TRUSTP2P_CONTRACT_INVALID',
        message,
        {
          cause: error,
          details: { file: this.#file, line: this.#lineOf(lastName(service.name)) }
        }
      )
    }
  }

  #describeMethod(method: Method, types: Map<string, TypeJson>): EventDescriptor {
    const { name, requestStream, responseStream, resolvedRequestType, resolvedResponseType } = method
    if (requestStream === true || responseStream === true)
      throw this.#invalid(`${name} has a stream, which no event has yet`, lastName(name))
    if (resolvedRequestType === null || resolvedResponseType === null)
      throw this.#invalid(`${name} has a type that is not there`, lastName(name))
    return {
      request: this.#addMessage(resolvedRequestType, types),
      response: this.#addMessage(resolvedResponseType, types)
    }
  }

  #addMessage(type: Type, types: Map<string, TypeJson>): string {
    const name = this.#nameOf(type)
    if (types.has(name)) return name
    const fields: Record<string, FieldDescriptor> = {}
    types.set(name, { fields })
    for (const field of type.fieldsArray) fields[field.id] = this.#describeField(field, types)
    return name
  }

  #addEnum(type: Enum, types: Map<string, TypeJson>): string {
    const name = this.#nameOf(type)
    types.set(name, { values: type.values })
    return name
  }

  #describeField(field: Field, types: Map<string, TypeJson>): FieldDescriptor {
    const { name, resolvedType } = field
    if (field.delimited) throw this.#invalid(`${name} is written as a group: make it a message`, lastName('group'))
    const type =
      resolvedType instanceof Type
        ? this.#addMessage(resolvedType, types)
        : resolvedType instanceof Enum
          ? this.#addEnum(resolvedType, types)
          : field.type
    const key = field instanceof MapField ? { key: field.keyType } : {}
    return { name, label: labelOf(field), type, ...key, ...oneofOf(field), ...this.#defaultOf(field) }
  }

  #defaultOf(field: Field): { default?: string } {
    const given: unknown = field.options?.['default']
    if (given === undefined) return {}
    if (field.type === 'bytes')
      throw this.#invalid(`${field.name} has a default, which bytes cannot have here`, lastName(field.name))
    return { default: String(field.defaultValue) }
  }

  #nameOf({ fullName }: ReflectionObject): string {
    return fullName.startsWith(`${this.#package}.`) ? fullName.slice(this.#package.length) : fullName
  }

  /** What the parser says: it names the line where it reads, and a type or number where it joins what it read. */
  #unparsed(error: unknown): P2pError {
    const text = errorText(error)
    const line = /\bline (\d+)\b/.exec(text)?.[1]
    const what = text.replace(/\s*\((?:[^()]*, )?line \d+\)/, '')
    if (line !== undefined) return this.#invalid(what, Number(line))
    const id = /\bid (-?\d+)\b/.exec(text)?.[1]
    if (id !== undefined) return this.#invalid(what, new RegExp(`=\\s*${id}\\s*[;\\[]`, 'g'))
    const name = /'([\w.]+)'/.exec(text)?.[1] ?? /\b(?:no such type|Type or Enum):? '?([\w.]+)/i.exec(text)?.[1]
    return this.#invalid(what, name === undefined ? 1 : lastName(name))
  }

  #invalid(what: string, place: RegExp | number = 1): P2pError {
    const line = typeof place === 'number' ? place : this.#lineOf(place)
    const message = `${printable(this.#file)}:${line}: ${printable(what)}`
    return new P2pError('ERR_TRUSTP2P_CONTRACT_INVALID', message, { details: { file: this.#file, line } })
  }

  /** The line of the last place that fits; 1 where there is none. */
  #lineOf(place: RegExp): number {
    const index = [...this.#text.matchAll(place)].at(-1)?.index ?? 0
    return this.#text.slice(0, index).split('\n').length
  }
}

/** `SendLine`, `send_line` and `sendLine` are `sendLine`. */
function lowerCamel(name: string): string {
  const camel = name.replace(/_+([A-Za-z0-9])/g, (_match, letter: string) => letter.toUpperCase())
  return camel.charAt(0).toLowerCase() + camel.slice(1)
}

function labelOf(field: Field): FieldLabel {
  if (field instanceof MapField) return 'map'
  if (field.repeated) return 'repeated'
  if (field.required) return 'required'
  return field.hasPresence || field.resolvedType instanceof Type ? 'optional' : 'implicit'
}

/** A proto3 `optional` is a oneof of its own, which says nothing. */
function oneofOf({ partOf }: Field): { oneof?: string } {
  return partOf === null || partOf.isProto3Optional ? {} : { oneof: partOf.name }
}

function lastName(name: string): RegExp {
  return new RegExp(`\\b${escapeText(name)}\\b`, 'g')
}

function lastText(text: string): RegExp {
  return new RegExp(escapeText(text), 'g')
}

function escapeText(text: string): string {
  return text.replace(/[^\w]/g, '\\$&')
}
