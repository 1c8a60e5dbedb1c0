import { LENGTH_BYTES, headerBytes, readHeader, writeHeader } from '../wire/frame-length'
import type { CipherState } from './cipher-state'

const TAG_BYTES = 16

/** How much longer a frame is at most when it is sealed alone: a driver's longest frame holds so much less. */
export const SEAL_BYTES = TAG_BYTES + LENGTH_BYTES

/** Frames share a record up to this length, as long as a message of Noise: what one record makes of work has an end. */
export const RECORD_BYTES = 65_535

/**
 * Seals frames: each behind its length, several of them in one record.
 * @param mostBytes longest record that frames may share; a single frame may be longer
 */
export function sealFrames(cipher: CipherState, frames: readonly Uint8Array[], mostBytes: number): Uint8Array[] {
  const [first] = frames
  if (first !== undefined && frames.length === 1) {
    return [seal(cipher, frames, TAG_BYTES + headerBytes(first.length) + first.length)]
  }
  return sealSeveral(cipher, frames, mostBytes)
}

function sealSeveral(cipher: CipherState, frames: readonly Uint8Array[], mostBytes: number): Uint8Array[] {
  const records: Uint8Array[] = []
  let first = 0
  let bytes = TAG_BYTES
  frames.forEach((frame, index) => {
    const more = headerBytes(frame.length) + frame.length
    if (index > first && bytes + more > mostBytes) {
      records.push(seal(cipher, frames.slice(first, index), bytes))
      first = index
      bytes = TAG_BYTES
    }
    bytes += more
  })
  if (first < frames.length) records.push(seal(cipher, frames.slice(first), bytes))
  return records
}

/** Up to this length the text of a record needs no buffer of its own. */
const SCRATCH_BYTES = 2_048

/** One for all short texts: each is sealed, and so used up, before the next one is put together. */
const SCRATCH = new Uint8Array(SCRATCH_BYTES)

function seal(cipher: CipherState, frames: readonly Uint8Array[], recordBytes: number): Uint8Array {
  const textBytes = recordBytes - TAG_BYTES
  const text = textBytes > SCRATCH_BYTES ? new Uint8Array(textBytes) : SCRATCH.subarray(0, textBytes)
  let used = 0
  for (const frame of frames) {
    used = writeHeader(text, used, frame.length)
    text.set(frame, used)
    used += frame.length
  }
  return cipher.seal(text)
}

/**
 * Opens a record, and hands on its frames: views of one buffer, which are the receiver's to keep. Gives how many they are;
 * 0, with nothing handed on, where it is not the next record, as the peer sealed it, or holds something else than frames,
 * or several where it is longer than RECORD_BYTES.
 */
export function openFrames(cipher: CipherState, record: Uint8Array, onFrame: (frame: Uint8Array) => void): number {
  const text = cipher.open(record)
  const count = text === undefined ? 0 : framesIn(text)
  if (text === undefined || count === 0 || (count > 1 && record.length > RECORD_BYTES)) return 0
  for (let offset = 0; offset < text.length;) {
    const length = readHeader(text, offset)
    const start = offset + headerBytes(length)
    offset = start + length
    onFrame(text.subarray(start, offset))
  }
  return count
}

/** How many frames a text is made of; 0 where it is made of anything else. */
function framesIn(text: Uint8Array): number {
  let count = 0
  let offset = 0
  for (; offset < text.length; count++) {
    const length = readHeader(text, offset)
    if (length < 0) return 0
    offset += headerBytes(length) + length
  }
  return offset === text.length ? count : 0
}
