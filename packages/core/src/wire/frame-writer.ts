import { Encoding, PROTOCOL_ALT, PROTOCOL_VERSION } from './protocol'
import type { PackageType } from './protocol'
import { quote } from './quote'
import { utf8Size, writeUtf8 } from './utf8'

/** The fields of a frame, ready to be written. */
export interface FrameFields {
  readonly version: string
  readonly alt: string
  readonly type: PackageType
  readonly event: string
  /** JSON text, or bytes, which are written with their encoding. */
  readonly body: string | Uint8Array
  readonly tag: string
  readonly error: string | undefined
}

/**
 * Encodes one frame of our own version. `body` is what `encodeBody` gave. Throws a TypeError for a text with a lone
 * surrogate, and checks nothing else: `CP2pPackage.encode` does.
 */
export function encodeFrame(
  type: PackageType,
  event: string,
  body: string | Uint8Array,
  tag: string,
  error?: string
): Uint8Array {
  return writeFrame({ version: PROTOCOL_VERSION, alt: PROTOCOL_ALT, type, event, body, tag, error })
}

/** Encodes one frame of any version. */
export function writeFrame(fields: FrameFields): Uint8Array {
  const { version, alt, type, event, body, tag, error } = fields
  const sizes = [version, alt, event, tag].map((text) => sizeOf(text))
  const [versionSize = 0, altSize = 0, eventSize = 0, tagSize = 0] = sizes
  const bodySize = typeof body === 'string' ? sizeOf(body) : body.length
  const errorSize = error === undefined ? 0 : sizeOf(error)
  let total = 2
  for (const size of [...sizes, bodySize]) total += 1 + varintSize(size) + size
  if (typeof body !== 'string') total += 2
  if (error !== undefined) total += 1 + varintSize(errorSize) + errorSize
  const target = new Uint8Array(total)
  let offset = writeText(target, 0, 0x0a, version, versionSize)
  offset = writeText(target, offset, 0x12, alt, altSize)
  target[offset++] = 0x18
  target[offset++] = type
  offset = writeText(target, offset, 0x22, event, eventSize)
  if (typeof body === 'string') offset = writeText(target, offset, 0x2a, body, bodySize)
  else {
    target[offset++] = 0x2a
    offset = writeVarint(target, offset, bodySize)
    target.set(body, offset)
    offset += bodySize
  }
  offset = writeText(target, offset, 0x32, tag, tagSize)
  if (typeof body !== 'string') {
    target[offset++] = 0x38
    target[offset++] = Encoding.BYTES
  }
  if (error !== undefined) writeText(target, offset, 0x42, error, errorSize)
  return target
}

function sizeOf(text: string): number {
  const size = utf8Size(text)
  if (size < 0) throw new TypeError(`The text ${quote(text)} holds a lone surrogate, which UTF-8 cannot say`)
  return size
}

function varintSize(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x200000) return 3
  return value < 0x10000000 ? 4 : 5
}

function writeVarint(target: Uint8Array, offset: number, value: number): number {
  let rest = value
  while (rest > 0x7f) {
    target[offset++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[offset++] = rest
  return offset
}

function writeText(target: Uint8Array, offset: number, key: number, text: string, size: number): number {
  target[offset] = key
  const start = writeVarint(target, offset + 1, size)
  writeUtf8(text, size, target, start)
  return start + size
}
