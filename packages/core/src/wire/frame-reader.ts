import { P2pError } from '../errors'
import type { ErrorCode } from '../errors'
import { PROTOCOL_ALT, PROTOCOL_VERSION } from './protocol'
import { readUtf8 } from './utf8'

/** The fields of a frame as they were read; `type` and `encoding` may be any int32. */
export interface ReadFrame {
  readonly bytes: Uint8Array
  readonly version: string
  readonly alt: string
  readonly type: number
  readonly event: string
  readonly tag: string
  readonly encoding: number
  readonly error: string | undefined
  readonly bodyStart: number
  readonly bodyEnd: number
}

/** Deepest nesting of unknown groups, as in protobufjs. */
const DEEPEST_GROUP = 100

/** Reads a frame. Throws ERR_TRUSTP2P_WIRE_*. */
export function readFrame(bytes: Uint8Array, frameBytes: number): ReadFrame {
  if (bytes.length > frameBytes) {
    throw new P2pError(
      'ERR_TRUSTP2P_WIRE_TOO_LARGE',
      `The frame of ${bytes.length} bytes is longer than ${frameBytes} (limits.frameBytes)`
    )
  }
  return new FrameReader(bytes).read()
}

class FrameReader {
  readonly #bytes: Uint8Array
  #offset = 0
  #version = PROTOCOL_VERSION
  #alt = PROTOCOL_ALT
  #type = 0
  #event: string | undefined
  #tag: string | undefined
  #encoding = 0
  #error: string | undefined
  #bodyStart = -1
  #bodyEnd = -1

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  read(): ReadFrame {
    while (this.#offset < this.#bytes.length) this.#readField(this.#readKey())
    const event = this.#event
    const tag = this.#tag
    if (event === undefined) throw this.#failure('ERR_TRUSTP2P_WIRE_MISSING_FIELD', 'The frame has no event')
    if (this.#bodyStart < 0) throw this.#failure('ERR_TRUSTP2P_WIRE_MISSING_FIELD', 'The frame has no body')
    if (tag === undefined) throw this.#failure('ERR_TRUSTP2P_WIRE_MISSING_FIELD', 'The frame has no tag')
    return {
      bytes: this.#bytes,
      version: this.#version,
      alt: this.#alt,
      type: this.#type,
      event,
      tag,
      encoding: this.#encoding,
      error: this.#error,
      bodyStart: this.#bodyStart,
      bodyEnd: this.#bodyEnd
    }
  }

  #readField(key: number): void {
    switch (key >>> 3) {
      case 1:
        this.#version = this.#readText(key)
        return
      case 2:
        this.#alt = this.#readText(key)
        return
      case 3:
        this.#type = this.#readInt32(key)
        return
      case 4:
        this.#event = this.#readText(key)
        return
      case 5: {
        const end = this.#readLength(key)
        this.#bodyStart = this.#offset
        this.#bodyEnd = this.#offset = end
        return
      }
      case 6:
        this.#tag = this.#readText(key)
        return
      case 7:
        this.#encoding = this.#readInt32(key)
        return
      case 8:
        this.#error = this.#readText(key)
        return
      default:
        this.#skip(key, 0)
    }
  }

  #readText(key: number): string {
    const end = this.#readLength(key)
    const start = this.#offset
    this.#offset = end
    try {
      return readUtf8(this.#bytes, start, end)
    } catch {
      throw this.#failure('ERR_TRUSTP2P_WIRE_INVALID_UTF8', `The text of field ${key >>> 3} is not UTF-8`)
    }
  }

  #readLength(key: number): number {
    if ((key & 7) !== 2) throw this.#wrongWireType(key)
    const length = this.#readVarint()
    if (length > this.#bytes.length - this.#offset) throw this.#truncated()
    return this.#offset + length
  }

  #readInt32(key: number): number {
    if ((key & 7) !== 0) throw this.#wrongWireType(key)
    return this.#readVarint() | 0
  }

  #readKey(): number {
    const key = this.#readVarint()
    if (key > 0xffffffff || key < 8) throw this.#failure('ERR_TRUSTP2P_WIRE_MALFORMED', `The key ${key} is no key`)
    return key
  }

  // Above 2^53 the low bits are lost, which only a negative int32 has: those are read by their low 32 bits.
  #readVarint(): number {
    let value = 0
    let scale = 1
    let low = 0
    for (let index = 0; index < 10; index++) {
      const byte = this.#bytes[this.#offset]
      if (byte === undefined) throw this.#truncated()
      this.#offset += 1
      value += (byte & 0x7f) * scale
      if (index < 5) low |= (byte & 0x7f) << (7 * index)
      scale *= 128
      if (byte < 0x80)
        return index < 7 ? value : value % 0x100000000 === low >>> 0 ? value : 0x8000000000000000 + (low >>> 0)
    }
    throw this.#failure('ERR_TRUSTP2P_WIRE_MALFORMED', 'A varint is longer than 10 bytes')
  }

  #skip(key: number, depth: number): void {
    switch (key & 7) {
      case 0:
        this.#readVarint()
        return
      case 1:
        this.#advance(8)
        return
      case 2:
        this.#offset = this.#readLength(key)
        return
      case 3:
        this.#skipGroup(key, depth + 1)
        return
      case 5:
        this.#advance(4)
        return
      default:
        throw this.#wrongWireType(key)
    }
  }

  #skipGroup(key: number, depth: number): void {
    if (depth > DEEPEST_GROUP) throw this.#failure('ERR_TRUSTP2P_WIRE_MALFORMED', 'Groups are nested too deep')
    for (;;) {
      const inner = this.#readKey()
      if ((inner & 7) !== 4) this.#skip(inner, depth)
      else if (inner >>> 3 === key >>> 3) return
      else throw this.#failure('ERR_TRUSTP2P_WIRE_MALFORMED', 'A group ends with the key of another')
    }
  }

  #advance(count: number): void {
    if (count > this.#bytes.length - this.#offset) throw this.#truncated()
    this.#offset += count
  }

  #truncated(): P2pError {
    return this.#failure('ERR_TRUSTP2P_WIRE_TRUNCATED', 'The frame ends inside a field')
  }

  #wrongWireType(key: number): P2pError {
    return this.#failure('ERR_TRUSTP2P_WIRE_MALFORMED', `Field ${key >>> 3} has the wire type ${key & 7}`)
  }

  #failure(code: ErrorCode, message: string): P2pError {
    const type = this.#type
    const event = this.#event
    const tag = this.#tag
    return event === undefined || tag === undefined
      ? new P2pError(code, message)
      : new P2pError(code, message, { details: { type, event, tag } })
  }
}
