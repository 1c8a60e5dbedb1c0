/** Longest length in bytes: 2^28 - 1, which no limit exceeds, fits into four. */
const LENGTH_BYTES = 4

/** What follows on the stream is of no use. */
export class FrameLengthError extends Error {}

/** Encodes the length that goes before a frame on a byte stream: a varint, the low seven bits first. */
export function frameHeader(length: number): Uint8Array {
  const bytes: number[] = []
  let left = length
  while (left > 0x7f) {
    bytes.push((left & 0x7f) | 0x80)
    left >>>= 7
  }
  return Uint8Array.of(...bytes, left)
}

/**
 * Finds the frames in a byte stream. A length is checked before anything of its frame is kept, and room is taken only
 * as its bytes come.
 */
export class FrameSplitter {
  readonly #frameBytes: number
  /** The length, as far as it has come. */
  #length = 0
  #lengthBytes = 0
  /** True while the bytes of a frame come, of which `#length` are missing. */
  #inFrame = false
  #parts: Uint8Array[] = []

  /** @param frameBytes longest frame */
  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes
  }

  /** True where the stream may end: not within a frame. */
  get isWhole(): boolean {
    return !this.#inFrame && this.#lengthBytes === 0
  }

  /**
   * Gives the frames that end in these bytes, of which they may be views. Throws a FrameLengthError for a length that
   * is too large.
   */
  *push(bytes: Uint8Array): Generator<Uint8Array, void> {
    let offset = 0
    while (offset < bytes.length) {
      if (!this.#inFrame) {
        this.#readLength(bytes[offset++] ?? 0)
        if (!this.#inFrame || this.#length > 0) continue
      }
      const part = bytes.subarray(offset, offset + this.#length)
      offset += part.length
      const frame = this.#take(part)
      if (frame !== undefined) yield frame
    }
  }

  #readLength(byte: number): void {
    this.#length |= (byte & 0x7f) << (7 * this.#lengthBytes++)
    const isLast = byte <= 0x7f
    if (this.#length > this.#frameBytes || (!isLast && this.#lengthBytes === LENGTH_BYTES)) {
      throw new FrameLengthError(`a frame is longer than ${this.#frameBytes} bytes`)
    }
    if (!isLast) return
    this.#inFrame = true
    this.#lengthBytes = 0
  }

  #take(part: Uint8Array): Uint8Array | undefined {
    this.#length -= part.length
    if (this.#length > 0) {
      this.#parts.push(part)
      return undefined
    }
    this.#inFrame = false
    if (this.#parts.length === 0) return part
    const frame = Buffer.concat([...this.#parts, part])
    this.#parts = []
    return frame
  }
}
