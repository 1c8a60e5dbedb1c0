import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { type FSWatcher, watch } from 'chokidar'
import { runLater, stat } from './file-steps'

/** Longest wait in ms for a watch to begin: of a folder that goes while chokidar reads it, chokidar says nothing. */
const READY_MS = 1000

export interface FolderWatchesOptions {
  /** Something happened to what has that name in the folder; where the system does not tell the name, to something. */
  readonly onHint: (folder: string, name: string | undefined) => void
  /** A folder cannot be watched. */
  readonly onFailure: (folder: string, error: unknown) => void
}

interface Watched {
  /** Tells a folder from one that was made in its place. */
  readonly identity: string
  readonly watcher: FSWatcher
}

/**
 * Watches folders, not files: a file that was saved by rename, or removed and made again, is another file with the
 * same name, and a watch of a file would stay with the old one.
 */
export class FolderWatches {
  readonly #options: FolderWatchesOptions
  readonly #watched = new Map<string, Watched>()
  readonly #failed = new Set<string>()
  #closed = false

  constructor(options: FolderWatchesOptions) {
    this.#options = options
  }

  /** Watches these folders and no others, as far as they are there. Gives true where it watches a new one. */
  async follow(folders: ReadonlySet<string>): Promise<boolean> {
    for (const folder of [...this.#watched.keys()]) if (!folders.has(folder)) this.#drop(folder)
    const added = await Promise.all([...folders].map((folder) => this.#follow(folder)))
    return added.includes(true)
  }

  /** Call it when no `follow` is under way: a watch that is closed while it begins leaves a timer for a second. */
  async close(): Promise<void> {
    this.#closed = true
    for (const folder of [...this.#watched.keys()]) this.#drop(folder)
    // The system lets go of the handles at the end of this turn of the event loop, which chokidar does not wait for.
    await setImmediate()
    await setImmediate()
  }

  async #follow(folder: string): Promise<boolean> {
    const stats = await runLater(stat(folder)).catch(() => undefined)
    const identity = stats?.isDirectory() === true ? `${stats.dev}:${stats.ino}` : undefined
    if (this.#closed || identity === this.#watched.get(folder)?.identity) return false
    this.#drop(folder)
    return identity !== undefined && this.#watch(folder, identity)
  }

  async #watch(folder: string, identity: string): Promise<boolean> {
    const watcher = watch(folder, { depth: 0, ignored: (path) => path !== folder, atomic: false })
    this.#watched.set(folder, { identity, watcher })
    watcher.on('raw', (_, name: string | null) => this.#options.onHint(folder, name ?? undefined))
    watcher.on('error', (error) => this.#fail(folder, error))
    watcher.on('ready', () => this.#failed.delete(folder))
    await once(watcher, 'ready', { signal: AbortSignal.timeout(READY_MS) }).catch(() => undefined)
    return this.#watched.has(folder)
  }

  #drop(folder: string): void {
    void this.#watched.get(folder)?.watcher.close()
    this.#watched.delete(folder)
  }

  /** Said once for a folder, until it could be watched again. */
  #fail(folder: string, error: unknown): void {
    this.#drop(folder)
    if (!this.#failed.has(folder)) this.#options.onFailure(folder, error)
    this.#failed.add(folder)
  }
}
