import { headerBytes, writeHeader } from '../../wire/frame-length'
import { GATHERED_BYTES } from '../net/gathered-bytes'

/** The frames of one tick, in the fewest pieces that need no copy of a long frame. */
export class FrameBatch {
  #parts: Uint8Array[] = []
  /** With their headers. */
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** Adds a frame: its length, then its bytes. */
  addFrame(frame: Uint8Array): void {
    this.#parts.push(frame)
    this.#bytes += headerBytes(frame.length) + frame.length
  }

  /** Gives what is to be written, in order, and is empty from then on. */
  take(): Uint8Array[] {
    const frames = this.#parts
    this.#parts = []
    this.#bytes = 0
    return gather(frames)
  }
}

function gather(frames: readonly Uint8Array[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let room = Buffer.allocUnsafe(gatheredBytes(frames))
  let used = 0
  for (const frame of frames) {
    used = writeHeader(room, used, frame.length)
    if (frame.length <= GATHERED_BYTES) {
      room.set(frame, used)
      used += frame.length
      continue
    }
    pieces.push(room.subarray(0, used), frame)
    room = room.subarray(used)
    used = 0
  }
  if (used > 0) pieces.push(room.subarray(0, used))
  return pieces
}

function gatheredBytes(frames: readonly Uint8Array[]): number {
  let bytes = 0
  for (const { length } of frames) bytes += headerBytes(length) + (length <= GATHERED_BYTES ? length : 0)
  return bytes
}
