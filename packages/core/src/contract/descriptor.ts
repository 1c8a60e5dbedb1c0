import { P2pError } from '../errors'
import { quote } from '../wire/quote'
import { canonicalJson } from '../wire/canonical-json'
import { CONTRACT_BYTES, CONTRACT_EVENTS, CONTRACT_TYPES, TYPE_NESTING } from './limits'
import { isKeyKind, SCALARS } from './scalars'

/**
 * A contract as plain JSON: what digests are made from, and what peers exchange. Names of types begin with a dot; the
 * keys of `fields` are field numbers.
 */
export interface ContractJson {
  /** The service in lowerCamel: the part of its events before the "/". */
  readonly name: string
  /** By the rpc in lowerCamel: the part of the event behind the "/". */
  readonly events: Readonly<Record<string, EventDescriptor>>
  readonly types: Readonly<Record<string, TypeJson>>
}

/** A message has `fields`, an enum `values`. */
export interface TypeJson {
  readonly fields?: Readonly<Record<string, FieldDescriptor>>
  readonly values?: Readonly<Record<string, number>>
}

/** Names of the types of a question and of its answer. */
export interface EventDescriptor {
  readonly request: string
  readonly response: string
}

/**
 * `implicit`: absent means the type's zero (proto3). `optional`: may be absent. The others as in a .proto.
 */
export type FieldLabel = 'implicit' | 'optional' | 'required' | 'repeated' | 'map'

/** One field of a message. */
export interface FieldDescriptor {
  readonly name: string
  readonly label: FieldLabel
  /** A scalar, or the name of a type; of a map the type of its values. */
  readonly type: string
  /** The type of a map's keys. */
  readonly key?: string
  /** The oneof that it is part of. */
  readonly oneof?: string
  /** What an absent field is read as (proto2), as text. */
  readonly default?: string
}

/** A contract that was checked. */
export interface ContractDescriptor {
  readonly name: string
  readonly events: ReadonlyMap<string, EventDescriptor>
  readonly types: ReadonlyMap<string, TypeDescriptor>
  /** The canonical text. */
  readonly text: string
}

/** A message or an enum of a contract. */
export type TypeDescriptor = MessageDescriptor | EnumDescriptor

/** A message of a contract. */
export interface MessageDescriptor {
  /** By number, in rising order. */
  readonly fields: ReadonlyMap<number, FieldDescriptor>
}

