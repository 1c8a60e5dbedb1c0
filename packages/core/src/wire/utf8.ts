// Below this many characters a loop over char codes beats the call into TextEncoder and TextDecoder.
const LONGEST_LOOP = 48

const encoder = new TextEncoder()
// ignoreBOM: a byte order mark is text like any other and stays.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Gives the number of bytes that a text takes as UTF-8 (RFC 3629), or -1 for a text with a lone surrogate, which has
 * no encoding.
 */
export function utf8Size(text: string): number {
  let size = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    if (unit < 0x800) size += 1
    else if (unit < 0xd800 || unit > 0xdfff) size += 2
    else {
      const next = text.charCodeAt(index + 1)
      if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return -1
      size += 2
      index += 1
    }
  }
  return size
}

/** Writes a text of which the size is known. Gives false where it does not fit into `size` bytes exactly. */
export function writeUtf8(text: string, size: number, target: Uint8Array, offset: number): boolean {
  if (size > LONGEST_LOOP || text.length !== size) {
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

/** Reads the bytes from `start` to `end` as UTF-8. Throws a TypeError where they are none. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= LONGEST_LOOP) {
    let text = ''
    let index = start
    for (; index < end; index++) {
      const byte = bytes[index] ?? 0x80
      if (byte > 0x7f) break
      text += String.fromCharCode(byte)
    }
    if (index === end) return text
  }
  return decoder.decode(bytes.subarray(start, end))
}
