import type { P2pError } from '../../src/errors'
import type { ThreadEntry, ThreadSource, ThreadSourceListener } from '../../src/thread/thread-source'

/** What differs from an entry that loads at once. */
type EntryOptions = Partial<ThreadEntry> & { exports?: unknown }

export function createEntry(name: string, { exports, ...rest }: EntryOptions): ThreadEntry {
  const load = (): Promise<{ exports: unknown; revision: number }> => Promise.resolve({ exports, revision: 1 })
  return { name, path: name, revision: 1, problem: undefined, load, ...rest }
}

export interface ScriptedSource extends ThreadSource {
  tell(entries: readonly ThreadEntry[]): void
  warn(error: P2pError): void
}

/** A source that tells what the test wants, when it wants. */
export function createSource(entries: readonly ThreadEntry[]): ScriptedSource {
  let listener: ThreadSourceListener | undefined
  return {
    open: (given) => {
      listener = given
      return Promise.resolve(entries)
    },
    close: () => Promise.resolve(),
    enable: () => Promise.resolve(false),
    disable: () => Promise.resolve(false),
    nameOf: (text) => text,
    available: () => Promise.resolve([]),
    tell: (changed) => listener?.onChange(changed),
    warn: (error) => listener?.onWarning(error)
  }
}
