import { ClassicLevel } from 'classic-level'
import { assertStoreChanges, assertStoreKey, assertStoreRange, errorCode, storeClosed } from 'trustp2p'
import type { Store, StoreChange, StoreEntriesOptions } from 'trustp2p'
import { storeFailure } from './store-failure'
import { WriteQueue } from './write-queue'

type Level = ClassicLevel<string, Uint8Array>

/** What an iterator reads ahead. */
const READ_AHEAD_BYTES = 64 * 1024

/** The store of a folder: LevelDB, each write on the disk before it is acknowledged. */
export class LevelStore implements Store {
  readonly #folder: string
  readonly #writes = new WriteQueue((changes) => this.#commit(changes))
  #level: Promise<Level>
  #closing: Promise<void> | undefined

  private constructor(folder: string, level: Level) {
    this.#folder = folder
    this.#level = Promise.resolve(level)
  }

  static async open(folder: string): Promise<LevelStore> {
    return new LevelStore(folder, await openLevel(folder))
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#assertOpen()
    assertStoreKey(key)
    const value = await this.#use((level) => level.get(key))
    return value && plain(value)
  }

  async write(changes: readonly StoreChange[]): Promise<void> {
    this.#assertOpen()
    const bytes = assertStoreChanges(changes)
    const copies = changes.map(({ key, value }) => ({ key, value: value && new Uint8Array(value) }))
    if (copies.length > 0) await this.#writes.add(copies, bytes)
  }

  async *entries(prefix: string, options: StoreEntriesOptions = {}): AsyncGenerator<[key: string, value: Uint8Array]> {
    this.#assertOpen()
    const { after, limit } = assertStoreRange(prefix, options)
    if (limit === 0) return
    const from = after !== undefined && isBehind(after, prefix) ? { gt: after } : { gte: prefix }
    const most = limit === Infinity ? {} : { limit }
    const entries = await this.#use((level) =>
      Promise.resolve(level.iterator({ ...from, ...most, highWaterMarkBytes: READ_AHEAD_BYTES, fillCache: false }))
    )
    try {
      for (;;) {
        const entry = await this.#use(() => entries.next())
        if (entry?.[0].startsWith(prefix) !== true) return
        yield [entry[0], plain(entry[1])]
      }
    } finally {
      await entries.close()
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#writes.idle()
    const level = await this.#level.catch(() => undefined)
    await level?.close()
  }

  /**
   * A record that was written in part moves all that follows it in the log out of its place, where it is lost: so that
   * nothing follows it, the store is opened anew, which recovers what was acknowledged.
   */
  async #commit(changes: readonly StoreChange[]): Promise<Error | undefined> {
    try {
      const level = await this.#usable()
      await level.batch(changes.map(operationOf), { sync: true })
      return undefined
    } catch (cause) {
      await this.#level.then((level) => level.close()).catch(() => undefined)
      return storeFailure(this.#folder, cause)
    }
  }

  async #use<Result>(use: (level: Level) => Promise<Result>): Promise<Result> {
    try {
      return await use(await this.#usable())
    } catch (cause) {
      if (this.#closing !== undefined && isNotOpen(cause)) throw storeClosed()
      throw storeFailure(this.#folder, cause)
    }
  }

  /** The database; opened again where a failed write had to close it. */
  #usable(): Promise<Level> {
    const reopened = this.#level.then(
      (level) => (level.status === 'open' || this.#closing !== undefined ? level : openLevel(this.#folder)),
      () => openLevel(this.#folder)
    )
    this.#level = reopened
    return reopened
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw storeClosed()
  }
}

async function openLevel(folder: string): Promise<Level> {
  const level: Level = new ClassicLevel(folder, { keyEncoding: 'utf8', valueEncoding: 'view' })
  try {
    await level.open()
    return level
  } catch (cause) {
    throw storeFailure(folder, cause)
  }
}

function operationOf({ key, value }: StoreChange): { type: 'del'; key: string } | PutOperation {
  return value === undefined ? { type: 'del', key } : { type: 'put', key, value }
}

interface PutOperation {
  readonly type: 'put'
  readonly key: string
  readonly value: Uint8Array
}

function isNotOpen(error: unknown): boolean {
  return /^LEVEL_(DATABASE|ITERATOR)_NOT_OPEN$/.test(errorCode(error) ?? '')
}

function isBehind(key: string, prefix: string): boolean {
  return Buffer.compare(Buffer.from(key), Buffer.from(prefix)) > 0
}

/** The same bytes without what a Buffer adds: its `slice` shares them, that of a Uint8Array does not. */
function plain(value: Uint8Array): Uint8Array {
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}
