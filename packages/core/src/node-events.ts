import type { P2pError } from './errors'
import type { P2pSocket } from './driver/socket'
import type { ThreadEvent, ThreadInfo, ThreadMove } from './thread/thread-events'

/** What a node tells, by event name. */
export interface NodeEvents extends Record<ThreadEvent, [info: ThreadInfo]> {
  /** An inbound socket is open. */
  'socket:connection': [socket: P2pSocket]
  /** An outbound socket is open. */
  'socket:open': [socket: P2pSocket]
  /** The queue to a peer fell below its high-water mark after a talk gave false. */
  'socket:drain': [socket: P2pSocket]
  /** A socket that was open is gone. */
  'socket:close': [socket: P2pSocket, code: number, reason: string]
  /** Something went wrong on a socket; it closes where that was the end of it. */
  'socket:error': [error: P2pError, socket: P2pSocket]
  /** A thread went from one state to another. */
  'thread:state': [move: ThreadMove]
  /** A thread that is marked `critical` was given up: the node closes. */
  critical: [error: P2pError]
  /** An address is bound. */
  listening: [address: string]
  /** Something that a person should know of, and that the node lives with. */
  warning: [error: P2pError]
}

const NAMES: Readonly<Record<keyof NodeEvents, true>> = {
  'socket:connection': true,
  'socket:open': true,
  'socket:drain': true,
  'socket:close': true,
  'socket:error': true,
  listening: true,
  warning: true,
  'thread:started': true,
  'thread:stopped': true,
  'thread:failed': true,
  'thread:reloaded': true,
  'thread:state': true,
  critical: true
}

/** Throws a TypeError for a name that no node ever tells: a listener to it would wait for ever. */
export function assertNodeEvent(name: string): asserts name is keyof NodeEvents {
  if (Object.hasOwn(NAMES, name)) return
  throw new TypeError(`a node has no event '${name}': use one of ${Object.keys(NAMES).join(', ')}`)
}
