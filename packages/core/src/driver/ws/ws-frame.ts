import { randomFillSync } from 'node:crypto'
import { GATHERED_BYTES } from '../net/gathered-bytes'
import type { ByteSink, OnTaken } from '../net/send-queue'

/** The first byte of a frame that is whole: what it is (RFC 6455, 5.2). */
export const FrameKind = Object.freeze({ BINARY: 0x82, PING: 0x89, PONG: 0x8a })

const MASKED = 0x80
const KEY_BYTES = 4
/** In place of a length: it follows in two bytes, or in eight. */
const LENGTH_IN_2 = 126
const LENGTH_IN_8 = 127
const MOST_IN_2 = 0xffff

const keys = Buffer.alloc(8_192)
let usedKeyBytes = keys.length

/** How the frames of one side leave (decision 0026). Calls back once the system has taken the frame. */
export type WriteFrame = (sink: ByteSink, payload: Uint8Array, onTaken?: OnTaken, kind?: number) => void

/** Writes a message as one frame that is not compressed, as servers do (RFC 6455, 5.2). */
export const writePlainFrame: WriteFrame = (sink, payload, onTaken, kind = FrameKind.BINARY) => {
  const { length } = payload
  const start = headerBytes(length)
  const isGathered = length <= GATHERED_BYTES
  const frame = Buffer.allocUnsafe(isGathered ? start + length : start)
  writeHeader(frame, kind, length, 0)
  if (isGathered) frame.set(payload, start)
  sink.write(frame, isGathered ? onTaken : undefined)
  if (!isGathered) sink.write(payload, onTaken)
}

/** The same with a mask, as clients have to (RFC 6455, 5.3): its key cannot be foretold. */
export const writeMaskedFrame: WriteFrame = (sink, payload, onTaken, kind = FrameKind.BINARY) => {
  const { length } = payload
  const start = headerBytes(length) + KEY_BYTES
  const frame = Buffer.allocUnsafe(start + length)
  writeHeader(frame, kind, length, MASKED)
  const key = nextKey()
  frame.set(key, start - KEY_BYTES)
  for (let index = 0; index < length; index++) {
    frame[start + index] = (payload[index] ?? 0) ^ (key[index % KEY_BYTES] ?? 0)
  }
  sink.write(frame, onTaken)
}

function headerBytes(length: number): number {
  if (length < LENGTH_IN_2) return 2
  return length <= MOST_IN_2 ? 4 : 10
}

function writeHeader(frame: Buffer, kind: number, length: number, mask: number): void {
  frame[0] = kind
  if (length < LENGTH_IN_2) {
    frame[1] = mask | length
  } else if (length <= MOST_IN_2) {
    frame[1] = mask | LENGTH_IN_2
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = mask | LENGTH_IN_8
    frame.writeUIntBE(0, 2, 2)
    frame.writeUIntBE(length, 4, 6)
  }
}

/** Four bytes of chance, good until the next call. */
function nextKey(): Uint8Array {
  if (usedKeyBytes === keys.length) {
    randomFillSync(keys)
    usedKeyBytes = 0
  }
  usedKeyBytes += KEY_BYTES
  return keys.subarray(usedKeyBytes - KEY_BYTES, usedKeyBytes)
}
