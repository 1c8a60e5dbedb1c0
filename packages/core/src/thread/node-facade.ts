import type { P2pSocket } from '../driver/socket'
import type { BroadcastOptions, BroadcastResult, RequestOptions, TalkOptions } from '../deliver/options'

/** The node as a thread sees it: a shape that could stand on the other side of a port. */
export interface ThreadNode {
  /** This node, where it listens; else null. */
  readonly server: ThreadNode | null
  /** This node, where it dials; else null. */
  readonly client: ThreadNode | null
  /** What the node really listens on. */
  readonly addresses: readonly string[]
  /** A snapshot of the open sockets. */
  readonly sockets: readonly P2pSocket[]
  /** Asks the peer and gives its answer's body. */
  request(socket: P2pSocket, event: string, body?: unknown, options?: RequestOptions): Promise<unknown>
  /** Tells the peer. Gives false when the socket's queue is above its high-water mark. */
  talk(socket: P2pSocket, event: string, body?: unknown, options?: TalkOptions): boolean
  /** Asks or tells several peers at once. */
  broadcast(event: string, body?: unknown, options?: BroadcastOptions): Promise<readonly BroadcastResult[]>
}
