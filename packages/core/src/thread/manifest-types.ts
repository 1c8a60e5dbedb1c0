import type { Service } from '../contract/contract'
import type { ContractJson } from '../contract/descriptor'

/** Where a thread's code runs: on the node's own event loop, or in a worker of its own. */
export type Isolation = 'inline' | 'worker'

/** Events by the name of their type; `[]` for none. An event may end with `*`, which stands for any rest. */
export type DeclaredEvents =
  readonly never[] | { readonly [Type in 'SYSTEM' | 'HEARTBEAT_PING' | 'TALK' | 'REQUEST']?: readonly string[] }

/** When a thread that failed while it ran, or at its start, is started again. */
export interface RestartPolicy {
  /** Wait before the first restart, in ms [1000]. */
  readonly firstMs: number
  /** What each wait is multiplied by to give the next [2]. */
  readonly factor: number
  /** Longest wait, in ms [30000]. */
  readonly longestMs: number
  /** Part of a wait that is random [0.2]: 80 % to 120 % of it. */
  readonly jitter: number
  /** Most restarts within `withinMs` [5]; past them the thread is quarantined. 0: no restart. */
  readonly most: number
  /** The time that restarts are counted in, in ms [60000]. A thread that ran for so long begins with the first wait. */
  readonly withinMs: number
}

/** How often one peer may send an event. */
export interface Quota {
  /** The rate that is kept up, in frames per second: 0.001 to 1,000,000. */
  readonly perSecond: number
  /** How many may come at once [what a second allows, 1 at least]. */
  readonly burst?: number
  /** How long their bodies may be together, in bytes per second: 1 to 1 GiB; a longer one is never taken [not bounded]. */
  readonly bytesPerSecond?: number
}

/** Anything with a `parse` that gives the checked value or throws. */
export interface ConfigParser {
  /** Gives the checked value; what it throws keeps the thread from running. */
  parse(value: unknown): unknown
}

/** What a thread says about itself before its code runs. Every key is optional. */
export interface ThreadManifest {
  /** Version of the thread, for people: 1 to 64 visible ASCII characters. */
  readonly version?: string
  /** Version of this contract that the thread is written for [1]. */
  readonly apiVersion?: number
  /** Threads that start before this one, where they are there. */
  readonly after?: readonly string[]
  /** Threads, or what threads provide, without which this one does not run. */
  readonly requires?: readonly string[]
  /** Threads, or what threads provide, that this one calls where they run. */
  readonly wants?: readonly string[]
  /** Names besides its own under which others require, want and get this thread. */
  readonly provides?: readonly string[]
  /** The events that it may handle [those of its eventMap]; `[]` for a thread that has hooks only, and no eventMap. */
  readonly handles?: DeclaredEvents
  /** The events that it may send [any]. */
  readonly sends?: DeclaredEvents
  /** Checks the thread's part of the configuration and gives `this.config`: a schema of zod, or the like. */
  readonly config?: ConfigParser
  /**
   * What the bodies of its events are [anything]: a .proto, relative to the thread's module where it begins with "./" or
   * "../", else by name in the project's `proto/`; or a service that `defineContract` gave, or what `contractJson` gave.
   */
  readonly contract?: string | Service | readonly ContractJson[]
  /** Where its code runs ['inline']. The configuration of the node decides where it has `threads.<name>.isolation`. */
  readonly isolation?: Isolation
  /** When it is started again after a failure. */
  readonly restart?: Partial<RestartPolicy>
  /** How often one peer may send an event, by event; one may end with `*`, which stands for any rest. */
  readonly quotas?: Readonly<Record<string, Quota>>
  /** The node ends when this thread is given up [false]. */
  readonly critical?: boolean
  /** The version before is stopped before the next one starts [false]: for what only one can hold. */
  readonly exclusive?: boolean
}
