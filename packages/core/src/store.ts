import { P2pError } from './errors'
import { quote } from './wire/quote'
import { utf8Size } from './wire/utf8'

/** The longest key, in bytes of UTF-8. */
export const STORE_KEY_BYTES = 1024
/** The largest value, in bytes. */
export const STORE_VALUE_BYTES = 1024 * 1024
/** The most changes of one write. */
export const STORE_CHANGES = 10_000
/** The largest write: the bytes of its keys and values together. */
export const STORE_WRITE_BYTES = 16 * 1024 * 1024

/** One change of a write. */
export interface StoreChange {
  /** A text of 1 to 1,024 bytes of UTF-8. */
  readonly key: string
  /** What lies under the key from then on, at most 1 MiB; `undefined` removes the key, also where it is not there. */
  readonly value: Uint8Array | undefined
}

/** Which entries are read. */
export interface StoreEntriesOptions {
  /** Begins behind this key, whether it is there or not [with the first]: the last key of one page begins the next. */
  readonly after?: string | undefined
  /** The most entries that are given [all]: an integer of at least 0. */
  readonly limit?: number | undefined
}

/**
 * What a node remembers: bytes under keys. Every method but `close` rejects with `ERR_TRUSTP2P_STORE_CLOSED` once the
 * store is closed. `describeStore` of `@trustp2p/testing` has the tests that every store passes.
 */
export interface Store {
  /**
   * Gives the value of a key, a copy that is the caller's own; `undefined` where there is none. Rejects with
   * `ERR_TRUSTP2P_STORE_KEY_INVALID` for what is no key.
   */
  get(key: string): Promise<Uint8Array | undefined>

  /**
   * Makes all of the changes, in their order, or none; settles once they would outlast a `kill -9` and a loss of power.
   * Keys and values are copied before it returns. Rejects with `ERR_TRUSTP2P_STORE_KEY_INVALID` for what is no key,
   * and with `ERR_TRUSTP2P_STORE_TOO_LARGE` for a value of more than 1 MiB, more than 10,000 changes, or more than
   * 16 MiB in all: then nothing is changed. Writes that overlap are made in the order of their calls.
   */
  write(changes: readonly StoreChange[]): Promise<void>

  /**
   * Gives the entries whose keys begin with a prefix, `''` for all, in the order of their keys (by code point, which is
   * that of their UTF-8 bytes), as they were at its first step: later writes do not show. Values are the caller's own.
   */
  entries(prefix: string, options?: StoreEntriesOptions): AsyncIterable<[key: string, value: Uint8Array]>

  /** Ends it once the writes that were asked for are made. Harmless when it is closed. */
  close(): Promise<void>
}

/** A store that lasts as long as the process: for nodes without a folder, and for tests. */
export class MemoryStore implements Store {
  readonly #values = new Map<string, Uint8Array>()
  /** The keys in order; undefined since one came or went. */
  #sorted: readonly string[] | undefined
  #isClosed = false

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#assertOpen()
    assertStoreKey(key)
    const value = this.#values.get(key)
    return Promise.resolve(value && new Uint8Array(value))
  }

  async write(changes: readonly StoreChange[]): Promise<void> {
    this.#assertOpen()
    assertStoreChanges(changes)
    for (const { key, value } of changes) this.#change(key, value)
    return Promise.resolve()
  }

  async *entries(prefix: string, options: StoreEntriesOptions = {}): AsyncGenerator<[key: string, value: Uint8Array]> {
    this.#assertOpen()
    for (const [key, value] of this.#select(prefix, options)) {
      this.#assertOpen()
      yield await Promise.resolve<[string, Uint8Array]>([key, new Uint8Array(value)])
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#values.clear()
    this.#sorted = undefined
    return Promise.resolve()
  }

  #change(key: string, value: Uint8Array | undefined): void {
    const had = this.#values.has(key)
    if (had !== (value !== undefined)) this.#sorted = undefined
    if (value === undefined) this.#values.delete(key)
    else this.#values.set(key, new Uint8Array(value))
  }

  /** The entries of this moment: a write puts another value in the place of one, and alters none. */
  #select(prefix: string, options: StoreEntriesOptions): [string, Uint8Array][] {
    const { after, limit } = assertStoreRange(prefix, options)
    const entries: [string, Uint8Array][] = []
    this.#sorted ??= [...this.#values.keys()].sort(compareKeys)
    for (const key of this.#sorted) {
      if (entries.length >= limit) break
      const value = this.#values.get(key)
      if (value !== undefined && key.startsWith(prefix) && (after === undefined || compareKeys(key, after) > 0)) {
        entries.push([key, value])
      }
    }
    return entries
  }

  #assertOpen(): void {
    if (this.#isClosed) throw storeClosed()
  }
}

