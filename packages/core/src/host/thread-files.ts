import { ABSENT, type FileKey, fileOfKey, readPrint } from './file-print'
import { runLater, stat, stateOf } from './file-steps'

/** What files held when they were looked at. */
export type Prints = ReadonlyMap<FileKey, string>

export interface FilePrintsOptions {
  /** Longest file that is read, in bytes. */
  readonly fileBytes: number
  /** Milliseconds since 1970, to tell a file that was written a moment ago. */
  readonly wall: () => number
}

interface KnownPrint {
  readonly state: string
  readonly print: string
}

/**
 * Tells whether files have changed, by what is in them: a file that was touched, or saved as it was, has not. Files
 * whose state (device, inode, size, times) is the one of the look before are not read again.
 */
export class FilePrints {
  readonly #options: FilePrintsOptions
  #known = new Map<FileKey, KnownPrint>()

  constructor(options: FilePrintsOptions) {
    this.#options = options
  }

  /** One look at any number of files, each of which is looked at once. */
  begin(): PrintLook {
    const before = this.#known
    this.#known = new Map()
    const asked = new Map<FileKey, Promise<string>>()
    const print = (key: FileKey): Promise<string> => {
      const asking = asked.get(key) ?? this.#print(key, before)
      asked.set(key, asking)
      return asking
    }
    return {
      readAll: async (keys) => new Map(await Promise.all(keys.map(async (key) => [key, await print(key)] as const)))
    }
  }

  async #print(key: FileKey, before: ReadonlyMap<FileKey, KnownPrint>): Promise<string> {
    const stats = await runLater(stat(fileOfKey(key))).catch(() => undefined)
    if (stats === undefined) return ABSENT
    const state = stateOf(stats)
    const known = before.get(key)
    const print = known?.state === state ? known.print : await runLater(readPrint(key, this.#options.fileBytes))
    if (!this.#isFresh(stats.mtimeNs)) this.#known.set(key, { state, print })
    return print
  }

  /** Within the file system's grain of time a second write may leave every number as it was: read such a file again. */
  #isFresh(mtimeNs: bigint): boolean {
    return Math.abs(this.#options.wall() - Number(mtimeNs / 1_000_000n)) < GRAIN_MS
  }
}

export interface PrintLook {
  readAll(keys: readonly FileKey[]): Promise<Prints>
}

const GRAIN_MS = 100
