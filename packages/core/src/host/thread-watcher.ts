import { type FSWatcher, watch } from 'chokidar'
import { dirname } from 'node:path'
import { errorText } from '../errors'
import type { Kit, TimerHandle } from '../kit'
import { runLater, stat } from './file-steps'

export interface ThreadWatcherOptions {
  readonly kit: Kit
  /** The folder of the links: everything in it counts. */
  readonly folder: string
  /** Time in ms over which hints become one look. */
  readonly debounceMs: number
  /** Time in ms between looks without any hint. */
  readonly rescanMs: number
  /** Takes a look. */
  readonly look: () => Promise<void>
}

/**
 * Says when to look. What the system tells of files is a hint and no more: a dangling link, a folder that was made
 * again and a network disk give none, so there is a look at every turn of a slow timer, too.
 */
export class ThreadWatcher {
  readonly #options: ThreadWatcherOptions
  readonly #watcher: FSWatcher
  /** Watched folders, and what tells whether each is still the same one. */
  readonly #folders = new Map<string, string>()
  #files: ReadonlySet<string> = new Set()
  #timer: TimerHandle | undefined
  #dueAt = Infinity
  #closed = false

  constructor(options: ThreadWatcherOptions) {
    this.#options = options
    this.#watcher = watch([], {
      depth: 0,
      followSymlinks: false,
      ignoreInitial: true,
      ignored: (path) => !this.#counts(path)
    })
    this.#watcher.on('all', () => this.lookWithin(options.debounceMs))
    // What happened before the system began to tell is seen now.
    this.#watcher.on('ready', () => this.lookWithin(options.debounceMs))
    this.#watcher.on('error', (error) => this.#fail(error))
    this.lookWithin(options.rescanMs)
  }

  /** Asks for a look within a time. */
  lookWithin(delayMs: number): void {
    const { clock } = this.#options.kit
    const at = clock.now() + delayMs
    if (this.#closed || at >= this.#dueAt) return
    this.#cancel()
    this.#dueAt = at
    this.#timer = clock.setTimeout(() => void this.#run(), delayMs)
  }

  /**
   * Watches these files, and no others: those that are there, and the places of those that are not. The folders are
   * what is watched, since a file that was removed and made again is another one.
   */
  async follow(files: ReadonlySet<string>): Promise<void> {
    this.#files = files
    const folders = new Set([this.#options.folder, dirname(this.#options.folder), ...[...files].map(dirname)])
    for (const folder of this.#folders.keys()) if (!folders.has(folder)) this.#drop(folder)
    await Promise.all([...folders].map((folder) => this.#follow(folder)))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancel()
    await this.#watcher.close()
  }

  async #follow(folder: string): Promise<void> {
    const stats = await runLater(stat(folder)).catch(() => undefined)
    const identity = stats?.isDirectory() === true ? `${stats.dev}:${stats.ino}` : undefined
    if (this.#closed || identity === this.#folders.get(folder)) return
    this.#drop(folder)
    if (identity === undefined) return
    this.#folders.set(folder, identity)
    this.#watcher.add(folder)
  }

  #drop(folder: string): void {
    if (this.#folders.delete(folder)) this.#watcher.unwatch(folder)
  }

  #counts(path: string): boolean {
    return this.#folders.has(path) || this.#files.has(path) || dirname(path) === this.#options.folder
  }

  async #run(): Promise<void> {
    this.#dueAt = Infinity
    this.#timer = undefined
    await this.#options.look()
    this.lookWithin(this.#options.rescanMs)
  }

  #cancel(): void {
    if (this.#timer !== undefined) this.#options.kit.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#dueAt = Infinity
  }

  /** Without hints a change is seen at the next turn of the slow timer. */
  #fail(error: unknown): void {
    const fields = { folder: this.#options.folder, rescanMs: this.#options.rescanMs }
    this.#options.kit.log.warn({ ...fields, reason: errorText(error) }, 'files cannot be watched')
  }
}
