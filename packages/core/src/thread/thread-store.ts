import { assertStoreRange } from '../store'
import type { StoreEntriesOptions } from '../store'
import { encodeBody } from '../wire/body'

/** Most entries that are read at once. */
const PAGE_ENTRIES = 100

/**
 * What a thread keeps: JSON values under keys of its own, which no other thread sees. It lasts over a reload, and over a
 * restart of the node where that has a store. A key is a text of 1 to 1,024 bytes of UTF-8, less the bytes of
 * `thread/<name>/`, which stands before it in the store. Every method rejects with ERR_TRUSTP2P_STORE_KEY_INVALID for what
 * is no key, and with ERR_TRUSTP2P_STORE_CLOSED once the node has closed.
 */
export interface ThreadStore {
  /** Gives the value of a key; `undefined` where there is none. */
  get(key: string): Promise<unknown>
  /**
   * Keeps a JSON value, at most 1 MiB of text; settles once it would outlast a `kill -9`. Rejects with
   * ERR_TRUSTP2P_STORE_QUOTA where the thread then had more than `limits.threadStoreBytes`, with
   * ERR_TRUSTP2P_STORE_TOO_LARGE, and with a TypeError for what JSON has no word for.
   */
  put(key: string, value: unknown): Promise<void>
  /** Removes a key; settles as `put` does. Harmless where it is not there. */
  delete(key: string): Promise<void>
  /**
   * Gives the entries whose keys begin with a prefix [all], in the order of their keys (by code point). What is written
   * meanwhile may show or not.
   */
  entries(prefix?: string, options?: StoreEntriesOptions): AsyncIterable<[key: string, value: unknown]>
}

/** Where the values of one thread lie, as JSON text: beside it, or at the other end of a line. */
export interface StoreSpace {
  read(key: string): Promise<string | undefined>
  /** `undefined` removes the key. */
  write(key: string, text: string | undefined): Promise<void>
  /** Gives the first entries of a range, at most `limit`, and whether there may be more of them. */
  page(prefix: string, range: StoreRange): Promise<StorePage>
}

/** The part of a space that is read. */
export interface StoreRange {
  readonly after: string | undefined
  readonly limit: number
}

/** Entries as JSON text. */
export interface StorePage {
  readonly entries: readonly (readonly [key: string, text: string])[]
  readonly hasMore: boolean
}

/** The store of a thread, over the space where its values lie. */
export function createThreadStore(space: StoreSpace, bodyDepth: number): ThreadStore {
  const store: ThreadStore = {
    async get(key) {
      const text = await space.read(key)
      return text === undefined ? undefined : parse(text)
    },
    async put(key, value) {
      await space.write(key, textOf(value, bodyDepth))
    },
    async delete(key) {
      await space.write(key, undefined)
    },
    entries: (prefix = '', options = {}) => entriesOf(space, prefix, options)
  }
  return Object.freeze(store)
}

async function* entriesOf(
  space: StoreSpace,
  prefix: string,
  options: StoreEntriesOptions
): AsyncGenerator<[key: string, value: unknown]> {
  let { after, limit } = assertStoreRange(prefix, options)
  while (limit > 0) {
    const page = await space.page(prefix, { after, limit: Math.min(limit, PAGE_ENTRIES) })
    for (const [key, text] of page.entries) yield [key, parse(text)]
    if (!page.hasMore) return
    limit -= page.entries.length
    after = page.entries.at(-1)?.[0] ?? after
  }
}

function textOf(value: unknown, bodyDepth: number): string {
  if (value === undefined) throw new TypeError('a store keeps JSON values, not undefined: delete the key')
  const text = encodeBody(value, bodyDepth)
  if (typeof text === 'string') return text
  throw new TypeError('a store of a thread keeps JSON values, not bytes: write them as base64')
}

function parse(text: string): unknown {
  return JSON.parse(text)
}
