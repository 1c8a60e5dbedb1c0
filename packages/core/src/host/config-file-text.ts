import type { TextPlace } from '../config/config-file'
import { MAX_DEPTH } from '../config/plain'

/** A value of a configuration file, and where it stands. */
export interface LocatedValue {
  readonly value: unknown
  /** Of its key; of the value itself where it is an item of a list, or the whole file. In UTF-16 units. */
  readonly offset: number
  /** What it holds, by key or by index; undefined for a value that holds nothing. */
  readonly entries?: ReadonlyMap<string, LocatedValue>
}

/** What is wrong with a text, and where. */
export class TextFault extends Error {
  readonly offset: number

  constructor(offset: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.offset = offset
  }
}

/** Most values of a file, those counted again that an alias of YAML repeats. */
const VALUES = 100_000

/** Builds the values of a file within the limits for it. Throws TextFault. */
export class ValueBuilder {
  #count = 0

  /** To be called for each value before what it holds is read. */
  enter(offset: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new TextFault(offset, `it is nested deeper than ${MAX_DEPTH} levels`)
    if (++this.#count > VALUES) throw new TextFault(offset, `it holds more than ${VALUES} values`)
  }

  plain(value: unknown, offset: number): LocatedValue {
    return { value, offset }
  }

  list(items: readonly LocatedValue[], offset: number): LocatedValue {
    const entries = new Map(items.map((item, index) => [String(index), item]))
    return { value: items.map(({ value }) => value), offset, entries }
  }

  object(entries: ReadonlyMap<string, LocatedValue>, offset: number): LocatedValue {
    // Unlike an assignment this gives an object a key `__proto__` of its own, which is refused later.
    return { value: Object.fromEntries([...entries].map(([key, { value }]) => [key, value])), offset, entries }
  }
}

/** Where the key of a path stands, or the nearest one around it. */
export function offsetOf(root: LocatedValue, path: readonly string[]): number {
  let at = root
  for (const key of path) {
    const next = at.entries?.get(key)
    if (next === undefined) break
    at = next
  }
  return at.offset
}

/** Gives a function that tells the place of an offset. */
export function placesOf(text: string): (offset: number) => TextPlace {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)]
  return (offset) => {
    const line = countUpTo(starts, offset)
    return { line, column: offset - (starts[line - 1] ?? 0) + 1 }
  }
}

/** How many of the rising numbers are not above `most`. */
function countUpTo(numbers: readonly number[], most: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? Infinity) <= most) low = middle + 1
    else high = middle
  }
  return low
}

/** The text of UTF-8 bytes, or where they are none, the longest text that they begin with. */
export function validText(bytes: Uint8Array): { readonly text: string; readonly isWhole: boolean } {
  const whole = decoded(bytes, false)
  if (whole !== undefined) return { text: whole, isWhole: true }
  let [low, high] = [0, bytes.length]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (decoded(bytes.subarray(0, middle), true) === undefined) high = middle - 1
    else low = middle
  }
  return { text: decoded(bytes.subarray(0, low), true) ?? '', isWhole: false }
}

/** Gives undefined for bytes that are no UTF-8; a character may be cut at the end where more could come. */
function decoded(bytes: Uint8Array, stream: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream })
  } catch {
    return undefined
  }
}
