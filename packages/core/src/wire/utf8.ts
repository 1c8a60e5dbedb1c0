import { quote } from './quote'

/** A loop over char codes beats the call into TextEncoder up to this length, and into TextDecoder up to the next. */
const LONGEST_WRITE_LOOP = 128
const LONGEST_READ_LOOP = 24

const encoder = new TextEncoder()
// ignoreBOM: a byte order mark is text like any other, and stays.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Gives the bytes that a text takes as UTF-8 (RFC 3629). Throws a TypeError for a lone surrogate, which has no bytes. */
export function utf8Size(text: string): number {
  let size = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    if (unit < 0x800) size += 1
    else {
      size += 2
      if (unit >= 0xd800 && unit <= 0xdfff && !isPair(unit, text.charCodeAt(++index))) {
        throw new TypeError(`the text ${quote(text)} holds a lone surrogate, which UTF-8 has no bytes for`)
      }
    }
  }
  return size
}

function isPair(high: number, low: number): boolean {
  return high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff
}

/** Writes a text that takes `size` bytes. Gives false where it takes another number of them. */
export function writeUtf8(target: Uint8Array, offset: number, text: string, size: number): boolean {
  if (size > LONGEST_WRITE_LOOP || text.length !== size) {
    const { read, written } = encoder.encodeInto(text, target.subarray(offset, offset + size))
    return read === text.length && written === size
  }
  for (let index = 0; index < size; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) return false
    target[offset + index] = unit
  }
  return true
}

/** Gives a part of the bytes without copying: always a plain Uint8Array, which `subarray` of a Buffer is not. */
export function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
}

/** Reads the bytes from `start` to `end` as UTF-8. Throws a TypeError where they are none. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > LONGEST_READ_LOOP) return decoder.decode(viewOf(bytes, start, end))
  let text = ''
  for (let index = start; index < end; index++) {
    const byte = bytes[index] ?? 0
    if (byte > 0x7f) return decoder.decode(viewOf(bytes, start, end))
    text += String.fromCharCode(byte)
  }
  return text
}
