import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorCode } from 'trustp2p'
import type { Store, StoreEntriesOptions } from 'trustp2p'

/** The store that the suite is for. */
export interface StoreSubject {
  /** What the title of the suite calls it. */
  readonly name: string
  /** Opens the store of a folder, which is there and empty at first. */
  readonly open: (folder: string) => Promise<Store>
  /** True where what is written is there again once the folder is opened again. */
  readonly lasts: boolean
}

/** A folder for each test, and the stores that were opened in it. */
export class StoreBench {
  readonly #subject: StoreSubject
  readonly #opened: Store[] = []
  #folder = ''

  constructor(subject: StoreSubject) {
    this.#subject = subject
  }

  reset(): void {
    this.#folder = mkdtempSync(join(tmpdir(), 'trustp2p-store-'))
  }

  async open(): Promise<Store> {
    const store = await this.#subject.open(this.#folder)
    this.#opened.push(store)
    return store
  }

  async close(): Promise<void> {
    for (const store of this.#opened.splice(0)) await store.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** The bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** A value as a text; undefined for none. */
export function textOf(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value)
}

/** Writes texts under keys, in one write. */
export async function put(store: Store, texts: Readonly<Record<string, string>>): Promise<void> {
  await store.write(Object.entries(texts).map(([key, text]) => ({ key, value: bytesOf(text) })))
}

/** The entries as `key=text`. */
export async function list(store: Store, prefix = '', options: StoreEntriesOptions = {}): Promise<string[]> {
  const found: string[] = []
  for await (const [key, value] of store.entries(prefix, options)) found.push(`${key}=${textOf(value)}`)
  return found
}

/** The code, or the name, of the error that a promise rejects with; undefined where it resolves. */
export async function failureOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise
    return undefined
  } catch (error) {
    return errorCode(error) ?? (error as Error).name
  }
}
