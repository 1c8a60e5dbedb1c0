import { P2pError } from '../errors'
import { readUtf8, viewOf } from '../wire/utf8'
import { BODY_WEIGHT_PER_BYTE, LEAST_BODY_WEIGHT } from './limits'
import { zeroOf } from './message-type'
import type { FieldType, Fields, MessageType, ValueType } from './message-type'
import { Kind, WireType } from './scalars'

/** Deepest nesting of groups in an unknown field: as many as the envelope skips. */
const DEEPEST_GROUP = 100
const LONGEST_VARINT = 10

/**
 * Reads a body of that type from the bytes; fields of bytes are views of them. Unknown fields are passed over; of
 * several equal ones the last counts. Gives, and does not throw, the error of bytes that cannot be read:
 * ERR_TRUSTP2P_BODY_INVALID or ERR_TRUSTP2P_BODY_TOO_DEEP.
 * @param depth most messages inside each other: the body is 1 deep
 */
export function readBody(type: MessageType, bytes: Uint8Array, depth: number): Fields | P2pError {
  try {
    return new BodyReader(bytes).readMessage(type, bytes.length, depth)
  } catch (error) {
    if (error instanceof P2pError) return error
    throw error
  }
}

class BodyReader {
  readonly #bytes: Uint8Array
  #view: DataView | undefined
  #offset = 0
  /** What messages may still weigh: two bytes make one, with a zero for each of its fields. */
  #weightLeft: number
  /** Where the varint of 64 bits was left. */
  #low = 0
  #high = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#weightLeft = Math.max(LEAST_BODY_WEIGHT, bytes.length * BODY_WEIGHT_PER_BYTE)
  }

  readMessage(type: MessageType, end: number, depth: number): Fields {
    if (depth <= 0) throw tooDeep(type)
    this.#weightLeft -= type.weight
    if (this.#weightLeft < 0) throw invalid(`it holds more messages such as ${type.name} than its length allows`)
    const body: Fields = { ...type.initial }
    for (const field of type.own) body[field.name] = field.initial()
    while (this.#offset < end) {
      const key = this.#readVarint(end)
      const field = type.field(key >>> 3)
      if (field === undefined) this.#skip(key, end, 0)
      else this.#readField(field, key & 7, body, end, depth)
    }
    for (const field of type.required) {
      if (!Object.hasOwn(body, field.name)) throw invalid(`${field.path} is required, and absent`)
    }
    return body
  }

  #readField(field: FieldType, wireType: number, body: Fields, end: number, depth: number): void {
    if (field.label === 'map') return this.#readEntry(field, wireType, body, end, depth)
    if (field.label === 'repeated') return this.#readElements(field, wireType, body, end, depth)
    if (wireType !== field.wireType) throw wrongWireType(field, wireType)
    body[field.name] = this.#readValue(field, end, depth)
    // Not in a Map of what is set: a message with a oneof is rare, and one that sets two of it rarer.
    if (field.rivals.length === 0) return
    for (const rival of field.rivals) if (Object.hasOwn(body, rival)) Reflect.deleteProperty(body, rival)
  }

  /** Elements of a list: one, or where they may be packed, any number. */
  #readElements(field: FieldType, wireType: number, body: Fields, end: number, depth: number): void {
    const list = body[field.name] as unknown[]
    if (wireType === field.wireType) {
      list.push(this.#readValue(field, end, depth))
      return
    }
    if (wireType !== WireType.LENGTH) throw wrongWireType(field, wireType)
    const last = this.#readLength(end)
    while (this.#offset < last) list.push(this.#readValue(field, last, depth))
  }

  /** An entry of a map is a message with a key (1) and a value (2); what is absent is zero. */
  #readEntry(field: FieldType, wireType: number, body: Fields, end: number, depth: number): void {
    const { keys } = field
    if (wireType !== WireType.LENGTH || keys === undefined) throw wrongWireType(field, wireType)
    const last = this.#readLength(end)
    let name: unknown
    let value: unknown
    while (this.#offset < last) {
      const key = this.#readVarint(last)
      const part: ValueType | undefined = key >>> 3 === 1 ? keys : key >>> 3 === 2 ? field : undefined
      if (part === undefined) this.#skip(key, last, 0)
      else if ((key & 7) !== part.wireType) throw wrongWireType(part, key & 7)
      else if (part === keys) name = this.#readValue(part, last, depth)
      else value = this.#readValue(part, last, depth)
    }
    addEntry(body[field.name] as Fields, String(name ?? zeroOf(keys.kind)), value ?? this.#absent(field, depth))
  }

  #absent(field: FieldType, depth: number): unknown {
    if (field.kind === Kind.BYTES) return new Uint8Array()
    return field.message === undefined ? zeroOf(field.kind) : this.readMessage(field.message, this.#offset, depth - 1)
  }

  #readValue(field: ValueType, end: number, depth: number): unknown {
    switch (field.kind) {
      case Kind.STRING:
        return this.#readText(field, end)
      case Kind.MESSAGE:
        return this.#readInner(field, end, depth)
      case Kind.INT32:
      case Kind.ENUM:
        return this.#readVarint64(end).#low | 0
      case Kind.BOOL:
        this.#readVarint64(end)
        return (this.#low | this.#high) !== 0
      case Kind.UINT32:
        return this.#readVarint64(end).#low >>> 0
      case Kind.SINT32: {
        const zigzag = this.#readVarint64(end).#low >>> 0
        return (zigzag >>> 1) ^ -(zigzag & 1)
      }
      case Kind.BYTES: {
        const last = this.#readLength(end)
        const start = this.#offset
        this.#offset = last
        return viewOf(this.#bytes, start, last)
      }
      case Kind.INT64:
        return BigInt.asIntN(64, this.#readVarint64(end).#long())
      case Kind.UINT64:
        return this.#readVarint64(end).#long()
      case Kind.SINT64: {
        const zigzag = this.#readVarint64(end).#long()
        return (zigzag >> 1n) ^ -(zigzag & 1n)
      }
      case Kind.DOUBLE:
        return this.#fixed(8, end).getFloat64(this.#offset - 8, true)
      case Kind.FLOAT:
        return this.#fixed(4, end).getFloat32(this.#offset - 4, true)
      case Kind.FIXED32:
        return this.#fixed(4, end).getUint32(this.#offset - 4, true)
      case Kind.SFIXED32:
        return this.#fixed(4, end).getInt32(this.#offset - 4, true)
      case Kind.FIXED64:
        return this.#fixed(8, end).getBigUint64(this.#offset - 8, true)
      case Kind.SFIXED64:
        return this.#fixed(8, end).getBigInt64(this.#offset - 8, true)
    }
  }

  #readInner({ message, path }: ValueType, end: number, depth: number): unknown {
    const last = this.#readLength(end)
    if (message === undefined) throw invalid(`${path} is of no type`)
    return this.readMessage(message, last, depth - 1)
  }

  #readText(field: ValueType, end: number): string {
    const last = this.#readLength(end)
    const start = this.#offset
    this.#offset = last
    try {
      return readUtf8(this.#bytes, start, last)
    } catch (cause) {
      throw invalid(`${field.path} is not UTF-8`, cause)
    }
  }

  /** Gives where the content ends. */
  #readLength(end: number): number {
    const size = this.#readVarint(end)
    if (size > end - this.#offset) throw truncated()
    return this.#offset + size
  }

  /** A key or a length: 32 bits. */
  #readVarint(end: number): number {
    const first = this.#bytes[this.#offset] ?? 0x80
    if (first < 0x80 && this.#offset < end) {
      this.#offset += 1
      return first
    }
    this.#readVarint64(end)
    if (this.#high !== 0) throw invalid('a key or a length has more than 32 bits')
    return this.#low >>> 0
  }

  /** Reads a varint into `#low` and `#high`. */
  #readVarint64(end: number): this {
    let low = 0
    let high = 0
    for (let index = 0; index < LONGEST_VARINT; index++) {
      if (this.#offset >= end) throw truncated()
      const byte = this.#bytes[this.#offset++] ?? 0
      const bits = byte & 0x7f
      if (index < 4) low |= bits << (7 * index)
      else if (index === 4) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (7 * index - 32)
      if (byte < 0x80) {
        this.#low = low
        this.#high = high
        return this
      }
    }
    throw invalid(`a varint is longer than ${LONGEST_VARINT} bytes`)
  }

  #long(): bigint {
    const low = BigInt(this.#low >>> 0)
    return this.#high === 0 ? low : (BigInt(this.#high >>> 0) << 32n) | low
  }

  /** Passes over so many bytes, and gives a view of all. */
  #fixed(size: number, end: number): DataView {
    if (size > end - this.#offset) throw truncated()
    this.#offset += size
    const { buffer, byteOffset, byteLength } = this.#bytes
    return (this.#view ??= new DataView(buffer, byteOffset, byteLength))
  }

  #skip(key: number, end: number, depth: number): void {
    if (key < 8) throw invalid('a field has the number 0')
    switch (key & 7) {
      case WireType.VARINT:
        this.#readVarint64(end)
        return
      case WireType.FIXED64:
        this.#fixed(8, end)
        return
      case WireType.LENGTH:
        this.#offset = this.#readLength(end)
        return
      case WireType.FIXED32:
        this.#fixed(4, end)
        return
      case WireType.GROUP_START:
        return this.#skipGroup(key, end, depth)
      default:
        throw invalid(`field ${key >>> 3} has the wire type ${key & 7}, which nothing has here`)
    }
  }

  #skipGroup(key: number, end: number, depth: number): void {
    if (depth >= DEEPEST_GROUP) throw invalid(`groups lie in each other more than ${DEEPEST_GROUP} deep`)
    for (;;) {
      const inner = this.#readVarint(end)
      if (inner === key + 1) return
      this.#skip(inner, end, depth + 1)
    }
  }
}

/** A key `__proto__` becomes a property like any other. */
function addEntry(entries: Fields, name: string, value: unknown): void {
  if (name !== '__proto__') entries[name] = value
  else Object.defineProperty(entries, name, { value, enumerable: true, configurable: true, writable: true })
}

function truncated(): P2pError {
  return invalid('it ends inside a field')
}

function wrongWireType(field: ValueType, wireType: number): P2pError {
  return invalid(`${field.path} has the wire type ${wireType}, not ${field.wireType}`)
}

function invalid(text: string, cause?: unknown): P2pError {
  const message = `the body is not of the type that the contract says: ${text}`
  return new P2pError('ERR_TRUSTP2P_BODY_INVALID', message, cause === undefined ? {} : { cause })
}

function tooDeep({ name }: MessageType): P2pError {
  return new P2pError('ERR_TRUSTP2P_BODY_TOO_DEEP', `${name} in the body lies deeper than limits.bodyDepth allows`)
}
