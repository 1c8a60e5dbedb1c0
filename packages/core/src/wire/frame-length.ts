/** Longest length in bytes: 2^28 - 1, which no limit exceeds, fits into four. */
export const LENGTH_BYTES = 4

/** How many bytes the length before a frame takes. */
export function headerBytes(length: number): number {
  if (length < 0x80) return 1
  if (length < 0x4000) return 2
  return length < 0x20_0000 ? 3 : LENGTH_BYTES
}

/** Writes the length of a frame, a varint, the low seven bits first; gives the offset behind it. */
export function writeHeader(target: Uint8Array, offset: number, length: number): number {
  let left = length
  while (left > 0x7f) {
    target[offset++] = (left & 0x7f) | 0x80
    left >>>= 7
  }
  target[offset++] = left
  return offset
}

/** Reads what writeHeader writes. Gives -1 for anything else: not in its shortest form, too long, cut off. */
export function readHeader(bytes: Uint8Array, offset: number): number {
  let length = 0
  for (let index = 0; index < LENGTH_BYTES; index++) {
    const byte = bytes[offset + index]
    if (byte === undefined) return -1
    length |= (byte & 0x7f) << (7 * index)
    if (byte <= 0x7f) return byte === 0 && index > 0 ? -1 : length
  }
  return -1
}
