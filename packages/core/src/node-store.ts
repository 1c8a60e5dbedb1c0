import { withDeadline } from './deadline'
import { errorCode, errorText, isErrorCode, P2pError } from './errors'
import type { Clock } from './kit'
import { assertStoreChanges, MemoryStore, storeClosed } from './store'
import type { Store, StoreChange, StoreEntriesOptions } from './store'

/** Where a node's store comes from: what `config.store` names, in its state folder. */
export interface StoreOpener {
  /** The package that it is of; undefined where none is found, and nobody named one. */
  readonly package: string | undefined
  /** Opens it. Called once at most. */
  open(): Promise<Store>
  /** True where nothing was ever kept, so that it need not be opened to be read [it may hold something]. */
  isNew?(): Promise<boolean>
}

export interface NodeStoreOptions {
  readonly clock: Clock
  readonly opener?: StoreOpener | undefined
  /** It could not be opened: the node goes on with a store in memory. */
  readonly onFailure: (error: P2pError) => void
}

/** Where what a node remembers lies, when it lasts as long as the node alone. */
export const IN_MEMORY = 'memory'

/** Longest wait for a store to be opened, in ms: long enough for one that recovers on a slow disk. */
export const STORE_OPEN_MS = 30_000

/** The store of a node: opened when something is read or written for the first time; in memory where it cannot be. */
export class NodeStore implements Store {
  readonly #options: NodeStoreOptions
  #opening: Promise<Store> | undefined
  /** What was opened. */
  #store: Store | undefined
  #isMemory = false
  #closing: Promise<void> | undefined

  constructor(options: NodeStoreOptions) {
    this.#options = options
  }

  /** The package that keeps it, or would once something is written; `memory` where none does. */
  get place(): string {
    return (this.#isMemory ? undefined : this.#options.opener?.package) ?? IN_MEMORY
  }

  /** True where nothing can be in it: it is in memory, or was never used. */
  async isNew(): Promise<boolean> {
    if (this.place === IN_MEMORY) return true
    return this.#opening === undefined && (await this.#options.opener?.isNew?.()) === true
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.#opened()).get(key)
  }

  async write(changes: readonly StoreChange[]): Promise<void> {
    if (this.#store !== undefined && this.#closing === undefined) return this.#store.write(changes)
    assertStoreChanges(changes)
    // The caller may alter its list, and its values, while the store is opened.
    const copies = changes.map(({ key, value }) => ({ key, value: value && new Uint8Array(value) }))
    return (await this.#opened()).write(copies)
  }

  async *entries(prefix: string, options?: StoreEntriesOptions): AsyncGenerator<[key: string, value: Uint8Array]> {
    yield* (await this.#opened()).entries(prefix, options)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const opening = this.#opening
    this.#opening = undefined
    await (await opening)?.close()
  }

  #opened(): Promise<Store> {
    if (this.#closing !== undefined) return Promise.reject(storeClosed())
    this.#opening ??= this.#open()
    return this.#opening
  }

  async #open(): Promise<Store> {
    this.#store = (await this.#openKept()) ?? new MemoryStore()
    return this.#store
  }

  /** Undefined where there is none, or it could not be opened. */
  async #openKept(): Promise<Store | undefined> {
    const { clock, opener, onFailure } = this.#options
    try {
      if (opener?.package !== undefined) return await openInTime(opener, clock)
    } catch (cause) {
      onFailure(openFailure(cause))
    }
    this.#isMemory = true
    return undefined
  }
}

function openInTime(opener: StoreOpener, clock: Clock): Promise<Store> {
  return withDeadline(opener.open(), {
    clock,
    ms: STORE_OPEN_MS,
    expired: () => openTimeout(opener.package),
    // Nobody waits for it any more, nor hears how its end fails.
    onLate: (store) => void store.close().catch(() => undefined)
  })
}

function openTimeout(name: string | undefined): P2pError {
  const text = `the store of "${String(name)}" was not open after ${STORE_OPEN_MS} ms: look at its disk, or mend its openStore`
  return new P2pError('ERR_TRUSTP2P_STORE_TIMEOUT', text, { details: { module: name } })
}

function openFailure(cause: unknown): P2pError {
  const code = errorCode(cause) ?? ''
  const text = `${errorText(cause)}; until it is started again the node remembers in memory alone`
  return new P2pError(isErrorCode(code) ? code : 'ERR_TRUSTP2P_STORE_FAILED', text, { cause })
}
