import { LENGTH_BYTES } from '../../wire/frame-length'

/**
 * What goes before a control frame: a zero in two bytes, which no length is written as, since a length has its
 * shortest form. Kind and length follow in one byte each, then as many bytes as that says.
 */
const CONTROL_MARK = [0x80, 0x00] as const
const CONTROL_HEADER_BYTES = 4

/** Most bytes of what a control frame carries: as in a WebSocket (RFC 6455, 5.5). */
const CONTROL_BYTES = 125

/** Kinds of control frames; a receiver passes over those that it does not know. */
export const ControlKind = { CLOSE: 1, PING: 2, PONG: 3 } as const

/** Bytes of a ping or a pong, which carry nothing. */
export const EMPTY_CONTROL_BYTES = CONTROL_HEADER_BYTES

/** What follows on the stream is of no use. */
export class FrameFormatError extends Error {}

/** A length is larger than allowed. */
export class FrameLengthError extends FrameFormatError {}

/** Makes a control frame of a `kind` of ControlKind. */
export function controlFrame(kind: number, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(CONTROL_HEADER_BYTES + payload.length)
  bytes.set([...CONTROL_MARK, kind, payload.length])
  bytes.set(payload, CONTROL_HEADER_BYTES)
  return bytes
}

/** Who is told of the frames of a stream. */
export interface FrameReceiver {
  /** The bytes may be a view of what was pushed. */
  onFrame(bytes: Uint8Array): void
  onControl(kind: number, payload: Uint8Array): void
}

/** Room for the first bytes of a frame that does not come in one piece. */
const FIRST_ROOM_BYTES = 1_024

/** How much larger room becomes when it is full: the bytes of a long frame are copied 1.3 times. */
const ROOM_GROWTH = 4

type Awaited = 'length' | 'kind' | 'controlLength' | 'body'

/**
 * Finds the frames in a byte stream. A length is checked before anything of its frame is kept; room is taken as the
 * bytes come, at most four times as much, into one buffer: a frame that comes byte by byte takes no more than one that
 * comes whole.
 */
export class FrameParser {
  readonly #frameBytes: number
  readonly #receiver: FrameReceiver
  #awaited: Awaited = 'length'
  /** Of the frame or the control frame, as far as it is known. */
  #length = 0
  #lengthBytes = 0
  /** Of the control frame whose bytes come. */
  #kind: number | undefined
  /** The bytes of a frame that came in several pieces. */
  #room: Uint8Array | undefined
  #roomUsed = 0

  /** @param frameBytes longest frame */
  constructor(frameBytes: number, receiver: FrameReceiver) {
    this.#frameBytes = frameBytes
    this.#receiver = receiver
  }

  /** Tells of the frames that end in these bytes. Throws a FrameFormatError for what is no frame. */
  push(chunk: Uint8Array): void {
    let offset = 0
    while (offset < chunk.length) {
      offset = this.#awaited === 'body' ? this.#takeBody(chunk, offset) : this.#takeByte(chunk[offset] ?? 0, offset)
    }
  }

  #takeByte(byte: number, offset: number): number {
    if (this.#awaited === 'length') this.#readLength(byte)
    else if (this.#awaited === 'kind') this.#readKind(byte)
    else this.#readControlLength(byte)
    if (this.#awaited === 'body' && this.#length === 0) this.#finish(EMPTY)
    return offset + 1
  }

  #readLength(byte: number): void {
    this.#length |= (byte & 0x7f) << (7 * this.#lengthBytes++)
    const isLast = byte <= 0x7f
    if (this.#length > this.#frameBytes || (!isLast && this.#lengthBytes === LENGTH_BYTES)) {
      throw new FrameLengthError(`a frame is longer than ${this.#frameBytes} bytes (limits.frameBytes)`)
    }
    if (!isLast) return
    this.#awaited = byte === 0 && this.#lengthBytes > 1 ? this.#afterMark() : 'body'
    this.#lengthBytes = 0
  }

  #afterMark(): Awaited {
    if (this.#length === 0 && this.#lengthBytes === CONTROL_MARK.length) return 'kind'
    throw new FrameFormatError('the length of a frame is not in its shortest form')
  }

  #readKind(byte: number): void {
    this.#kind = byte
    this.#awaited = 'controlLength'
  }

  #readControlLength(byte: number): void {
    if (byte > CONTROL_BYTES) throw new FrameFormatError(`a control frame is longer than ${CONTROL_BYTES} bytes`)
    this.#length = byte
    this.#awaited = 'body'
  }

  /** Gives the offset behind what was taken. */
  #takeBody(chunk: Uint8Array, offset: number): number {
    const end = offset + this.#length - this.#roomUsed
    if (this.#room === undefined && end <= chunk.length) this.#finish(chunk.subarray(offset, end))
    else this.#keep(chunk.subarray(offset, end))
    return Math.min(end, chunk.length)
  }

  #keep(part: Uint8Array): void {
    const used = this.#roomUsed + part.length
    if (this.#room === undefined || this.#room.length < used) this.#grow(used)
    this.#room?.set(part, this.#roomUsed)
    this.#roomUsed = used
    if (used === this.#length && this.#room !== undefined) this.#finish(this.#room)
  }

  #grow(used: number): void {
    const room = new Uint8Array(Math.min(this.#length, Math.max(FIRST_ROOM_BYTES, ROOM_GROWTH * used)))
    if (this.#room !== undefined) room.set(this.#room.subarray(0, this.#roomUsed))
    this.#room = room
  }

  #finish(bytes: Uint8Array): void {
    const kind = this.#kind
    this.#awaited = 'length'
    this.#length = 0
    this.#kind = undefined
    this.#room = undefined
    this.#roomUsed = 0
    if (kind === undefined) this.#receiver.onFrame(bytes)
    else this.#receiver.onControl(kind, bytes)
  }
}

const EMPTY = new Uint8Array(0)
