import { P2pError } from 'trustp2p'
import type { StoreChange } from 'trustp2p'

/** Most bytes of keys and values that wait to be written. */
export const WAITING_BYTES = 64 * 1024 * 1024
/** Once a group has so many bytes, the later writes are the next one's. */
const GROUP_BYTES = 4 * 1024 * 1024
/** What a change takes beside its key and value, about. */
const CHANGE_BYTES = 64

/** Makes changes, all or none; gives why it could not. */
type Commit = (changes: readonly StoreChange[]) => Promise<Error | undefined>

interface Waiting {
  readonly changes: readonly StoreChange[]
  readonly bytes: number
  readonly settle: (error: Error | undefined) => void
}

/** Writes in the order of calls: those that come while one is under way go to the disk together, all or none. */
export class WriteQueue {
  readonly #commit: Commit
  #waiting: Waiting[] = []
  #bytes = 0
  #running: Promise<void> | undefined

  constructor(commit: Commit) {
    this.#commit = commit
  }

  /** Settles once the changes, of so many bytes, are on the disk. Rejects with ERR_TRUSTP2P_STORE_BUSY, or with why not. */
  add(changes: readonly StoreChange[], changeBytes: number): Promise<void> {
    const bytes = changeBytes + changes.length * CHANGE_BYTES
    if (this.#bytes + bytes > WAITING_BYTES) {
      const text = `${this.#bytes} bytes wait to be written to the store: wait for some of them (most ${WAITING_BYTES})`
      return Promise.reject(new P2pError('ERR_TRUSTP2P_STORE_BUSY', text))
    }
    this.#bytes += bytes
    return new Promise((resolve, reject) => {
      const settle = (error: Error | undefined): void => (error === undefined ? resolve() : reject(error))
      this.#waiting.push({ changes, bytes, settle })
      this.#running ??= this.#run()
    })
  }

  /** Settles once nothing waits. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup()
      const error = await this.#commit(group.flatMap(({ changes }) => changes))
      for (const { bytes, settle } of group) {
        this.#bytes -= bytes
        settle(error)
      }
    }
    this.#running = undefined
  }

  #takeGroup(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const waiting of this.#waiting) {
      count++
      bytes += waiting.bytes
      if (bytes >= GROUP_BYTES) break
    }
    return this.#waiting.splice(0, count)
  }
}
