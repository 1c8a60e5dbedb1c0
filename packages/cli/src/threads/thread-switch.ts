import type { ShownThread } from './thread-table'

/**
 * A thread that is switched on. Its path tells where it lies, and what it links to: `threads-enabled/a.js ->
 * threads-available/a.js`; its node is absent where none runs.
 */
export type ListedThread = ShownThread

/** The threads that are switched on, as far as they can be told. */
export interface ThreadListing {
  /** Undefined where nobody could tell. */
  readonly threads: readonly ListedThread[] | undefined
  /** Why some, or all, could not. */
  readonly failures: readonly unknown[]
}

/** What switches threads: the files of a folder, or the nodes that run there. */
export interface ThreadSwitch {
  list(): Promise<ThreadListing>
  /** Gives what is so now: `enabled`, or `enabled already`. Rejects with a coded error where the thread does not run. */
  enable(name: string): Promise<string>
  /** Gives `disabled` or `not enabled`. */
  disable(name: string): Promise<string>
}
