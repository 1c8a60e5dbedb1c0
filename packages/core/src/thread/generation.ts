import type { ThreadConfig } from '../config/config'
import type { Contract } from '../contract/contract'
import type { ContractTable } from '../contract/contract-table'
import type { CP2pMessage } from '../deliver/message'
import type { P2pError } from '../errors'
import type { CodeOwner, Kit } from '../kit'
import type { HandlerTable } from './event-map'
import type { Latency } from './latency'
import type { Manifest } from './manifest'
import type { Isolation } from './manifest-types'
import type { ThreadNode } from './node-facade'
import type { Outcome } from './outcome'
import type { ThreadDirectory, Handler } from './thread'
import type { ThreadLimits } from './thread-limits'
import type { StoreSpace } from './thread-store'

/** What every generation needs to know of the node. */
export interface Surroundings {
  readonly kit: Kit
  readonly node: ThreadNode
  /** The threads of the node, as who their code belongs to. */
  readonly home: object
  /** The other threads, as one with this manifest sees them. */
  readonly directoryFor: (manifest: Manifest) => ThreadDirectory
  readonly onNodeEvent: (event: string, listener: (...values: unknown[]) => void) => () => void
  readonly warning: (error: P2pError) => void
  /** A generation ended by itself: its worker is gone. */
  readonly onCrash: (generation: Generation, error: P2pError) => void
  readonly limits: ThreadLimits
  /** Where the values of a thread lie that it keeps. */
  readonly storeOf: (thread: string) => StoreSpace
  /** The contracts of the node. */
  readonly contracts?: ContractTable | undefined
}

export type HookName = 'onSocketConnection' | 'onSocketOpen' | 'onSocketClose' | 'onSocketError'

/** What a generation has done. */
export interface GenerationCounts {
  /** How many calls of handlers and methods were made. */
  readonly calls: number
  /** How many calls, hooks, timers and listeners failed. */
  readonly failures: number
  /** How many results came after the message was answered, or after the handler's deadline. */
  readonly dropped: number
  /** How many asynchronous calls have not settled. */
  readonly active: number
}

/** How long the steps of a start took, in ms; undefined for those that have not ended. */
export interface StartTimes {
  /** To read, compile, check and run the module. */
  loadMs: number | undefined
  /** To wait for the threads that it starts after. */
  waitMs: number | undefined
  /** To construct it and to run `start()`. */
  startMs: number | undefined
}

/** One loaded version of a thread, wherever its code runs: `load`, `construct`, `start`, then `drain` and `stop`. */
export interface Generation {
  readonly name: string
  readonly path: string
  /** What its code is recognised by. */
  readonly owner: CodeOwner
  readonly settings: ThreadConfig
  readonly isolation: Isolation
  /** The revision that was loaded; that of the entry until then. */
  readonly revision: number
  /** Known once it is loaded. */
  readonly manifest: Manifest
  /** Known once it is constructed. */
  readonly handlers: HandlerTable
  /** What the bodies of its events are; known once it is loaded. */
  readonly contracts?: readonly Contract[]
  readonly counts: GenerationCounts
  /** How long the calls of a handler took. */
  latencyOf(handler: Handler): Latency
  readonly times: StartTimes
  /** When its messages began to reach it, on the kit's clock. */
  runsSince: number
  /** Rises in the order of starting; a replacement has that of what it replaced. */
  sequence: number
  /** Runs the module and reads its class and manifest. */
  load(signal: AbortSignal): Promise<void>
  /** Makes the instance and reads its handlers. */
  construct(): void | Promise<void>
  /** Runs `start()`. From its beginning on hooks are kept; `release` calls them. */
  start(signal: AbortSignal): Promise<void>
  /** Calls the hooks that were kept while the thread started; from now on they are called at once. */
  release(): void
  /** Hands a message to a handler. */
  handle(handler: Handler, message: CP2pMessage, outcome: Outcome): void
  /** Calls a hook, where the thread has it. */
  hook(name: HookName, values: readonly unknown[]): void
  /** True for a file whose module was made for this version alone. */
  includes(file: string): boolean
  /** Counts and logs a failure of code that nobody waited for, which ends nothing. */
  floated(what: string, cause: unknown): void
  /** Calls a public method; rejects with a TypeError where there is none. */
  call(method: string, values: readonly unknown[]): Promise<unknown>
  /**
   * Waits until no asynchronous call runs. After `timeoutMs` the signals of those that do are aborted, and their
   * callers get ERR_TRUSTP2P_THREAD_STOPPED. Called again it may end earlier, not later.
   */
  drain(timeoutMs: number): Promise<void>
  /** True where it has both `snapshot` and `restore`: its state goes over to the next version. */
  readonly keepsState: boolean
  /** Waits until no asynchronous call runs; gives false where some still do after `timeoutMs`, or at an abort. */
  idle(timeoutMs: number, signal: AbortSignal): Promise<boolean>
  /** Gives the state for the next version. */
  snapshot(): Promise<unknown>
  /** Takes the state of the version before. */
  restore(state: unknown): Promise<void>
  /**
   * Takes new settings into the running instance. Gives false where the thread has no `reconfigure`. Rejects with
   * ERR_TRUSTP2P_CONFIG_INVALID, and with what `reconfigure` throws.
   */
  reconfigure(settings: ThreadConfig): Promise<boolean>
  /** Makes a new instance of the version that was stopped, to be started again. */
  revive(): void | Promise<void>
  /**
   * Runs `stop()` and gives back what the thread took. Never rejects; failures are reported. With `mayRevive` it is
   * brought back later, or disposed of.
   */
  stop(options?: { readonly mayRevive: boolean }): Promise<void>
  /** Gives back what the thread took, without `stop()`: for a version that never ran, or was stopped to be revived. */
  dispose(): void
}
