import type { ThreadGlobals } from '../thread/thread-source'
import type { LinkGuard } from './link-guard'
import { type LoadContext, toLoadError } from './load-error'
import { ModuleGraph } from './module-graph'
import type { Note } from './file-print'
import { ModuleReader } from './module-source'
import type { Compiler } from './thread-compiler'

export interface ThreadLoaderOptions {
  readonly guard: LinkGuard
  readonly compiler: Compiler
  readonly api: () => object
  /** Most local files of one thread, and most that threads share. */
  readonly modules: number
  /** Gets the files of shared modules. */
  readonly noteShared: Note
}

export interface LoadOrder {
  /** The entry's real file. */
  readonly file: string
  /** The folder whose files are loaded anew with each version. */
  readonly folder: string
  readonly globals: ThreadGlobals
  readonly signal: AbortSignal
  readonly note: Note
}

/** Loads threads: each version with modules of its own, and beside them what threads share. */
export class ThreadLoader {
  readonly #options: ThreadLoaderOptions
  readonly #reader: ModuleReader
  readonly #shared: ModuleGraph

  constructor(options: ThreadLoaderOptions) {
    const { guard, compiler, api, modules, noteShared } = options
    this.#options = options
    this.#reader = new ModuleReader({ guard, compiler })
    this.#shared = new ModuleGraph({ reader: this.#reader, guard, api, globals: {}, note: noteShared, modules })
  }

  /** Runs a thread's module and gives its exports. Rejects with a coded error, or with the signal's reason. */
  async load({ file, folder, globals, signal, note }: LoadOrder): Promise<unknown> {
    const { guard, api, modules } = this.#options
    const own = { folder, shared: this.#shared }
    const names = { ...globals }
    this.#shared.forgetUnused()
    const graph = new ModuleGraph({ reader: this.#reader, guard, api, globals: names, note, own, modules })
    try {
      await unlessAborted(() => graph.prepare(file), signal)
      return await unlessAborted(() => graph.runEntry(file), signal)
    } catch (error) {
      graph.end()
      signal.throwIfAborted()
      throw toLoadError(error, this.#contextOf(file, graph))
    }
  }

  /** True for a file whose module threads share, and keep until the node ends. */
  isShared(file: string): boolean {
    return this.#shared.runs(file)
  }

  #contextOf(entry: string, graph: ModuleGraph): LoadContext {
    return {
      entry,
      label: (path) => this.#options.guard.label(path),
      includes: (path) => graph.has(path) || this.#shared.has(path)
    }
  }
}

async function unlessAborted<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted()
  let abort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', abort)
  })
  try {
    return await Promise.race([work(), aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
