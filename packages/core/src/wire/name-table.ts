import { readUtf8 } from './utf8'

const SLOTS = 256
const LONGEST_NAME = 64

/** Names that were read, by the hash of their bytes. A peer cannot make it grow: a newer name takes the slot. */
const names: string[] = new Array<string>(SLOTS).fill('')

/**
 * Reads a short text of which the same few come again and again, such as an event: the string that was made the last
 * time is given back, of which the engine knows the hash, so that looking it up in a Map is cheap too.
 * Throws a TypeError for what is not UTF-8.
 */
export function readName(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > LONGEST_NAME) return readUtf8(bytes, start, end)
  const slot = slotOf(bytes, start, end)
  const known = names[slot] ?? ''
  if (isText(known, bytes, start, end)) return known
  const name = readUtf8(bytes, start, end)
  // As long in characters as in bytes: ASCII, so that comparing char codes with bytes later means what it says.
  if (name.length === end - start) names[slot] = name
  return name
}

/** FNV-1a, folded to the number of slots. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193)
  return (hash ^ (hash >>> 16)) & (SLOTS - 1)
}

function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let index = start; index < end; index++) {
    if (text.charCodeAt(index - start) !== bytes[index]) return false
  }
  return true
}