/** Throws `ERR_TRUSTP2P_STORE_KEY_INVALID` for what is no key of a store, and a TypeError for what is no text. */
export function assertStoreKey(key: string): void {
  if (typeof key !== 'string') throw new TypeError(`a key of a store is a text, not ${typeof key}`)
  const problem = findKeyProblem(key)
  if (problem === undefined) return
  throw new P2pError('ERR_TRUSTP2P_STORE_KEY_INVALID', `the key ${quote(key)} of a store ${problem}`)
}

/**
 * Throws `ERR_TRUSTP2P_STORE_KEY_INVALID` or `ERR_TRUSTP2P_STORE_TOO_LARGE` for changes that no store makes, and a
 * TypeError for what are no changes. Gives the bytes of all keys and values. For those who implement a store.
 */
export function assertStoreChanges(changes: readonly StoreChange[]): number {
  if (!isList(changes)) throw new TypeError('the changes of a write to a store are a list')
  if (changes.length > STORE_CHANGES) {
    throw tooLarge(`a write of ${changes.length} changes`, `${STORE_CHANGES} changes: write them in parts`)
  }
  let bytes = 0
  for (const { key, value } of changes) {
    assertStoreKey(key)
    bytes += utf8Size(key) + valueSize(key, value)
  }
  if (bytes <= STORE_WRITE_BYTES) return bytes
  throw tooLarge(`a write of ${bytes} bytes`, `${STORE_WRITE_BYTES} bytes: write them in parts`)
}

/** Checks what entries are asked with, and gives it complete. For those who implement a store. */
export function assertStoreRange(
  prefix: string,
  { after, limit = Infinity }: StoreEntriesOptions
): { after: string | undefined; limit: number } {
  if (typeof prefix !== 'string') throw new TypeError(`the prefix of entries is a text, not ${typeof prefix}`)
  if (after !== undefined && typeof after !== 'string') throw new TypeError(`after is a text, not ${typeof after}`)
  if (limit !== Infinity && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new RangeError(`limit is an integer of at least 0, not ${String(limit)}`)
  }
  return { after, limit }
}

/** The error of a store that is closed. */
export function storeClosed(): P2pError {
  return new P2pError('ERR_TRUSTP2P_STORE_CLOSED', 'the store is closed')
}

/** Compares keys by code point. UTF-16 alone differs from that: there a surrogate is less than U+E000 and above. */
function compareKeys(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  for (let index = 0; index < length; index++) {
    const difference = rankOf(one.charCodeAt(index)) - rankOf(other.charCodeAt(index))
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

function rankOf(unit: number): number {
  if (unit < 0xd800) return unit
  return unit > 0xdfff ? unit - 0x800 : unit + 0x2000
}

function isList(value: unknown): boolean {
  return Array.isArray(value)
}

function findKeyProblem(key: string): string | undefined {
  if (key === '') return 'is empty'
  if (!isText(key)) return 'holds half of a surrogate pair, which UTF-8 has no bytes for'
  const bytes = utf8Size(key)
  return bytes > STORE_KEY_BYTES ? `has ${bytes} bytes, more than ${STORE_KEY_BYTES}: shorten it` : undefined
}

function isText(key: string): boolean {
  return !/\p{Surrogate}/u.test(key)
}

function valueSize(key: string, value: Uint8Array | undefined): number {
  if (value === undefined) return 0
  if (Object.prototype.toString.call(value) !== '[object Uint8Array]') {
    throw new TypeError(`the value of ${quote(key)} is a Uint8Array or undefined`)
  }
  if (value.byteLength <= STORE_VALUE_BYTES) return value.byteLength
  throw tooLarge(`the value of ${quote(key)}, ${value.byteLength} bytes,`, `${STORE_VALUE_BYTES} bytes: split it`)
}

function tooLarge(what: string, most: string): P2pError {
  return new P2pError('ERR_TRUSTP2P_STORE_TOO_LARGE', `${what} is more than a store takes at once, ${most}`)
}
