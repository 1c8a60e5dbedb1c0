import { P2pError } from '../errors'
import { isDeeperThan } from './json-depth'
import { DEFAULT_BODY_DEPTH, Encoding } from './protocol'
import { readUtf8 } from './utf8'

/** A body that a contract wrote, with the digest of the contract. */
export class TypedBody {
  readonly bytes: Uint8Array
  /** 8 bytes. */
  readonly contract: Uint8Array

  constructor(bytes: Uint8Array, contract: Uint8Array) {
    this.bytes = bytes
    this.contract = contract
  }

  get length(): number {
    return this.bytes.length
  }
}

/** A body ready for a frame: JSON text, bytes, or what a contract wrote. */
export type EncodedBody = string | Uint8Array | TypedBody

/** How that body is written. */
export function encodingOf(body: EncodedBody): Encoding {
  if (typeof body === 'string') return Encoding.JSON
  return body instanceof TypedBody ? Encoding.TYPED : Encoding.BYTES
}

/** A body that was encoded elsewhere: JSON text that goes into a frame as it is. */
export class EncodedText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * Writes a body: bytes stay bytes, anything else becomes JSON text, `undefined` becomes `null`. As JSON.stringify does,
 * it calls `toJSON` and leaves out properties that are undefined, functions or symbols. Throws a TypeError for what
 * JSON has no word for (BigInt, a cycle, NaN, an infinity; a function, a symbol or undefined as an element of a list;
 * other binary data than a Uint8Array) and a RangeError for nesting deeper than `bodyDepth`.
 */
export function encodeBody(value: unknown, bodyDepth = DEFAULT_BODY_DEPTH): string | Uint8Array {
  if (value instanceof Uint8Array) return value
  if (value === undefined) return 'null'
  if (value instanceof EncodedText) return value.text
  if (typeof value === 'object' && isBinary(value)) return foreignBytes(value)
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw new TypeError(`a body is a JSON value or a Uint8Array, not a ${typeof value}`)
  if (isDeeperThan(text, bodyDepth)) {
    throw new RangeError(`the body is nested deeper than ${bodyDepth} levels: flatten it, or raise limits.bodyDepth`)
  }
  // JSON.stringify writes null for what JSON has no word for.
  if (text.includes('null')) assertHasWords(value, '')
  return text
}

/**
 * Reads the JSON text from `start` to `end`. Gives, and does not throw, a P2pError for a body that cannot be read:
 * ERR_TRUSTP2P_BODY_INVALID, or ERR_TRUSTP2P_BODY_TOO_DEEP before any of it is parsed.
 */
export function readJsonBody(bytes: Uint8Array, start: number, end: number, bodyDepth: number): unknown {
  try {
    const text = readUtf8(bytes, start, end)
    return isDeeperThan(text, bodyDepth) ? tooDeep(bodyDepth) : JSON.parse(text)
  } catch (cause) {
    const message = `the body of ${end - start} bytes is no JSON text in UTF-8: send one, or say that it is bytes`
    return new P2pError('ERR_TRUSTP2P_BODY_INVALID', message, { cause })
  }
}

function tooDeep(bodyDepth: number): P2pError {
  const message = `the body is nested deeper than ${bodyDepth} levels: flatten it, or raise limits.bodyDepth`
  return new P2pError('ERR_TRUSTP2P_BODY_TOO_DEEP', message)
}

function isBinary(value: object | null): value is ArrayBufferView | ArrayBuffer {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer
}

/** Accepts a Uint8Array of another realm (a frame, a vm context), where `instanceof` fails. */
function foreignBytes(value: ArrayBufferView | ArrayBuffer): Uint8Array {
  if (!ArrayBuffer.isView(value) || Object.prototype.toString.call(value) !== '[object Uint8Array]') {
    throw new TypeError('a body of bytes is a Uint8Array: wrap other binary data in one')
  }
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

function assertHasWords(value: unknown, key: string): void {
  const said = hasToJson(value) ? value.toJSON(key) : value
  if (typeof said === 'number' && !Number.isFinite(said)) throw new TypeError(`a body cannot hold ${said}`)
  if (typeof said !== 'object' || said === null) return
  if (Array.isArray(said)) {
    // Not forEach, which passes over the holes of a sparse list.
    for (const [index, element] of said.entries()) assertElementHasWords(element, String(index))
  } else for (const [name, property] of Object.entries(said)) assertHasWords(property, name)
}

function assertElementHasWords(element: unknown, key: string): void {
  if (element === undefined || typeof element === 'function' || typeof element === 'symbol') {
    throw new TypeError(`a list in a body cannot hold ${element === undefined ? 'undefined' : `a ${typeof element}`}`)
  }
  assertHasWords(element, key)
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  return typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function'
}
