import { P2pError } from '../errors'
import { DEFAULT_BODY_DEPTH } from './protocol'
import { readUtf8 } from './utf8'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** A body ready for a frame: JSON text, or bytes. */
export type EncodedBody = string | Uint8Array

/**
 * Writes a body: bytes stay bytes, everything else becomes JSON text, `undefined` becomes `null`. As in JSON.stringify,
 * properties that are undefined, functions or symbols are left out. Throws a TypeError for what JSON has no word for
 * (BigInt, a cycle, NaN, an infinity, a function, a symbol, undefined as an element of a list) and a RangeError for
 * nesting deeper than `bodyDepth`.
 */
export function encodeBody(value: unknown, bodyDepth = DEFAULT_BODY_DEPTH): EncodedBody {
  if (value instanceof Uint8Array) return value
  if (value === undefined) return 'null'
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw new TypeError(`A body cannot be a ${typeof value}: send a JSON value or bytes`)
  if (text.length >= shortestTooDeep(bodyDepth) && isTextTooDeep(text, bodyDepth)) {
    throw new RangeError(`The body is nested deeper than ${bodyDepth} levels: flatten it, or raise limits.bodyDepth`)
  }
  // JSON.stringify turns what it cannot say into null.
  if (text.includes('null')) assertSayable(value, '')
  return text
}

/**
 * Reads the JSON text from `start` to `end`.
 * Throws ERR_TRUSTP2P_BODY_INVALID, or ERR_TRUSTP2P_BODY_TOO_DEEP before any of it is parsed.
 */
export function decodeJsonBody(bytes: Uint8Array, start: number, end: number, bodyDepth: number): unknown {
  if (end - start >= shortestTooDeep(bodyDepth) && isTooDeep(bytes, start, end, bodyDepth)) {
    throw new P2pError(
      'ERR_TRUSTP2P_BODY_TOO_DEEP',
      `The body is nested deeper than ${bodyDepth} levels (limits.bodyDepth)`
    )
  }
  try {
    return JSON.parse(readUtf8(bytes, start, end))
  } catch (cause) {
    throw new P2pError('ERR_TRUSTP2P_BODY_INVALID', `The body of ${end - start} bytes is not JSON text in UTF-8`, {
      cause
    })
  }
}

/** A text that is nested one level too deep holds that many brackets and closes them all. */
function shortestTooDeep(bodyDepth: number): number {
  return 2 * (bodyDepth + 1)
}

function isTooDeep(bytes: Uint8Array, start: number, end: number, bodyDepth: number): boolean {
  let depth = 0
  let inString = false
  for (let index = start; index < end; index++) {
    const byte = bytes[index]
    if (inString) {
      if (byte === BACKSLASH) index += 1
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      depth += 1
      if (depth > bodyDepth) return true
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1
  }
  return false
}

function isTextTooDeep(text: string, bodyDepth: number): boolean {
  const bytes = new TextEncoder().encode(text)
  return isTooDeep(bytes, 0, bytes.length, bodyDepth)
}

function assertSayable(value: unknown, key: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`A body cannot hold ${value}`)
  if (typeof value !== 'object' || value === null) return
  if ('toJSON' in value && typeof value.toJSON === 'function') return assertSayable(value.toJSON(key), key)
  if (!Array.isArray(value)) {
    for (const [name, part] of Object.entries(value)) assertSayable(part, name)
    return
  }
  for (const [index, part] of value.entries()) {
    if (part === undefined || typeof part === 'function' || typeof part === 'symbol') {
      throw new TypeError(`A list in a body cannot hold ${part === undefined ? 'undefined' : `a ${typeof part}`}`)
    }
    assertSayable(part, String(index))
  }
}
