import type { P2pError } from '../errors'

export type ThreadState = 'running' | 'starting' | 'failed' | 'waiting' | 'stopping'

export interface HandledEvent {
  /** A number of PackageType. */
  readonly type: number
  readonly event: string
}

/** A plain snapshot of one thread. */
export interface ThreadInfo {
  readonly name: string
  /** `waiting`: a thread that it requires does not run. `stopping`: its last handlers finish. */
  readonly state: ThreadState
  /** The entry's own path and what it links to. */
  readonly path: string
  /** The revision that runs; where none does, the one that was tried. */
  readonly revision: number
  /** Why the newest version does not run; also set while an older one still serves. */
  readonly error: P2pError | undefined
  /** How many events it handles. */
  readonly handlers: number
  /** The events that it handles, with their types. */
  readonly events: readonly HandledEvent[]
  /** Calls of its handlers and methods since it was loaded. */
  readonly calls: number
  /** How many of its calls, hooks, timers and listeners failed. */
  readonly failures: number
  /** Results that came too late. */
  readonly dropped: number
  /** Asynchronous calls that have not settled. */
  readonly active: number
}

export type ThreadEvent = 'thread:started' | 'thread:stopped' | 'thread:failed' | 'thread:reloaded'

/** The node's events, as far as threads need them. */
export interface ThreadEvents {
  emit(event: ThreadEvent, info: ThreadInfo): void
  /** Something went wrong that ends no thread. */
  warning(error: P2pError): void
  /** Listens to an event of the node; gives the way to stop. */
  on(event: string, listener: (...values: unknown[]) => void): () => void
}
