import { P2pError } from '../errors'
import type { ErrorCode } from '../errors'
import { ownHead } from './frame-writer'
import { readName } from './name-table'
import { PROTOCOL_ALT, PROTOCOL_VERSION } from './protocol'
import { readUtf8 } from './utf8'

/** Deepest nesting of groups in an unknown field: as many as protobufjs skips. */
const DEEPEST_GROUP = 100
/** A key and a length have 32 bits, an int32 is written with 64 (protobuf encoding, "Base 128 Varints"). */
const LONGEST_VARINT32 = 5
const LONGEST_VARINT64 = 10
/** Most characters of an event or tag that an error keeps: errors are logged. */
const LONGEST_DETAIL = 1024

const WireType = { VARINT: 0, FIXED64: 1, LENGTH: 2, GROUP_START: 3, GROUP_END: 4, FIXED32: 5 } as const

/**
 * Reads the fields of one frame. Unknown fields are skipped, the last of several equal fields wins, as protobuf
 * demands; a known field of another wire type, which protobuf would skip as well, is refused.
 */
export class FrameReader {
  version = PROTOCOL_VERSION
  alt = PROTOCOL_ALT
  /** Any int32. */
  type = 0
  event: string | undefined
  tag: string | undefined
  /** Any int32. */
  encoding = 0
  error: string | undefined
  /** Where the body lies in the frame; -1 where there is none. */
  bodyStart = -1
  bodyEnd = -1
  /** Where the 8 bytes of the contract's digest lie; -1 where there are none. */
  contractStart = -1
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Throws ERR_TRUSTP2P_WIRE_TRUNCATED, _MALFORMED or _INVALID_UTF8. */
  readFields(): void {
    const { length } = this.#bytes
    // Frames of our own version are most of them: their head says what is assumed already.
    if (hasOwnHead(this.#bytes)) this.#offset = ownHead.length
    while (this.#offset < length) this.#readField(this.#readKey())
  }

  /** Makes an error that tells, where event and tag were read and are not too long to be kept, whom it is about. */
  failure(code: ErrorCode, message: string): P2pError {
    const { type, event, tag } = this
    if (event === undefined || tag === undefined) return new P2pError(code, message)
    if (event.length > LONGEST_DETAIL || tag.length > LONGEST_DETAIL) return new P2pError(code, message)
    return new P2pError(code, message, { details: { type, event, tag } })
  }

  #readField(key: number): void {
    switch (key >>> 3) {
      case 1:
        this.version = this.#readText(key, readName)
        return
      case 2:
        this.alt = this.#readText(key, readName)
        return
      case 3:
        this.type = this.#readInt32(key)
        return
      case 4:
        this.event = this.#readText(key, readName)
        return
      case 5:
        this.bodyEnd = this.#readLength(key)
        this.bodyStart = this.#offset
        this.#offset = this.bodyEnd
        return
      case 6:
        this.tag = this.#readText(key, readUtf8)
        return
      case 7:
        this.encoding = this.#readInt32(key)
        return
      case 8:
        this.error = this.#readText(key, readName)
        return
      case 10:
        if ((key & 7) !== WireType.FIXED64) throw this.#wrongWireType(key)
        this.contractStart = this.#offset
        this.#advance(8)
        return
      default:
        this.#skip(key, 0)
    }
  }

  #readText(key: number, read: typeof readUtf8): string {
    const end = this.#readLength(key)
    const start = this.#offset
    this.#offset = end
    try {
      return read(this.#bytes, start, end)
    } catch {
      throw this.failure('ERR_TRUSTP2P_WIRE_INVALID_UTF8', `the text of field ${key >>> 3} is not UTF-8`)
    }
  }

  /** Gives where the field ends. */
  #readLength(key: number): number {
    if ((key & 7) !== WireType.LENGTH) throw this.#wrongWireType(key)
    const end = this.#readVarint32('length') + this.#offset
    if (end > this.#bytes.length) throw this.#truncated()
    return end
  }

  #readKey(): number {
    const key = this.#readVarint32('key')
    if (key < 8) throw this.failure('ERR_TRUSTP2P_WIRE_MALFORMED', 'the frame holds a field with the number 0')
    return key
  }

  #readInt32(key: number): number {
    if ((key & 7) !== WireType.VARINT) throw this.#wrongWireType(key)
    const start = this.#offset
    this.#skipVarint()
    let value = 0
    // Only the low 32 bits count: a negative int32 is written with 64.
    for (let index = Math.min(this.#offset, start + LONGEST_VARINT32) - 1; index >= start; index--) {
      value = (value << 7) | ((this.#bytes[index] ?? 0) & 0x7f)
    }
    return value
  }

  #readVarint32(what: string): number {
    const first = this.#bytes[this.#offset] ?? 0x80
    if (first < 0x80) {
      this.#offset += 1
      return first
    }
    const start = this.#offset
    this.#skipVarint()
    const size = this.#offset - start
    let value = 0
    for (let index = size - 1; index >= 0; index--) value = value * 0x80 + ((this.#bytes[start + index] ?? 0) & 0x7f)
    if (size > LONGEST_VARINT32 || value > 0xffffffff) {
      throw this.failure('ERR_TRUSTP2P_WIRE_MALFORMED', `a ${what} in the frame has more than 32 bits`)
    }
    return value
  }

  #skipVarint(): void {
    for (let size = 0; size < LONGEST_VARINT64; size++) {
      const byte = this.#bytes[this.#offset]
      if (byte === undefined) throw this.#truncated()
      this.#offset += 1
      if (byte < 0x80) return
    }
    throw this.failure('ERR_TRUSTP2P_WIRE_MALFORMED', 'a varint in the frame is longer than 10 bytes')
  }

  #skip(key: number, depth: number): void {
    if (depth > DEEPEST_GROUP) {
      throw this.failure('ERR_TRUSTP2P_WIRE_MALFORMED', `the frame nests groups deeper than ${DEEPEST_GROUP}`)
    }
    switch (key & 7) {
      case WireType.VARINT:
        this.#skipVarint()
        return
      case WireType.FIXED64:
        this.#advance(8)
        return
      case WireType.LENGTH:
        this.#offset = this.#readLength(key)
        return
      case WireType.GROUP_START:
        this.#skipGroup(key, depth)
        return
      case WireType.FIXED32:
        this.#advance(4)
        return
      default:
        throw this.#wrongWireType(key)
    }
  }

  #skipGroup(key: number, depth: number): void {
    let inner = this.#readKey()
    while ((inner & 7) !== WireType.GROUP_END) {
      this.#skip(inner, depth + 1)
      inner = this.#readKey()
    }
    if (inner >>> 3 !== key >>> 3) throw this.#wrongWireType(inner)
  }

  #advance(size: number): void {
    this.#offset += size
    if (this.#offset > this.#bytes.length) throw this.#truncated()
  }

  #truncated(): P2pError {
    return this.failure('ERR_TRUSTP2P_WIRE_TRUNCATED', `the frame of ${this.#bytes.length} bytes ends inside a field`)
  }

  #wrongWireType(key: number): P2pError {
    return this.failure('ERR_TRUSTP2P_WIRE_MALFORMED', `field ${key >>> 3} cannot have the wire type ${key & 7} here`)
  }
}

function hasOwnHead(bytes: Uint8Array): boolean {
  for (let index = 0; index < ownHead.length; index++) if (bytes[index] !== ownHead[index]) return false
  return true
}
