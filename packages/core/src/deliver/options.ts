import type { P2pError } from '../errors'
import type { P2pSocket } from '../driver/socket'
import type { PackageType } from '../wire/package'

export interface RequestOptions {
  /** Type of the package: REQUEST [default] or HEARTBEAT_PING; in a broadcast also TALK and SYSTEM. */
  readonly type?: PackageType
  /** Longest wait for the answer in ms [`request.timeoutMs`, 300000]; 0 waits for ever. */
  readonly timeoutMs?: number
  /** Ends the wait; the peer is told to stop. */
  readonly signal?: AbortSignal
}

export interface TalkOptions {
  /** Type of the package: TALK [default] or SYSTEM. */
  readonly type?: PackageType
}

export interface BroadcastOptions extends RequestOptions {
  /** Whom to reach [all open sockets]. */
  readonly sockets?: Iterable<P2pSocket>
}

/** What became of a broadcast at one socket. */
export type BroadcastResult =
  | { readonly socket: P2pSocket; readonly status: 'answered'; readonly body: unknown }
  | { readonly socket: P2pSocket; readonly status: 'sent' }
  | { readonly socket: P2pSocket; readonly status: 'failed'; readonly error: P2pError }
