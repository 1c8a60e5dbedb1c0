import type { P2pError } from '../errors'
import type { P2pSocket } from '../driver/socket'
import type { PackageType } from '../wire/package'

/** How an address is dialled. */
export interface ConnectOptions {
  /** Ends the attempt. */
  readonly signal?: AbortSignal
  /**
   * The hosts that alone may be dialled [any]: IP addresses, networks such as `10.0.0.0/8`, `loopback`, `private` or
   * `public`, and names as they stand in the address; at most 100. Another name in the address goes by the addresses that
   * it stands for, and is refused where those are looked up elsewhere: by a proxy, or by a browser.
   */
  readonly hosts?: readonly string[]
}

/** What a request and a broadcast share. */
export interface AskOptions {
  /** Type of the package: REQUEST [default] or HEARTBEAT_PING; in a broadcast also TALK and SYSTEM. */
  readonly type?: PackageType
  /** Longest wait for the answer in ms [`request.timeoutMs`, 300000]; 0 waits for ever. */
  readonly timeoutMs?: number
  /** Ends the wait; the peer is told to stop. */
  readonly signal?: AbortSignal
}

/** How a request of one socket is sent. */
export interface RequestOptions extends AskOptions {
  /**
   * Shares the frame and the answer with those who ask the same of the same socket meanwhile [false]: same type, event
   * and body, whatever the order of its keys. All get the same value: do not change it.
   */
  readonly coalesce?: boolean
  /**
   * Asks another connected server, the least recently used one, when this one has not answered for `request.stalledMs`, is
   * lost, or says that it did not run the request [false]. Needs an outbound socket. The first answer counts; a request
   * may be run by several servers. With no other server left it waits for a new connection.
   */
  readonly reroute?: boolean
}

/** How a talk is sent. */
export interface TalkOptions {
  /** Type of the package: TALK [default] or SYSTEM. */
  readonly type?: PackageType
}

/** How a broadcast is sent, and to whom. */
export interface BroadcastOptions extends AskOptions {
  /** Whom to reach [all open sockets]. */
  readonly sockets?: Iterable<P2pSocket>
}

/** What became of a broadcast at one socket. */
export type BroadcastResult<Body = unknown> =
  | { readonly socket: P2pSocket; readonly status: 'answered'; readonly body: Body }
  | { readonly socket: P2pSocket; readonly status: 'sent' }
  | { readonly socket: P2pSocket; readonly status: 'failed'; readonly error: P2pError }
