import { join, resolve } from 'node:path'
import { P2pError } from '../errors'
import type { Kit } from '../kit'
import type { Manifest } from '../thread/manifest'
import type {
  ThreadEntry,
  ThreadLoadOptions,
  ThreadModule,
  ThreadSource,
  ThreadSourceListener
} from '../thread/thread-source'
import { findEntry, type FoundEntry } from './entry-finder'
import { EntryList, type LookResult } from './entry-list'
import type { Note } from './file-print'
import { runLater } from './file-steps'
import { LinkGuard } from './link-guard'
import { readManifestFile } from './manifest-file'
import { Settling } from './settling'
import { SharedFiles } from './shared-files'
import { threadCompiler } from './thread-compiler'
import { FilePrints } from './thread-files'
import { ThreadLinks } from './thread-links'
import { ThreadLoader } from './thread-loader'
import { ApartLoader } from './worker/apart-loader'
import { workerStock } from './worker/worker-stock'
import { threadName } from './thread-name'
import { readThreadText } from './thread-text'
import { ThreadWatcher } from './thread-watcher'

/** Where the links and the files of threads lie, and what may be loaded. */
export interface ThreadFolderOptions {
  /** Working directory of the node: the project. */
  readonly cwd: string
  readonly kit: Kit
  /** The running node's own exports: what `trustp2p` is to a thread. */
  readonly api: () => object
  /** Folder of the links, below `cwd` ['threads-enabled']. */
  readonly folder?: string
  /** Folder in which `enable` finds the project's threads, below `cwd` ['threads-available']. */
  readonly available?: string
  /** Folders outside the project that code may come from; relative ones start at `cwd` [none]. */
  readonly allowedFolders?: readonly string[]
  readonly limits?: Partial<ThreadFolderLimits>
  readonly times?: Partial<ThreadFolderTimes>
}

/** What a folder of threads accepts at most. */
export interface ThreadFolderLimits {
  /** Most entries of the folder [1000]; the later ones in name order are left out, and reported. */
  readonly entries: number
  /** Longest file, in bytes [8 MiB]. */
  readonly fileBytes: number
  /** Most local files of one thread, and most that threads share [1000]. */
  readonly modules: number
}

/** When a folder of threads is looked at. */
export interface ThreadFolderTimes {
  /** Between two looks at the folder without a hint, in ms [1000]. */
  readonly rescanMs: number
  /** From a hint to the look, in ms [20]. */
  readonly debounceMs: number
  /** How long a change must stay as it is before it is told, in ms [40]. */
  readonly settleMs: number
}

const LIMITS: ThreadFolderLimits = { entries: 1000, fileBytes: 8 << 20, modules: 1000 }
const TIMES: ThreadFolderTimes = { rescanMs: 1000, debounceMs: 20, settleMs: 40 }

/** A file that is written to without end is told of after so many times settleMs, where rescanMs is shorter. */
const LONGEST_SETTLINGS = 10

/**
 * Threads that are links, or files, in a folder: what is there runs. A folder that is missing holds no threads, and
 * is seen when it comes. `enable`, `disable` and `available` work on the files alone, also where it is not open.
 */
export function createThreadFolder(options: ThreadFolderOptions): ThreadSource {
  return new ThreadFolder(options)
}

