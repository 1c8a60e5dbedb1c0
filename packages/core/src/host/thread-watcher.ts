import { basename, dirname, join } from 'node:path'
import { errorText } from '../errors'
import type { Kit, TimerHandle } from '../kit'
import { FolderWatches } from './folder-watches'

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
 * Says when to look. What the system tells of files is a hint and no more: a network disk gives none, and neither does
 * a folder of which nobody knew that it would matter. So there is a look at every turn of a slow timer, too.
 */
export class ThreadWatcher {
  readonly #options: ThreadWatcherOptions
  readonly #watches: FolderWatches
  #files: ReadonlySet<string> = new Set()
  #timer: TimerHandle | undefined
  #dueAt = Infinity
  #following: Promise<void> = Promise.resolve()
  #wanted: (() => Iterable<string>) | undefined
  #closed = false

  constructor(options: ThreadWatcherOptions) {
    this.#options = options
    this.#watches = new FolderWatches({
      onHint: (folder, name) => this.#hint(folder, name),
      onFailure: (folder, error) => this.#warn(folder, error)
    })
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
   * Watches these files, whether they are there or may come, and no others. Asked for again before that has begun, it
   * is done once.
   */
  follow(files: () => Iterable<string>): Promise<void> {
    this.#wanted = files
    this.#following = this.#follow(this.#following)
    return this.#following
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancel()
    await this.#following
    await this.#watches.close()
  }

  async #follow(before: Promise<void>): Promise<void> {
    await before
    const files = this.#wanted
    if (this.#closed || files === undefined) return
    this.#wanted = undefined
    const { folder, debounceMs } = this.#options
    this.#files = new Set([folder, ...files()])
    const folders = new Set([folder, ...[...this.#files].map((file) => dirname(file))])
    const hasNew = await this.#watches.follow(folders)
    // What happened before the system began to tell is seen now.
    if (hasNew) this.lookWithin(debounceMs)
  }

  #hint(folder: string, name: string | undefined): void {
    const isOfFolder = name === undefined || name === basename(folder) || folder === this.#options.folder
    if (isOfFolder || this.#files.has(join(folder, name))) this.lookWithin(this.#options.debounceMs)
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
  #warn(folder: string, error: unknown): void {
    const { kit, rescanMs } = this.#options
    kit.log.warn({ folder, rescanMs, reason: errorText(error) }, 'a folder cannot be watched')
  }
}
