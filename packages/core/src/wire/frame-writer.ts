import { encodingOf, TypedBody } from './body'
import type { EncodedBody } from './body'
import { Encoding, PROTOCOL_ALT, PROTOCOL_VERSION } from './protocol'
import type { PackageType } from './protocol'
import { allocateFrame } from './slab'
import { utf8Size, writeUtf8 } from './utf8'

/** The fields of a frame after its head. */
export interface FrameFields {
  readonly type: PackageType
  readonly event: string
  readonly body: EncodedBody
  readonly tag: string
  readonly error: string | undefined
}

/** Keys: the number of a field and its wire type in one byte (protobuf encoding, "Message Structure"). */
const Key = {
  VERSION: 0x0a,
  ALT: 0x12,
  TYPE: 0x18,
  EVENT: 0x22,
  BODY: 0x2a,
  TAG: 0x32,
  ENCODING: 0x38,
  ERROR: 0x42,
  CONTRACT: 0x51
}

/** What every frame of our own begins with. */
export const ownHead = frameHead(PROTOCOL_VERSION, PROTOCOL_ALT)

/**
 * Encodes one frame of our own version. `body` is what `encodeBody` gave. Throws a TypeError for a text with a lone
 * surrogate; checks nothing else, which `CP2pPackage.encode` does. The frame may be a view of a larger ArrayBuffer that
 * holds other frames: hand its bytes on, never its buffer.
 */
export function encodeFrame(
  type: PackageType,
  event: string,
  body: EncodedBody,
  tag: string,
  error?: string
): Uint8Array {
  return writeFrame(ownHead, { type, event, body, tag, error })
}

/** Gives the fields that every frame of one version begins with. */
export function frameHead(version: string, alt: string): Uint8Array {
  const versionSize = utf8Size(version)
  const altSize = utf8Size(alt)
  const head = new Uint8Array(fieldSize(versionSize) + fieldSize(altSize))
  writeText(head, writeText(head, 0, Key.VERSION, version, versionSize), Key.ALT, alt, altSize)
  return head
}

/**
 * Encodes one frame. The body is taken for ASCII, as JSON text mostly is: its size is counted only where that turns out
 * to be wrong.
 */
export function writeFrame(head: Uint8Array, fields: FrameFields, bodySize = fields.body.length): Uint8Array {
  const { type, event, body, tag, error } = fields
  const encoding = encodingOf(body)
  const eventSize = utf8Size(event)
  const tagSize = utf8Size(tag)
  const errorSize = error === undefined ? 0 : fieldSize(utf8Size(error))
  let size = head.length + 2 + fieldSize(eventSize) + fieldSize(bodySize) + fieldSize(tagSize) + errorSize
  if (encoding !== Encoding.JSON) size += encoding === Encoding.TYPED ? 11 : 2

  const frame = allocateFrame(size)
  let offset = 0
  for (; offset < head.length; offset++) frame[offset] = head[offset] ?? 0
  frame[offset++] = Key.TYPE
  frame[offset++] = type
  offset = writeText(frame, offset, Key.EVENT, event, eventSize)
  frame[offset] = Key.BODY
  offset = writeVarint(frame, offset + 1, bodySize)
  if (typeof body !== 'string') frame.set(body instanceof TypedBody ? body.bytes : body, offset)
  else if (!writeUtf8(frame, offset, body, bodySize)) return writeFrame(head, fields, utf8Size(body))
  offset = writeText(frame, offset + bodySize, Key.TAG, tag, tagSize)
  if (encoding !== Encoding.JSON) {
    frame[offset++] = Key.ENCODING
    frame[offset++] = encoding
  }
  if (error !== undefined) offset = writeText(frame, offset, Key.ERROR, error, utf8Size(error))
  if (body instanceof TypedBody) {
    frame[offset] = Key.CONTRACT
    frame.set(body.contract, offset + 1)
  }
  return frame
}

/** Bytes of a field with a one-byte key and a length. */
function fieldSize(size: number): number {
  return size < 0x80 ? size + 2 : size + 1 + varintSize(size)
}

function varintSize(value: number): number {
  if (value < 0x4000) return 2
  if (value < 0x200000) return 3
  return value < 0x10000000 ? 4 : 5
}

function writeVarint(frame: Uint8Array, offset: number, value: number): number {
  while (value > 0x7f) {
    frame[offset++] = (value & 0x7f) | 0x80
    value >>>= 7
  }
  frame[offset] = value
  return offset + 1
}

function writeText(frame: Uint8Array, offset: number, key: number, text: string, size: number): number {
  frame[offset] = key
  const start = writeVarint(frame, offset + 1, size)
  writeUtf8(frame, start, text, size)
  return start + size
}
