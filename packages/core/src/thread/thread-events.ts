import type { P2pError } from '../errors'

/**
 * `running`: a version serves. `starting`: its first version is loaded or started. `waiting`: a thread that it requires
 * does not run. `failed`: no version runs. `stopping`: switched off, and its last handlers finish.
 */
export type ThreadState = 'running' | 'starting' | 'failed' | 'waiting' | 'stopping'

/** An event that a thread handles. */
export interface HandledEvent {
  /** A number of PackageType. */
  readonly type: number
  readonly event: string
}

/** A plain snapshot of one thread. */
export interface ThreadInfo {
  readonly name: string
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

/** The events of a node that tell of its threads. */
export type ThreadEvent = 'thread:started' | 'thread:stopped' | 'thread:failed' | 'thread:reloaded'

/** The node's events, as far as threads need them. */
export interface ThreadEvents {
  /** Tells what became of a thread. */
  emit(event: ThreadEvent, info: ThreadInfo): void
  /** Something went wrong that ends no thread. */
  warning(error: P2pError): void
  /** Listens to an event of the node; gives the way to stop. */
  on(event: string, listener: (...values: unknown[]) => void): () => void
}
