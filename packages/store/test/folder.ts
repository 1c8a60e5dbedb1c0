import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from 'trustp2p'
import { openStore } from '../src'

/** A folder of its own for each test of a file, and the stores that were opened in it. */
export class Folder {
  path = ''
  readonly #opened: Store[] = []

  constructor() {
    beforeEach(() => {
      this.path = mkdtempSync(join(tmpdir(), 'trustp2p-store-'))
    })
    afterEach(async () => {
      await Promise.all(this.#opened.splice(0).map((store) => store.close()))
      rmSync(this.path, { recursive: true, force: true })
    })
  }

  /** Opens a store below the folder. */
  async open(name = 'store'): Promise<Store> {
    const store = await openStore(join(this.path, name))
    this.#opened.push(store)
    return store
  }
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The keys of a store, in order. */
export async function keysOf(store: Store): Promise<string[]> {
  const keys: string[] = []
  for await (const [key] of store.entries('')) keys.push(key)
  return keys
}
