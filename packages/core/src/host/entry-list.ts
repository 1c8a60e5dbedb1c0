import { promises as fs } from 'node:fs'
import { join } from 'node:path'
import { errorCode, errorText, P2pError } from '../errors'
import { compareNames } from '../thread/names'
import type { ThreadEntry } from '../thread/thread-source'
import { findEntry, type FoundEntry } from './entry-finder'
import { ABSENT, fileOfKey } from './file-print'
import { isMissing, runLater } from './file-steps'
import type { LinkGuard } from './link-guard'
import type { Looks } from './path-walk'
import type { Settling } from './settling'
import type { FilePrints, PrintLook, Prints } from './thread-files'
import { parseEntryName } from './thread-name'
import { type EntryLoader, keysOf, shapeOf, ThreadState } from './thread-state'

export interface EntryListOptions {
  /** The folder of the links. */
  readonly folder: string
  readonly guard: LinkGuard
  readonly loader: EntryLoader
  readonly prints: FilePrints
  readonly settling: Settling
  /** Most entries. */
  readonly entries: number
}

/** What one look did. */
export interface LookResult {
  readonly changed: boolean
  /** True where nothing is waited for to settle. */
  readonly settled: boolean
  /** What hinders the whole folder. */
  readonly warning: P2pError | undefined
}

/** One entry as a look showed it. */
interface Sight {
  readonly found: FoundEntry
  readonly prints: Prints
}

/** The entries of the folder, as they were last told. */
export class EntryList {
  readonly #options: EntryListOptions
  readonly #states = new Map<string, ThreadState>()
  #revision = 0

  constructor(options: EntryListOptions) {
    this.#options = options
  }

  /**
   * Looks at the folder and takes what has changed and settled; what `forced` names is taken as it is. Rejects with
   * ERR_TRUSTP2P_THREAD_FOLDER_UNREADABLE.
   */
  async look(look: PrintLook, forced: (fileName: string) => boolean): Promise<LookResult> {
    await runLater(this.#options.guard.refresh())
    const names = await this.#readFolder()
    const sights = await this.#see(names.slice(0, this.#options.entries), look)
    const isSettled = (name: string, shape: string) => this.#options.settling.isSettled(name, shape)
    let changed = false
    for (const [fileName, sight] of sights) {
      if (!this.#isChanged(fileName, sight)) continue
      if (!isSettled(fileName, shapeOf(sight.found, sight.prints)) && !forced(fileName)) continue
      this.#take(fileName, sight)
      changed = true
    }
    for (const fileName of [...this.#states.keys()].filter((known) => !sights.has(known))) {
      if (!isSettled(fileName, 'gone') && !forced(fileName)) continue
      changed = this.#states.delete(fileName) || changed
    }
    return { changed, settled: this.#options.settling.endLook(), warning: this.#tooMany(names) }
  }

  /** All entries in name order; of those with one name the later ones have that as their problem. */
  entries(): readonly ThreadEntry[] {
    const winners = new Map<string, string>()
    return [...this.#states.values()].sort(byName).map(({ entry, fileName }) => {
      const winner = winners.get(entry.name)
      if (winner !== undefined) return duplicate(entry, fileName, winner)
      winners.set(entry.name, fileName)
      return entry
    })
  }

  /** The files whose change is a change of an entry: those that are there, and those in the project that may come. */
  files(): readonly string[] {
    const { guard } = this.#options
    return [...this.#states.values()].flatMap(({ files, target }) => {
      const watched = [...files].filter(([key, print]) => print !== ABSENT || guard.inProject(fileOfKey(key)))
      return [target, ...watched.map(([key]) => fileOfKey(key))]
    })
  }

  async #readFolder(): Promise<readonly string[]> {
    const { folder, guard } = this.#options
    try {
      const names = await fs.readdir(folder)
      return names.filter((name) => parseEntryName(name) !== undefined).sort()
    } catch (cause) {
      if (isMissing(cause) && !isNoFolder(cause)) return []
      const text = `the folder ${guard.label(folder)} cannot be read: ${errorText(cause)}`
      const details = { file: folder }
      throw new P2pError('ERR_TRUSTP2P_THREAD_FOLDER_UNREADABLE', `${text}; mend its permissions`, { cause, details })
    }
  }

  /** One after the other: each finds what the one before it has learned of the folders. */
  async #see(names: readonly string[], look: PrintLook): Promise<ReadonlyMap<string, Sight>> {
    const { folder, guard } = this.#options
    const looks: Looks = new Map()
    const sights = new Map<string, Sight>()
    for (const fileName of names) {
      const found = await runLater(findEntry(join(folder, fileName), guard, looks))
      if (found === undefined) continue
      const keys = this.#states.get(fileName)?.keysOf(found) ?? keysOf(found)
      sights.set(fileName, { found, prints: await look.readAll(keys) })
    }
    return sights
  }

  #isChanged(fileName: string, { found, prints }: Sight): boolean {
    return this.#states.get(fileName)?.differs(found, prints) ?? true
  }

  #take(fileName: string, { found, prints }: Sight): void {
    const state = this.#states.get(fileName)
    if (state === undefined) {
      const next = () => (this.#revision += 1)
      this.#states.set(fileName, new ThreadState(found, prints, this.#options.loader, next))
    } else state.accept(found, prints)
  }

  #tooMany(names: readonly string[]): P2pError | undefined {
    const { folder, guard, entries } = this.#options
    if (names.length <= entries) return undefined
    const text = `${guard.label(folder)} holds ${names.length} entries, and only the first ${entries} are read`
    return new P2pError('ERR_TRUSTP2P_LIMIT_THREAD_ENTRIES', `${text}: remove some of them`)
  }
}

function byName(left: ThreadState, right: ThreadState): number {
  const [first, second] = [`${left.entry.name}\0${left.fileName}`, `${right.entry.name}\0${right.fileName}`]
  return compareNames(first, second)
}

function duplicate(entry: ThreadEntry, fileName: string, winner: string): ThreadEntry {
  const text = `${fileName} and ${winner} are both the thread '${entry.name}', and ${winner} runs: remove one of them`
  const problem = new P2pError('ERR_TRUSTP2P_THREAD_DUPLICATE', text)
  return { ...entry, problem, load: () => Promise.reject(problem) }
}

/** The place is taken by a file. */
function isNoFolder(error: unknown): boolean {
  return errorCode(error) === 'ENOTDIR'
}