/** An enum of a contract. */
export interface EnumDescriptor {
  /** Numbers by name. */
  readonly values: ReadonlyMap<string, number>
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/
const TYPE_NAME = /^(?:\.[A-Za-z_][A-Za-z0-9_]{0,127})+$/
const LABELS: readonly string[] = ['implicit', 'optional', 'required', 'repeated', 'map'] satisfies FieldLabel[]
const FIELD_KEYS: readonly string[] = ['name', 'label', 'type', 'key', 'oneof', 'default']
const HIGHEST_NUMBER = 2 ** 29 - 1
/** Kept by Protocol Buffers for themselves. */
const RESERVED = { first: 19_000, last: 19_999 }

/**
 * Checks a descriptor, whoever wrote it: nothing in it is believed. Throws ERR_TRUSTP2P_CONTRACT_INVALID or
 * ERR_TRUSTP2P_LIMIT_CONTRACT.
 */
export function readDescriptor(value: unknown): ContractDescriptor {
  const { name, events, types } = assertKeys(value, ['name', 'events', 'types'], 'the contract')
  if (!isIdentifier(name)) throw invalid(`the contract has no name, but ${shown(name)}`)
  const readTypes = new Map(entriesOf(types, 'types').map(([key, type]) => [key, readType(key, type)]))
  const readEvents = new Map(entriesOf(events, 'events').map(([key, event]) => [key, readEvent(key, event, readTypes)]))
  if (readEvents.size === 0) throw invalid(`the contract ${quote(name)} has no events`)
  assertAtMost(readTypes.size, CONTRACT_TYPES, 'messages and enums')
  assertAtMost(readEvents.size, CONTRACT_EVENTS, 'events')
  for (const [key, type] of readTypes) assertReferences(key, type, readTypes)
  const text = canonicalJson(value)
  assertAtMost(new TextEncoder().encode(text).length, CONTRACT_BYTES, 'bytes of its descriptor')
  return { name, events: readEvents, types: readTypes, text }
}

/** True for a message, false for an enum. */
export function isMessage(type: TypeDescriptor): type is MessageDescriptor {
  return 'fields' in type
}

function readEvent(key: string, value: unknown, types: ReadonlyMap<string, TypeDescriptor>): EventDescriptor {
  if (!isIdentifier(key)) throw invalid(`${shown(key)} is no name of an event`)
  const { request, response } = assertKeys(value, ['request', 'response'], `the event ${quote(key)}`)
  return { request: messageName(request, types), response: messageName(response, types) }
}

function messageName(name: unknown, types: ReadonlyMap<string, TypeDescriptor>): string {
  const type = typeof name === 'string' ? types.get(name) : undefined
  if (typeof name !== 'string' || type === undefined || !isMessage(type))
    throw invalid(`${shown(name)} is no message of it`)
  return name
}

function readType(name: string, value: unknown): TypeDescriptor {
  if (!TYPE_NAME.test(name)) throw invalid(`${shown(name)} is no name of a type`)
  assertAtMost(name.split('.').length - 1, TYPE_NESTING, `levels of nesting in ${quote(name)}`)
  const { fields, values } = assertKeys(value, [], `the type ${quote(name)}`, ['fields', 'values'])
  if ((fields === undefined) === (values === undefined))
    throw invalid(`the type ${quote(name)} has not one of fields and values`)
  return fields === undefined ? { values: readValues(name, values) } : { fields: readFields(name, fields) }
}

function readValues(name: string, values: unknown): ReadonlyMap<string, number> {
  const read = new Map<string, number>()
  for (const [key, number] of entriesOf(values, `the values of ${quote(name)}`)) {
    if (!isIdentifier(key)) throw invalid(`${shown(key)} in ${quote(name)} is no name of a value`)
    if (typeof number !== 'number' || (number | 0) !== number)
      throw invalid(`${quote(name)} has a value that is no int32`)
    read.set(key, number)
  }
  if (read.size === 0) throw invalid(`the enum ${quote(name)} has no values`)
  return read
}

function readFields(name: string, fields: unknown): ReadonlyMap<number, FieldDescriptor> {
  const read = new Map<number, FieldDescriptor>()
  const names = new Set<string>()
  const entries = entriesOf(fields, `the fields of ${quote(name)}`)
  for (const [key, value] of entries.sort(([a], [b]) => Number(a) - Number(b))) {
    const number = fieldNumber(key, name)
    const field = readField(`field ${number} of ${quote(name)}`, value)
    if (names.has(field.name)) throw invalid(`${quote(name)} has two fields called ${quote(field.name)}`)
    names.add(field.name)
    read.set(number, field)
  }
  return read
}

function fieldNumber(key: string, name: string): number {
  const number = /^[1-9]\d{0,8}$/.test(key) ? Number(key) : 0
  const reserved = number >= RESERVED.first && number <= RESERVED.last
  if (number === 0 || number > HIGHEST_NUMBER || reserved)
    throw invalid(`${shown(key)} in ${quote(name)} is no field number`)
  return number
}

function readField(where: string, value: unknown): FieldDescriptor {
  const fields = assertKeys(value, ['name', 'label', 'type'], where, FIELD_KEYS)
  for (const [key, text] of Object.entries(fields)) {
    if (typeof text !== 'string') throw invalid(`${quote(key)} of ${where} is no text`)
  }
  const { name, label, type, key, oneof, default: absent } = fields as Record<string, string | undefined>
  if (!isIdentifier(name) || name === '__proto__') throw invalid(`${shown(name)} cannot name ${where}`)
  if (!isLabel(label)) throw invalid(`${where} has the unknown label ${shown(label)}`)
  if (type === undefined || !(SCALARS.has(type) || TYPE_NAME.test(type))) throw invalid(`${where} is of no type`)
  const keyKind = SCALARS.get(key ?? '')
  if ((label === 'map') !== (key !== undefined))
    throw invalid(`${where} needs a key where it is a map, and there alone`)
  if (key !== undefined && (keyKind === undefined || !isKeyKind(keyKind))) throw invalid(`${where} has keys of no type`)
  if (oneof !== undefined && (label !== 'optional' || !isIdentifier(oneof)))
    throw invalid(`${where} cannot be in a oneof`)
  if (absent !== undefined && (label !== 'optional' || type === 'bytes'))
    throw invalid(`${where} cannot have a default`)
  return {
    name,
    label,
    type,
    ...(key && { key }),
    ...(oneof && { oneof }),
    ...(absent !== undefined && { default: absent })
  }
}

function assertReferences(name: string, type: TypeDescriptor, types: ReadonlyMap<string, TypeDescriptor>): void {
  if (!isMessage(type)) return
  for (const [number, field] of type.fields) {
    const where = `field ${number} of ${quote(name)}`
    if (SCALARS.has(field.type)) continue
    const target = types.get(field.type)
    if (target === undefined) throw invalid(`${where} is of the type ${quote(field.type)}, which is not there`)
    if (field.default !== undefined && isMessage(target)) throw invalid(`${where} cannot have a default`)
  }
}

function assertKeys(
  value: unknown,
  needed: readonly string[],
  where: string,
  known: readonly string[] = needed
): Record<string, unknown> {
  const entries = new Map(entriesOf(value, where))
  for (const key of needed) if (!entries.has(key)) throw invalid(`${where} has no ${key}`)
  for (const key of entries.keys())
    if (!known.includes(key)) throw invalid(`${where} has the unknown key ${quote(key)}`)
  return Object.fromEntries(entries)
}

function entriesOf(value: unknown, where: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${where} is no object`)
  return Object.entries(value)
}

function assertAtMost(count: number, limit: number, what: string): void {
  if (count <= limit) return
  throw new P2pError('ERR_TRUSTP2P_LIMIT_CONTRACT', `the contract has ${count} ${what}, more than ${limit}: split it`)
}

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && IDENTIFIER.test(value)
}

function isLabel(value: string | undefined): value is FieldLabel {
  return value !== undefined && LABELS.includes(value)
}

function invalid(text: string): P2pError {
  return new P2pError('ERR_TRUSTP2P_CONTRACT_INVALID', `the descriptor cannot be used: ${text}`)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? quote(value) : typeof value
}
