import { P2pError } from '../errors'
import { allocateFrame } from '../wire/slab'
import { utf8Size, writeUtf8 } from '../wire/utf8'
import type { FieldType, Fields, MessageType, ValueType } from './message-type'
import { isLong, Kind, WireType } from './scalars'

/** How a body is checked while it is written. */
export interface WriteOptions {
  /** Most messages inside each other: the body is 1 deep. */
  readonly depth: number
  /** Refuse properties that the type does not have: a body of our own, in which one is a mistake. */
  readonly strict: boolean
}

const FIRST_BYTES = 8192
/** A larger buffer is let go after use. */
const KEPT_BYTES = 256 * 1024
/** Longest text whose size surely fits into one byte. */
const SHORT_TEXT = 127
const LONGEST_VARINT = 10
const TWO_32 = 2 ** 32
const LONGEST_LOOP = 64

/** The writer that is free; none while it writes, since a getter of the body may encode another one. */
let spare: BodyWriter | undefined

/**
 * Writes a body of that type. Throws ERR_TRUSTP2P_CONTRACT_BODY, which names the field and what it takes, or what a
 * getter of the body throws. The bytes may be a view of a larger ArrayBuffer.
 */
export function writeBody(type: MessageType, body: unknown, options: WriteOptions): Uint8Array {
  const writer = spare ?? new BodyWriter()
  spare = undefined
  try {
    return writer.write(type, body, options)
  } finally {
    if (writer.capacity <= KEPT_BYTES) spare = writer
  }
}

class BodyWriter {
  #buffer = new Uint8Array(FIRST_BYTES)
  #view = new DataView(this.#buffer.buffer)
  #offset = 0
  #strict = true

  get capacity(): number {
    return this.#buffer.length
  }

  write(type: MessageType, body: unknown, { depth, strict }: WriteOptions): Uint8Array {
    this.#offset = 0
    this.#strict = strict
    this.#writeMessage(type, body, depth, type.name)
    const size = this.#offset
    const bytes = allocateFrame(size)
    const buffer = this.#buffer
    // Below this a loop beats the call into the engine.
    if (size > LONGEST_LOOP) bytes.set(buffer.subarray(0, size))
    else for (let index = 0; index < size; index++) bytes[index] = buffer[index] ?? 0
    return bytes
  }

  #writeMessage(type: MessageType, body: unknown, depth: number, path: string): void {
    if (!isFields(body)) throw expected(path, `an object, as ${type.name} says`, body)
    if (depth <= 0) throw mismatch(path, 'lies deeper than limits.bodyDepth allows')
    let count = 0
    for (const field of type.fields) {
      const value = field.isInherited && !Object.hasOwn(body, field.name) ? undefined : body[field.name]
      if (value === undefined || value === null) {
        if (field.isRequired) throw mismatch(field.path, 'is required, and absent')
        continue
      }
      count++
      this.#writeField(field, value, depth)
    }
    if (this.#strict) assertKnown(type, body, count)
    if (type.oneofs.length > 0) assertOneEach(type, body)
  }

