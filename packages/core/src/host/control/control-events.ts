import type { KnownPeer } from '../../peers/known-peer'
import type { NodeStatus } from '../../node-status'
import type { ThreadInfo } from '../../thread/thread-events'

/** What can be asked of a node through its control socket, each a REQUEST. */
export const ControlEvent = {
  /** No body; gives a NodeReport. */
  STATUS: 'control/status',
  /** No body; gives a list of ThreadReport. */
  LIST_THREADS: 'control/threads/list',
  /** `{ name }`; gives a ThreadChange once the thread runs. */
  ENABLE_THREAD: 'control/threads/enable',
  /** `{ name }`; gives a ThreadChange once nothing of the thread is left. */
  DISABLE_THREAD: 'control/threads/disable',
  /** `{ name }`; gives a ThreadChange once the new version runs. */
  RELOAD_THREAD: 'control/threads/reload',
  /** `{ name }`; gives a ThreadChange once the thread runs, its failures forgotten. */
  RESET_THREAD: 'control/threads/reset',
  /** An ExplainQuery; gives a list of ExplainRecord, the newest first, at most 500 of them. */
  EXPLAIN: 'control/explain',
  /** `{ limit }`, a number from 1 to 400 [400]; gives a PeerListing. */
  LIST_PEERS: 'control/peers/list',
  /** `{ peer }`; gives a KnownPeer, or null. */
  SHOW_PEER: 'control/peers/show',
  /** `{ peer, ms, reason }`, of which the last two may be left out; gives a PeerBan. */
  BAN_PEER: 'control/peers/ban',
  /** `{ peer }`; gives a PeerChange once the ban is over. */
  UNBAN_PEER: 'control/peers/unban',
  /** `{ peer }`; gives a PeerChange once nothing is known of it. */
  FORGET_PEER: 'control/peers/forget',
  /** A WatchFilter with the number of the watch, `watch` [0]; gives null, and from then on tells of frames. */
  START_WATCH: 'control/watch/start',
  /** No body; gives null, and tells of no more frames. */
  STOP_WATCH: 'control/watch/stop'
} as const

/** What a node tells a watcher: a TALK with a NumberedBatch. */
export const WATCH_FRAMES_EVENT = 'control/watch/frames'

/** What a node tells before it closes a connection that it has no room for: a TALK with ErrorFacts. */
export const REFUSED_EVENT = 'control/refused'

/** An error as plain values. */
export interface ErrorFacts {
  readonly code: string
  readonly message: string
}

/** A thread as plain values. */
export interface ThreadReport extends Omit<ThreadInfo, 'error'> {
  readonly error?: ErrorFacts
}

/** What a node knows of its peers. */
export interface PeerListing {
  /** Those met last. */
  readonly peers: readonly KnownPeer[]
  /** How many there are in all. */
  readonly total: number
}

/** What became of what was known of a peer. */
export interface PeerChange {
  /** False where it was so already. */
  readonly changed: boolean
}

/** What became of a thread that was to be switched. */
export interface ThreadChange {
  /** False where it was so already. */
  readonly changed: boolean
  /** Absent for a thread that was switched off. */
  readonly thread?: ThreadReport
}

/** An address of the configuration's `connect`. */
export interface DialledAddress {
  readonly url: string
  /** Whether a connection is open. */
  readonly open: boolean
}

/** What a node tells of itself. */
export interface NodeReport extends Omit<NodeStatus, 'threads'> {
  readonly pid: number
  /** The working directory. */
  readonly cwd: string
  /** Version of trustp2p. */
  readonly version: string
  /** Version of Node. */
  readonly nodeVersion: string
  readonly upMs: number
  /** The addresses that it was told to listen on, as they were written; `addresses` has them as they were bound. */
  readonly listen: readonly string[]
  /** The addresses that it dials. */
  readonly connect: readonly DialledAddress[]
  readonly threads: readonly ThreadReport[]
  /** How many sockets are open; `sockets` holds the first 1000 of them. */
  readonly openSockets: number
  readonly memory: { readonly rssBytes: number; readonly heapBytes: number }
}
