import { errorCode, errorText, isErrorCode, P2pError } from './errors'
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
  readonly opener?: StoreOpener | undefined
  /** It could not be opened: the node goes on with a store in memory. */
  readonly onFailure: (error: P2pError) => void
}

/** Where what a node remembers lies, when it lasts as long as the node alone. */
export const IN_MEMORY = 'memory'

/** The store of a node: opened when something is read or written for the first time; in memory where it cannot be. */
export class NodeStore implements Store {
  readonly #options: NodeStoreOptions
  #opening: Promise<Store> | undefined
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
    assertStoreChanges(changes)
    // The caller may alter its list while the store is opened.
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
    const { opener, onFailure } = this.#options
    try {
      if (opener?.package !== undefined) return await opener.open()
    } catch (cause) {
      onFailure(openFailure(cause))
    }
    this.#isMemory = true
    return new MemoryStore()
  }
}

function openFailure(cause: unknown): P2pError {
  const code = errorCode(cause) ?? ''
  const text = `${errorText(cause)}; until it is started again the node remembers in memory alone`
  return new P2pError(isErrorCode(code) ? code : 'ERR_TRUSTP2P_STORE_FAILED', text, { cause })
}
