/** One package of the envelope in proto/package.proto, with a JSON body. */
export interface FloorFrame {
  readonly version: string
  readonly alt: string
  readonly type: number
  readonly event: string
  readonly body: unknown
  readonly tag: string
  readonly error: string | undefined
}

export type FloorFields = Omit<FloorFrame, 'version' | 'alt' | 'error'> & { readonly error?: string }

/** Fields 1 and 2, `version` "1.0" and `alt` "1": the same in every frame. */
const HEAD = Buffer.from('0a03312e30120131', 'hex')

/** Up to this many characters a loop beats the call into the engine. */
const LONGEST_LOOP = 24

/** Encodes a frame into one buffer: its size is known before the first byte is written. */
export function encodeFloorFrame({ type, event, body, tag, error }: FloorFields): Buffer {
  const text = JSON.stringify(body)
  const eventSize = Buffer.byteLength(event)
  const bodySize = Buffer.byteLength(text)
  const tagSize = Buffer.byteLength(tag)
  const errorSize = error === undefined ? 0 : Buffer.byteLength(error)
  const size = HEAD.length + 2 + fieldSize(eventSize) + fieldSize(bodySize) + fieldSize(tagSize)
  const target = Buffer.allocUnsafe(error === undefined ? size : size + fieldSize(errorSize))
  let offset = writeHead(target)
  target[offset++] = 0x18
  target[offset++] = type
  offset = writeField(target, offset, 0x22, event, eventSize)
  offset = writeField(target, offset, 0x2a, text, bodySize)
  offset = writeField(target, offset, 0x32, tag, tagSize)
  if (error !== undefined) writeField(target, offset, 0x42, error, errorSize)
  return target
}

/** Decodes a frame with its body. Throws a RangeError, or a SyntaxError, for what is none; checks nothing else. */
export function decodeFloorFrame(bytes: Buffer): FloorFrame {
  let version = '1.0'
  let alt = '1'
  let type = 0
  let event = ''
  let body = ''
  let tag = ''
  let error: string | undefined
  const cursor = { offset: 0 }
  while (cursor.offset < bytes.length) {
    const key = readVarint(bytes, cursor)
    if (key === 0x18) type = readVarint(bytes, cursor)
    else if (key === 0x0a) version = readText(bytes, cursor)
    else if (key === 0x12) alt = readText(bytes, cursor)
    else if (key === 0x22) event = readText(bytes, cursor)
    else if (key === 0x2a) body = readText(bytes, cursor)
    else if (key === 0x32) tag = readText(bytes, cursor)
    else if (key === 0x42) error = readText(bytes, cursor)
    else throw new RangeError(`The floor's codec knows no field with the key ${key}`)
  }
  return { version, alt, type, event, body: JSON.parse(body), tag, error }
}

interface Cursor {
  offset: number
}

function writeHead(target: Buffer): number {
  for (let index = 0; index < HEAD.length; index++) target[index] = HEAD[index] ?? 0
  return HEAD.length
}

function fieldSize(size: number): number {
  return 1 + varintSize(size) + size
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 0x7f; rest >>>= 7) size += 1
  return size
}

function writeField(target: Buffer, offset: number, key: number, text: string, size: number): number {
  target[offset++] = key
  let rest = size
  for (; rest > 0x7f; rest >>>= 7) target[offset++] = (rest & 0x7f) | 0x80
  target[offset++] = rest
  writeText(target, offset, text, size)
  return offset + size
}

function writeText(target: Buffer, offset: number, text: string, size: number): void {
  if (size !== text.length) target.write(text, offset, 'utf8')
  else if (size > LONGEST_LOOP) target.write(text, offset, 'latin1')
  else for (let index = 0; index < size; index++) target[offset + index] = text.charCodeAt(index)
}

function readVarint(bytes: Buffer, cursor: Cursor): number {
  let value = 0
  for (let shift = 0; shift < 32; shift += 7) {
    const byte = bytes[cursor.offset++]
    if (byte === undefined) throw new RangeError('The frame ends inside a field')
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return value >>> 0
  }
  throw new RangeError('A varint is too long')
}

function readText(bytes: Buffer, cursor: Cursor): string {
  const size = readVarint(bytes, cursor)
  const start = cursor.offset
  const end = start + size
  if (end > bytes.length) throw new RangeError('The frame ends inside a field')
  cursor.offset = end
  return size > LONGEST_LOOP ? bytes.toString('utf8', start, end) : readShort(bytes, start, end)
}

function readShort(bytes: Buffer, start: number, end: number): string {
  let text = ''
  for (let index = start; index < end; index++) {
    const byte = bytes[index] ?? 0
    if (byte > 0x7f) return bytes.toString('utf8', start, end)
    text += String.fromCharCode(byte)
  }
  return text
}
