import { errorText, P2pError } from '../errors'
import type { Store, StoreChange } from '../store'
import { BOOK_PREFIX } from './book-pages'
import type { PeerBook } from './peer-book'

/** Most changes of one write. */
export const CHANGES_AT_ONCE = 2_000

/** Most changes that wait; later ones are not written until the record changes again. */
export const WAITING_CHANGES = 50_000

type KeptBook = Pick<PeerBook, 'page' | 'restore' | 'settle'>

/** Writes a peer book to a store, behind what happens. */
export class BookKeeper {
  readonly #store: Store
  readonly #book: KeptBook
  readonly #onFailure: (error: P2pError) => void
  /** Keys in the order of their changes. */
  readonly #waiting = new Set<string>()
  #writing: Promise<void> | undefined
  #hasFailed = false

  constructor(store: Store, book: KeptBook, onFailure: (error: P2pError) => void) {
    this.#store = store
    this.#book = book
    this.#onFailure = onFailure
  }

  /** True while something is not written yet. */
  get isBehind(): boolean {
    return this.#waiting.size > 0 || this.#writing !== undefined
  }

  /** The value of a key has changed. */
  mark(key: string): void {
    if (this.#waiting.size < WAITING_CHANGES) this.#waiting.add(key)
  }

  /** Reads all that is there; what is none of the book's, or over, goes with the next write. Rejects as the store does. */
  async load(): Promise<void> {
    for await (const [key, value] of this.#store.entries(BOOK_PREFIX)) {
      if (this.#book.restore(key, value)) this.#waiting.delete(key)
      else this.mark(key)
    }
    this.#book.settle()
  }

  /** Writes what has waited longest, unless a write is under way. Never rejects. */
  write(): Promise<void> {
    if (this.#waiting.size === 0) return this.#writing ?? Promise.resolve()
    this.#writing ??= this.#writeSome().finally(() => (this.#writing = undefined))
    return this.#writing
  }

  /** Writes some values now, and with them what has waited longest. Rejects as the store does; they are written later then. */
  async writeNow(urgent: readonly string[]): Promise<void> {
    const keys = [...new Set([...urgent, ...this.#waiting])].slice(0, CHANGES_AT_ONCE)
    try {
      await this.#writeAll(keys)
    } catch (error) {
      for (const key of keys) this.mark(key)
      throw error
    }
  }

  /** Writes all that waits, as far as the store takes it. Never rejects. */
  async close(): Promise<void> {
    await this.#writing
    this.#hasFailed = false
    while (this.#waiting.size > 0 && !this.#failed) await this.write()
  }

  /** A write may have changed it. */
  get #failed(): boolean {
    return this.#hasFailed
  }

  #writeAll(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#waiting.delete(key)
    return this.#store.write(keys.map((key): StoreChange => ({ key, value: this.#book.page(key) })))
  }

  async #writeSome(): Promise<void> {
    const keys = [...this.#waiting].slice(0, CHANGES_AT_ONCE)
    try {
      await this.#writeAll(keys)
      this.#hasFailed = false
    } catch (error) {
      for (const key of keys) this.mark(key)
      if (!this.#hasFailed) this.#onFailure(unsaved('could not be written, and is tried again', error))
      this.#hasFailed = true
    }
  }
}

/** What it means that a store failed. */
export function unsaved(what: string, cause: unknown): P2pError {
  return new P2pError('ERR_TRUSTP2P_PEERS_UNSAVED', `what is known of peers ${what}: ${errorText(cause)}`, { cause })
}
