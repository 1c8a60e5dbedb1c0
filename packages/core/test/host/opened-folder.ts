import type { P2pError } from '../../src/errors'
import { createNodeKit } from '../../src/host/kit'
import { silentLog } from '../../src/host/log'
import { createThreadFolder, type ThreadFolderOptions } from '../../src/host/thread-folder'
import type { ThreadEntry, ThreadGlobals, ThreadModule, ThreadSource } from '../../src/thread/thread-source'

export const TIMERS = {
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  clearImmediate
} as unknown as ThreadGlobals

/** A slow timer that never comes in a test: what is seen is seen by a hint. */
export const HINTS_ALONE = { times: { rescanMs: 3_600_000 } }
/** No hint is waited for: what is seen is seen by the slow timer. */
export const TIMER_ALONE = { times: { rescanMs: 20, debounceMs: 3_600_000, settleMs: 10 } }

/** Two versions of a thread. */
export const ONE = 'exports.version = 1'
export const TWO = 'exports.version = 2'

/** What `trustp2p` is to the threads of a test. */
export const API = { Thread: class Thread {}, answer: 42 }

/** An open source, and all that it tells. */
export class OpenedFolder {
  readonly source: ThreadSource
  readonly warnings: P2pError[] = []
  /** How often it told of changes. */
  changes = 0
  entries: readonly ThreadEntry[] = []
  readonly #waiting = new Set<() => void>()

  constructor(cwd: string, options: Partial<ThreadFolderOptions> = {}) {
    this.source = createThreadFolder({ cwd, kit: createNodeKit({ log: silentLog }), api: () => API, ...options })
    opened.push(this)
  }

  async open(): Promise<this> {
    this.entries = await this.source.open({
      onChange: (entries) => {
        this.changes += 1
        this.entries = entries
        this.#wake()
      },
      onWarning: (error) => {
        this.warnings.push(error)
        this.#wake()
      }
    })
    return this
  }

  get names(): readonly string[] {
    return this.entries.map(({ name }) => name)
  }

  entry(name: string): ThreadEntry {
    const entry = this.entries.find((candidate) => candidate.name === name)
    if (entry === undefined) throw new Error(`no entry ${name}`)
    return entry
  }

  load(name: string, signal = new AbortController().signal): Promise<ThreadModule> {
    return this.entry(name).load({ globals: TIMERS, signal })
  }

  /** The exports of a thread, which are an object. */
  async exports(name: string): Promise<Record<string, unknown>> {
    return (await this.load(name)).exports as Record<string, unknown>
  }

  /** Settles when what was told makes it true. */
  async until(check: () => boolean): Promise<void> {
    while (!check()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  /** Settles when a newer revision of the thread is told. */
  async newer(name: string, revision = this.entry(name).revision): Promise<void> {
    await this.until(() => this.entries.some((entry) => entry.name === name && entry.revision > revision))
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

const opened: OpenedFolder[] = []

export function openFolder(cwd: string, options: Partial<ThreadFolderOptions> = {}): Promise<OpenedFolder> {
  return new OpenedFolder(cwd, options).open()
}

export async function closeFolders(): Promise<void> {
  for (const { source } of opened.splice(0)) await source.close()
}
