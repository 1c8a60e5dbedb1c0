import type { Contract } from '../contract/contract'
import type { P2pError } from '../errors'
import type { Room } from './isolated/room'
import type { Manifest } from './manifest'

/** Where threads come from: links and files in Node, a list in a browser. */
export interface ThreadSource {
  /**
   * Reads the entries once and gives them; from then on calls `onChange` with all of them, in name order, whenever
   * one came, went, or changed its revision. `onWarning` gets what hinders the whole source, once per cause.
   */
  open(listener: ThreadSourceListener): Promise<readonly ThreadEntry[]>
  /** Stops watching. No call comes after it settled. */
  close(): Promise<void>
  /**
   * Makes the entry of that name, where there is none. When it settles, `onChange` has told of it.
   * Gives false where it was there already. Rejects with ERR_TRUSTP2P_THREAD_NOT_FOUND, _NAME_INVALID or
   * _FOLDER_UNREADABLE.
   */
  enable(name: string): Promise<boolean>
  /** Removes the entry of that name. Gives false where there is none. Rejects with ERR_TRUSTP2P_THREAD_NOT_A_LINK. */
  disable(name: string): Promise<boolean>
  /** The thread name that `enable` and `disable` take a text for: in Node a file name stands for its thread. */
  nameOf(text: string): string
  /** The names that `enable` would find, in name order. */
  available(): Promise<readonly string[]>
}

/** Who is told of what happens to a source. */
export interface ThreadSourceListener {
  /** The threads that are switched on are these now. */
  onChange(entries: readonly ThreadEntry[]): void
  /** Something hinders the source, which goes on. */
  onWarning(error: P2pError): void
}

/** One switched-on thread. */
export interface ThreadEntry {
  readonly name: string
  /** Where it lies, for reports: the entry's own path and what it links to. */
  readonly path: string
  /** Rises with every change of the link, or of any file that the last load read or looked for in vain. */
  readonly revision: number
  /** Why it cannot be loaded: a bad name, a second entry of one name, a dangling or forbidden link. */
  readonly problem: P2pError | undefined
  /**
   * Reads and runs the module anew, its local files with it, and gives its exports. Rejects with a coded error that
   * names the file: ERR_TRUSTP2P_THREAD_SYNTAX, _LOAD_FAILED, _IMPORT_NOT_FOUND, _FORBIDDEN or _UNREADABLE.
   */
  load(options: ThreadLoadOptions): Promise<ThreadModule>
  /**
   * Reads the manifest beside the module, and runs no code; undefined where there is none. Rejects with
   * ERR_TRUSTP2P_THREAD_MANIFEST_INVALID. A source that knows no such manifests has no such method.
   */
  readManifest?(): Promise<Manifest | undefined>
  /** Whether the text of its module holds these words, and runs no code; false where that cannot be known. */
  mentions?(words: string): Promise<boolean>
  /**
   * Reads the contracts that a manifest names, and runs no code. Rejects with ERR_TRUSTP2P_CONTRACT_INVALID,
   * ERR_TRUSTP2P_LIMIT_CONTRACT, or as `readText` of a module. Absent where the source reads no files.
   */
  readContracts?(manifest: Manifest): Promise<readonly Contract[]>
  /**
   * Reads and runs the module anew in a worker of its own; absent where the source has none. Rejects as `load`, and
   * where the module ended its worker. What is left of a load that failed is ended.
   */
  readonly loadApart?: (options: ApartLoadOptions) => Promise<ApartModule>
}

/** How a module is loaded in a worker. */
export interface ApartLoadOptions {
  /** Ends the load, and the worker with it. */
  readonly signal: AbortSignal
  /** True where it is only tried, and let go: other versions may have been tried in the same worker. */
  readonly isTrial: boolean
  /** Largest heap, in MiB. */
  readonly heapMb: number
  /** Most calls and messages, and most bytes of theirs, that either side has not taken from the other. */
  readonly queue: number
  readonly queueBytes: number
}

/** A module that was loaded in a worker. */
export interface ApartModule {
  readonly room: Room
  /** The manifest beside the module, checked before the module ran; undefined where there is none. */
  readonly manifest?: Manifest | undefined
  /** The revision that was loaded. */
  readonly revision: number
  /** True for a file that was read for this load; by the names that stack traces have. */
  includes?(file: string): boolean
  /** Reads a text file of the thread, as that of ThreadModule. */
  readonly readText?: (path: string) => Promise<ThreadText | undefined>
}

/** How a module is loaded. */
export interface ThreadLoadOptions {
  /** What the module's code gets under these names instead of the platform's own. */
  readonly globals: ThreadGlobals
  /** Ends the load; what was read is forgotten. */
  readonly signal: AbortSignal
}

/** A module that was loaded. */
export interface ThreadModule {
  /** The exports of the module: `module.exports` of CommonJS, the namespace (with `default`) of ESM. */
  readonly exports: unknown
  /** The manifest beside the module, checked before the module ran; undefined where there is none. */
  readonly manifest?: Manifest | undefined
  /** The revision that was loaded. */
  readonly revision: number
  /** True for a file that was read for this load, and belongs to no other thread; by the names that stack traces have. */
  includes?(file: string): boolean
  /**
   * Reads a text file of the thread: relative to its module, or a name in the project's `proto/`. A change of it is a
   * change of the thread. Gives undefined where there is none; rejects with ERR_TRUSTP2P_THREAD_FORBIDDEN, _UNREADABLE or
   * ERR_TRUSTP2P_LIMIT_THREAD_FILE. Absent where the source reads no files.
   */
  readonly readText?: (path: string) => Promise<ThreadText | undefined>
}

/** A text that belongs to a thread. */
export interface ThreadText {
  /** Where it lies, for reports. */
  readonly path: string
  readonly text: string
}

/** Timers that end with the thread, and microtasks. They have the shape of Node's own, `timers/promises` excepted. */
export interface ThreadGlobals {
  readonly setTimeout: (callback: (...values: unknown[]) => void, delayMs?: number, ...values: unknown[]) => unknown
  readonly clearTimeout: (handle: unknown) => void
  readonly setInterval: (callback: (...values: unknown[]) => void, delayMs?: number, ...values: unknown[]) => unknown
  readonly clearInterval: (handle: unknown) => void
  readonly setImmediate: (callback: (...values: unknown[]) => void, ...values: unknown[]) => unknown
  readonly clearImmediate: (handle: unknown) => void
  /** As the platform's own, in the context of the thread. */
  readonly queueMicrotask: (callback: () => void) => void
}
