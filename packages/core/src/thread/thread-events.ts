import type { P2pError } from '../errors'
import type { StartTimes } from './generation'
import type { ThreadState } from './lifecycle'
import type { Isolation } from './manifest-types'

/** An event that a thread handles. */
export interface HandledEvent {
  /** A number of PackageType. */
  readonly type: number
  readonly event: string
  /** How many calls of its handler have ended; a handler of several events counts for all of them. */
  readonly calls: number
  /** The time in ms that half of them took at most, right to a quarter; undefined while there are none. */
  readonly p50Ms: number | undefined
  /** The same for 99 of 100. */
  readonly p99Ms: number | undefined
}

/** A plain snapshot of one thread. */
export interface ThreadInfo {
  readonly name: string
  /** What it does. */
  readonly state: ThreadState
  /** Whether it is to run: an entry of it is there. */
  readonly linked: boolean
  /** What its manifest says. */
  readonly version: string | undefined
  /** Where its code runs. */
  readonly isolation: Isolation
  /** How long the running version serves, in ms; undefined where none does. */
  readonly uptimeMs: number | undefined
  /** How often it was started again after a failure. */
  readonly restarts: number
  /** How long until it is started again, in ms: in `backoff` alone. */
  readonly retryInMs: number | undefined
  /** Names of what it waits for, as its manifest has them: `requires`, `wants`, `after`. */
  readonly waitsFor: readonly string[]
  /** How long the steps of its start took. */
  readonly times: Readonly<StartTimes>
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
  /** Messages that it was not handed since they came over a quota. */
  readonly overQuota: number
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

/** One step of a thread's life. */
export interface ThreadMove {
  readonly name: string
  readonly from: ThreadState
  readonly to: ThreadState
}

/** The node's events, as far as threads need them. */
export interface ThreadEvents {
  /** Tells what became of a thread. */
  emit(event: ThreadEvent, info: ThreadInfo): void
  /** Tells of each step of a thread's life: `thread:state`. */
  moved(move: ThreadMove): void
  /** A thread that is marked `critical` was given up: the node is to end. */
  critical(error: P2pError): void
  /** Something went wrong that ends no thread. */
  warning(error: P2pError): void
  /** Listens to an event of the node; gives the way to stop. */
  on(event: string, listener: (...values: unknown[]) => void): () => void
}