class ThreadFolder implements ThreadSource {
  readonly #options: ThreadFolderOptions
  readonly #cwd: string
  readonly #folder: string
  readonly #times: ThreadFolderTimes
  readonly #guard: LinkGuard
  readonly #links: ThreadLinks
  readonly #shared: SharedFiles
  readonly #loader: ThreadLoader
  readonly #prints: FilePrints
  readonly #list: EntryList
  readonly #warned = new Set<string>()
  #listener: ThreadSourceListener | undefined
  #watcher: ThreadWatcher | undefined
  #looking: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(options: ThreadFolderOptions) {
    const { kit, folder = 'threads-enabled', available = 'threads-available', allowedFolders = [] } = options
    const { fileBytes, entries, modules } = { ...LIMITS, ...options.limits }
    this.#options = options
    this.#times = { ...TIMES, ...options.times }
    this.#cwd = resolve(options.cwd)
    this.#folder = join(this.#cwd, folder)
    this.#guard = new LinkGuard({ cwd: this.#cwd, allowedFolders, fileBytes })
    this.#links = new ThreadLinks({ cwd: this.#cwd, enabled: this.#folder, available: join(this.#cwd, available) })
    this.#shared = new SharedFiles({
      runs: (file) => this.#loader.isShared(file),
      label: (file) => this.#guard.label(file)
    })
    const { note: noteShared } = this.#shared
    this.#loader = new ThreadLoader({
      guard: this.#guard,
      compiler: threadCompiler,
      api: options.api,
      modules,
      noteShared
    })
    const { settleMs, rescanMs } = this.#times
    const longestMs = Math.max(rescanMs, LONGEST_SETTLINGS * settleMs)
    const places = { cwd: this.#cwd, allowedFolders, fileBytes, modules }
    const apart = new ApartLoader({ ...places, compiler: threadCompiler, stock: workerStock })
    this.#prints = new FilePrints({ fileBytes, wall: () => kit.clock.wall() })
    this.#list = new EntryList({
      folder: this.#folder,
      guard: this.#guard,
      prints: this.#prints,
      settling: new Settling({ settleMs, longestMs, now: () => kit.clock.now() }),
      entries,
      loader: {
        load: (path, load, note) => this.#load(path, load, note),
        readManifest: (path) => this.#readManifest(path),
        loadApart: async (entry, loadOptions, note) => {
          const manifest = await this.#readManifest(entry.path, note)
          return { room: await apart.load({ ...entry, note }, loadOptions), manifest }
        },
        readText: (file, path, note) => readThreadText({ guard: this.#guard, cwd: this.#cwd, file, path, note }),
        filesChanged: () => void this.#follow(),
        unloadedShared: () => this.#shared.unloaded(),
        describe: (found) => this.#describe(found)
      }
    })
  }

  async open(listener: ThreadSourceListener): Promise<readonly ThreadEntry[]> {
    threadCompiler.acquire()
    workerStock.acquire()
    try {
      const { warning } = await this.#list.look(this.#prints.begin(), () => true)
      this.#listener = listener
      this.#warn(warning)
    } catch (error) {
      await this.#release()
      throw error
    }
    const { kit } = this.#options
    const { debounceMs, rescanMs } = this.#times
    this.#watcher = new ThreadWatcher({ kit, folder: this.#folder, debounceMs, rescanMs, look: () => this.#look() })
    void this.#follow()
    return this.#list.entries()
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async enable(name: string): Promise<boolean> {
    const fileName = await this.#links.add(name)
    await this.#lookAt(name)
    return fileName !== undefined
  }

  async disable(name: string): Promise<boolean> {
    const removed = await this.#links.remove(name)
    await this.#lookAt(name)
    return removed.length > 0
  }

  nameOf(text: string): string {
    return threadName(text)
  }

  available(): Promise<readonly string[]> {
    return this.#links.available()
  }

  async #close(): Promise<void> {
    const watcher = this.#watcher
    const wasOpen = this.#listener !== undefined
    this.#listener = undefined
    await watcher?.close()
    await this.#looking
    if (wasOpen) await this.#release()
  }

  async #release(): Promise<void> {
    await Promise.all([threadCompiler.release(), workerStock.release()])
  }

  /** Also where nothing was to do: another process may have done it a moment ago. */
  #lookAt(name: string): Promise<void> {
    return this.#look((fileName) => threadName(fileName) === threadName(name))
  }

  /** Looks one after the other: two at once would tell what they saw in the wrong order. */
  #look(forced: (fileName: string) => boolean = () => false): Promise<void> {
    this.#looking = this.#looking.then(() => this.#lookOnce(forced))
    return this.#looking
  }

  async #lookOnce(forced: (fileName: string) => boolean): Promise<void> {
    if (this.#listener === undefined) return
    try {
      const look = this.#prints.begin()
      const result = await this.#list.look(look, forced)
      const warnings = await this.#shared.look(look)
      this.#tell(result)
      for (const warning of warnings) this.#listener?.onWarning(warning)
    } catch (error) {
      if (error instanceof P2pError) this.#warn(error)
      else this.#options.kit.log.error({ err: error, folder: this.#folder }, 'a look at the threads failed')
    }
    await this.#follow()
  }

  #tell({ changed, settled, warning }: LookResult): void {
    this.#warn(warning)
    if (changed) this.#listener?.onChange(this.#list.entries())
    if (!settled) this.#watcher?.lookWithin(this.#times.settleMs)
  }

  /** Once per cause, and again where it came back. */
  #warn(warning: P2pError | undefined): void {
    if (warning === undefined) this.#warned.clear()
    else if (!this.#warned.has(warning.message)) {
      this.#warned.add(warning.message)
      this.#listener?.onWarning(warning)
    }
  }

  async #follow(): Promise<void> {
    await this.#watcher?.follow(() => [...this.#list.files(), ...this.#shared.files])
  }

  async #load(
    path: string,
    { globals, signal }: ThreadLoadOptions,
    note: Note
  ): Promise<Omit<ThreadModule, 'revision'>> {
    const { file, folder } = await this.#find(path)
    const manifest = await runLater(readManifestFile(file, this.#guard, note))
    const exports = await this.#loader.load({ file, folder, globals, signal, note })
    return { exports, manifest }
  }

  async #readManifest(path: string, note: Note = () => undefined): Promise<Manifest | undefined> {
    const { file } = await this.#find(path)
    return runLater(readManifestFile(file, this.#guard, note))
  }

  async #find(path: string): Promise<{ readonly file: string; readonly folder: string }> {
    const found = await runLater(findEntry(path, this.#guard, new Map()))
    if (found?.problem !== undefined) throw found.problem
    if (found?.file === undefined) {
      throw new P2pError('ERR_TRUSTP2P_THREAD_DANGLING', `${this.#guard.label(path)} is no thread any more`)
    }
    return { file: found.file, folder: found.folder }
  }

  #describe({ path, target }: FoundEntry): string {
    const label = this.#guard.label(path)
    return target === path ? label : `${label} -> ${this.#guard.label(target)}`
  }
}