  #writeField(field: FieldType, value: unknown, depth: number): void {
    switch (field.label) {
      case 'repeated':
        return this.#writeList(field, value, depth)
      case 'map':
        return this.#writeMap(field, value, depth)
      case 'implicit':
        if (isZero(value)) return this.#skipZero(field, value)
        break
      default:
    }
    this.#writeVarint(field.tag)
    this.#writeValue(field, value, depth)
  }

  /** A value that is zero may be the zero of another type. */
  #skipZero(field: FieldType, given: unknown): void {
    if (isZeroOf(field.kind, this.#strict ? given : fromJson(field.kind, given))) return
    const takes = field.kind === Kind.STRING ? 'a text' : field.kind === Kind.BOOL ? 'true or false' : 'another type'
    throw expected(field.path, takes, given)
  }

  #writeList(field: FieldType, value: unknown, depth: number): void {
    if (!Array.isArray(value)) throw expected(field.path, 'a list', value)
    if (value.length === 0) return
    const list: readonly unknown[] = value
    if (field.wireType === WireType.LENGTH) {
      for (const element of list) {
        this.#writeVarint(field.tag)
        this.#writeValue(field, element, depth)
      }
      return
    }
    this.#writeVarint(field.tag)
    const start = this.#begin()
    for (const element of list) this.#writeValue(field, element, depth)
    this.#end(start)
  }

  #writeMap(field: FieldType, value: unknown, depth: number): void {
    if (!isFields(value)) throw expected(field.path, 'an object', value)
    const { keys } = field
    if (keys === undefined) return
    for (const [key, element] of Object.entries(value)) {
      this.#writeVarint(field.tag)
      const start = this.#begin()
      this.#writeVarint(8 + keys.wireType)
      this.#writeValue(keys, mapKey(keys, key), depth)
      this.#writeVarint(16 + field.wireType)
      this.#writeValue(field, element, depth)
      this.#end(start)
    }
  }

  #writeValue(field: ValueType, given: unknown, depth: number): void {
    const { kind } = field
    const value = this.#strict ? given : fromJson(kind, given)
    switch (kind) {
      case Kind.STRING:
        if (typeof value !== 'string') throw expected(field.path, 'a text', value)
        return this.#writeText(field, value)
      case Kind.MESSAGE: {
        const { message } = field
        if (message === undefined) return
        const start = this.#begin()
        this.#writeMessage(message, value, depth - 1, field.path)
        return this.#end(start)
      }
      case Kind.BOOL:
        if (typeof value !== 'boolean') throw expected(field.path, 'true or false', value)
        return this.#writeVarint(value ? 1 : 0)
      case Kind.BYTES:
        if (!isBytes(value)) throw expected(field.path, 'a Uint8Array', value)
        this.#writeVarint(value.length)
        this.#reserve(value.length)
        this.#buffer.set(value, this.#offset)
        this.#offset += value.length
        return
      case Kind.DOUBLE:
      case Kind.FLOAT:
        return this.#writeFloat(field, value)
      default:
        if (isLong(kind)) this.#writeLong(field, value)
        else this.#writeInteger(field, value)
    }
  }

  #writeInteger(field: ValueType, value: unknown): void {
    const { kind } = field
    const unsigned = kind === Kind.UINT32 || kind === Kind.FIXED32
    if (typeof value !== 'number' || (unsigned ? value >>> 0 : value | 0) !== value) {
      throw expected(field.path, unsigned ? 'a whole number from 0 to 2^32 - 1' : 'a whole number of 32 bits', value)
    }
    if (kind === Kind.ENUM && field.numbers?.has(value) === false) {
      throw expected(field.path, `one of ${[...field.numbers].slice(0, 16).join(', ')}`, value)
    }
    if (kind === Kind.FIXED32 || kind === Kind.SFIXED32) {
      this.#reserve(4)
      this.#view.setInt32(this.#offset, value, true)
      this.#offset += 4
    } else if (kind === Kind.SINT32) this.#writeVarint(((value << 1) ^ (value >> 31)) >>> 0)
    else if (value < 0) this.#writeVarint64(value >>> 0, 0xffffffff)
    else this.#writeVarint(value)
  }

  #writeLong(field: ValueType, value: unknown): void {
    const { kind } = field
    const unsigned = kind === Kind.UINT64 || kind === Kind.FIXED64
    if (
      typeof value === 'number'
        ? !Number.isSafeInteger(value) || (unsigned && value < 0)
        : !isLongValue(value, unsigned)
    ) {
      throw expected(field.path, unsigned ? 'a bigint from 0 to 2^64 - 1' : 'a bigint of 64 bits', value)
    }
    let [low, high] = typeof value === 'bigint' ? halvesOf(value) : numberHalvesOf(Number(value))
    if (kind === Kind.FIXED64 || kind === Kind.SFIXED64) {
      this.#reserve(8)
      this.#view.setUint32(this.#offset, low, true)
      this.#view.setUint32(this.#offset + 4, high, true)
      this.#offset += 8
      return
    }
    if (kind === Kind.SINT64) {
      const sign = high >> 31
      high = (((high << 1) | (low >>> 31)) ^ sign) >>> 0
      low = ((low << 1) ^ sign) >>> 0
    }
    this.#writeVarint64(low, high)
  }

  #writeFloat(field: ValueType, value: unknown): void {
    if (typeof value !== 'number') throw expected(field.path, 'a number', value)
    this.#reserve(8)
    if (field.kind === Kind.DOUBLE) {
      this.#view.setFloat64(this.#offset, value, true)
      this.#offset += 8
    } else {
      this.#view.setFloat32(this.#offset, value, true)
      this.#offset += 4
    }
  }

  #writeText(field: ValueType, text: string): void {
    const size = textSize(field, text)
    this.#writeVarint(size)
    this.#reserve(size)
    writeUtf8(this.#buffer, this.#offset, text, size)
    this.#offset += size
  }

  /** Leaves room for a length of one byte; gives where the content begins. */
  #begin(): number {
    this.#reserve(1)
    return ++this.#offset
  }

  /** Writes the length of what was written since; a long one moves it. */
  #end(start: number): void {
    const size = this.#offset - start
    if (size > SHORT_TEXT) {
      const extra = varintSize(size) - 1
      this.#reserve(extra)
      this.#buffer.copyWithin(start + extra, start, this.#offset)
    }
    this.#offset = start - 1
    this.#writeVarint(size)
    this.#offset += size
  }

  #writeVarint(value: number): void {
    this.#reserve(LONGEST_VARINT)
    const buffer = this.#buffer
    let rest = value
    while (rest > 0x7f) {
      buffer[this.#offset++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    buffer[this.#offset++] = rest
  }

  #writeVarint64(low: number, high: number): void {
    this.#reserve(LONGEST_VARINT)
    const buffer = this.#buffer
    let lower = low
    let upper = high
    while (upper > 0 || lower > 0x7f) {
      buffer[this.#offset++] = (lower & 0x7f) | 0x80
      lower = ((lower >>> 7) | (upper << 25)) >>> 0
      upper >>>= 7
    }
    buffer[this.#offset++] = lower
  }

  #reserve(size: number): void {
    if (this.#offset + size <= this.#buffer.length) return
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#offset + size))
    larger.set(this.#buffer.subarray(0, this.#offset))
    this.#buffer = larger
    this.#view = new DataView(larger.buffer)
  }
}

/** JSON has no word for what is written as text there: numbers of 64 bits, and bytes as Base64. */
function fromJson(kind: Kind, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (isLong(kind)) return /^-?\d{1,20}$/.test(value) ? BigInt(value) : value
  return kind === Kind.BYTES ? (bytesOfBase64(value) ?? value) : value
}

/** In a loop: an iterator takes thirty times as long, and a peer sends a megabyte of it. */
function bytesOfBase64(text: string): Uint8Array | undefined {
  try {
    const units = atob(text)
    const bytes = new Uint8Array(units.length)
    for (let index = 0; index < units.length; index++) bytes[index] = units.charCodeAt(index)
    return bytes
  } catch {
    return undefined
  }
}

/** Counting is cheaper than looking at each name: more properties than fields that were written have to be looked at. */
function assertKnown(type: MessageType, body: Fields, count: number): void {
  let keys = -count
  for (const key in body) if (key !== undefined) keys++
  if (keys <= 0) return
  for (const key of Object.keys(body)) {
    if (!type.has(key)) throw mismatch(`${type.name}.${key.slice(0, 64)}`, 'is no field of the contract')
  }
}

function assertOneEach(type: MessageType, body: Fields): void {
  const set = new Map<string, FieldType>()
  for (const field of type.fields) {
    if (field.oneof === undefined || !Object.hasOwn(body, field.name) || (body[field.name] ?? null) === null) continue
    const other = set.get(field.oneof)
    if (other !== undefined)
      throw mismatch(field.path, `is in the oneof ${field.oneof}, of which ${other.name} is set too`)
    set.set(field.oneof, field)
  }
}

/** What need not be written; -0 must, or it would be read as 0. */
function isZero(value: unknown): boolean {
  if (value === 0) return !Object.is(value, -0)
  return value === '' || value === false || value === 0n || (isBytes(value) && value.length === 0)
}

function isZeroOf(kind: Kind, value: unknown): boolean {
  if (kind === Kind.STRING) return value === ''
  if (kind === Kind.BOOL) return value === false
  if (kind === Kind.BYTES) return isBytes(value)
  return value === 0 || (value === 0n && isLong(kind))
}

function mapKey(keys: ValueType, key: string): unknown {
  if (keys.kind === Kind.STRING) return key
  if (keys.kind === Kind.BOOL && (key === 'true' || key === 'false')) return key === 'true'
  if (keys.kind !== Kind.BOOL && /^-?\d{1,20}$/.test(key)) return isLong(keys.kind) ? BigInt(key) : Number(key)
  throw expected(keys.path, keys.kind === Kind.BOOL ? 'true or false' : 'a whole number', key)
}

function textSize(field: ValueType, text: string): number {
  try {
    return utf8Size(text)
  } catch {
    throw mismatch(field.path, 'holds a lone surrogate, which UTF-8 has no bytes for')
  }
}

function isLongValue(value: unknown, unsigned: boolean): value is bigint {
  return typeof value === 'bigint' && (unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)) === value
}

function halvesOf(value: bigint): [low: number, high: number] {
  return [Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n))]
}

function numberHalvesOf(value: number): [low: number, high: number] {
  return [value >>> 0, Math.floor(value / TWO_32) >>> 0]
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 0x7f; rest >>>= 7) size++
  return size
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Also one of another realm, where `instanceof` fails. */
function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === '[object Uint8Array]'
}

function expected(path: string, what: string, value: unknown): P2pError {
  return mismatch(path, `takes ${what}, not ${nameOf(value)}`)
}

function mismatch(path: string, text: string): P2pError {
  return new P2pError('ERR_TRUSTP2P_CONTRACT_BODY', `${path} ${text}`, { details: { field: path } })
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'number' || typeof value === 'bigint') return `${String(value).slice(0, 32)} (${typeof value})`
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
