import { P2pError } from '../errors'
import { assertStoreChanges, assertStoreKey } from '../store'
import type { Store } from '../store'
import { utf8Size } from '../wire/utf8'
import type { StorePage, StoreRange, StoreSpace } from './thread-store'
import type { ThreadLimits } from './thread-limits'

/** What an entry counts beside its key and its value: it bounds how many small ones there are. */
const ENTRY_BYTES = 64
/** A page ends with the entry that brings it to so many characters. */
const PAGE_CHARACTERS = 256 * 1024

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Where the threads of a node keep their values: each in a space of its own, as long as the node lives. */
export class StoreSpaces {
  readonly #store: Store
  readonly #limits: Pick<ThreadLimits, 'threadStoreBytes'>
  readonly #spaces = new Map<string, StoreSpace>()

  constructor(store: Store, limits: Pick<ThreadLimits, 'threadStoreBytes'>) {
    this.#store = store
    this.#limits = limits
  }

  /** The space of a thread, the same for all of its versions. */
  of(thread: string): StoreSpace {
    const space = this.#spaces.get(thread) ?? new CountedSpace(this.#store, thread, this.#limits)
    this.#spaces.set(thread, space)
    return space
  }
}

/** The sizes of all values of a thread, by key: what its quota is counted by. */
interface Sizes {
  readonly byKey: Map<string, number>
  total: number
}

class CountedSpace implements StoreSpace {
  readonly #store: Store
  readonly #thread: string
  readonly #limits: Pick<ThreadLimits, 'threadStoreBytes'>
  /** Read when something is written for the first time, and again after a write that failed. */
  #sizes: Promise<Sizes> | undefined

  constructor(store: Store, thread: string, limits: Pick<ThreadLimits, 'threadStoreBytes'>) {
    this.#store = store
    this.#thread = thread
    this.#limits = limits
  }

  async read(key: string): Promise<string | undefined> {
    assertStoreKey(key)
    const value = await this.#store.get(this.#fullKey(key))
    return value && decoder.decode(value)
  }

  async write(key: string, text: string | undefined): Promise<void> {
    assertStoreKey(key)
    const change = { key: this.#fullKey(key), value: text === undefined ? undefined : encoder.encode(text) }
    assertStoreChanges([change])
    this.#sizes ??= this.#readSizes()
    const sizes = this.#sizes
    try {
      if (this.#count(await sizes, key, change.value)) await this.#store.write([change])
    } catch (error) {
      if (this.#sizes === sizes && !isQuotaError(error)) this.#sizes = undefined
      throw error
    }
  }

  async page(prefix: string, { after, limit }: StoreRange): Promise<StorePage> {
    const range = { limit, ...(after !== undefined && { after: this.#fullKey(after) }) }
    const entries: [string, string][] = []
    let characters = 0
    for await (const [key, value] of this.#store.entries(this.#fullKey(prefix), range)) {
      const text = decoder.decode(value)
      entries.push([key.slice(this.#fullKey('').length), text])
      characters += text.length
      if (characters >= PAGE_CHARACTERS) return { entries, hasMore: true }
    }
    return { entries, hasMore: entries.length === limit }
  }

  /** Counts a change before it is made; gives false for one that changes nothing. */
  #count(sizes: Sizes, key: string, value: Uint8Array | undefined): boolean {
    const before = sizes.byKey.get(key) ?? 0
    if (value === undefined && before === 0) return false
    const after = value === undefined ? 0 : sizeOf(key, value)
    const total = sizes.total + after - before
    if (total > this.#limits.threadStoreBytes && after > before) throw this.#overQuota(total)
    sizes.total = total
    if (value === undefined) sizes.byKey.delete(key)
    else sizes.byKey.set(key, after)
    return true
  }

  async #readSizes(): Promise<Sizes> {
    const sizes: Sizes = { byKey: new Map(), total: 0 }
    const prefix = this.#fullKey('')
    for await (const [fullKey, value] of this.#store.entries(prefix)) {
      const key = fullKey.slice(prefix.length)
      const size = sizeOf(key, value)
      sizes.byKey.set(key, size)
      sizes.total += size
    }
    return sizes
  }

  #overQuota(total: number): P2pError {
    const what = `the thread ${this.#thread} would keep ${total} bytes in the store`
    const text = `${what}, more than ${this.#limits.threadStoreBytes}: delete some, or raise limits.threadStoreBytes`
    return new P2pError('ERR_TRUSTP2P_STORE_QUOTA', text, { details: { thread: this.#thread } })
  }

  #fullKey(key: string): string {
    return `thread/${this.#thread}/${key}`
  }
}

function sizeOf(key: string, value: Uint8Array): number {
  return utf8Size(key) + value.length + ENTRY_BYTES
}

function isQuotaError(error: unknown): boolean {
  return error instanceof P2pError && error.code === 'ERR_TRUSTP2P_STORE_QUOTA'
}
