import type { DeliverCounters } from './deliver/counters'
import type { P2pSocket, SocketState } from './driver/socket'
import type { QuotaCounters } from './thread/quotas'
import type { ThreadInfo } from './thread/thread-events'

/**
 * `starting` → `running` → `closing` → `closed`; a start that fails goes from `starting` to `closing`. A running node is
 * `suspended` while it has left the network.
 */
export type NodeState = 'starting' | 'running' | 'suspended' | 'closing' | 'closed'

/** A plain snapshot of a node. */
export interface NodeStatus {
  readonly name: string
  /** Its peer id; undefined where `auth` is off. */
  readonly id: string | undefined
  readonly state: NodeState
  readonly addresses: readonly string[]
  /** What keeps what it remembers: a package, or `memory`, which lasts as long as the node. */
  readonly store: string
  readonly sockets: readonly SocketStatus[]
  readonly threads: readonly ThreadInfo[]
  readonly pendingRequests: number
  readonly runningRequests: number
  readonly counters: Readonly<DeliverCounters & QuotaCounters>
}

/** A plain snapshot of one open socket. `silentMs` is the time in ms since its last frame. */
export interface SocketStatus {
  readonly id: string
  readonly url: string
  readonly peer: string
  /** Undefined for a peer that has not proved who it is. */
  readonly peerId: string | undefined
  readonly inbound: boolean
  readonly state: SocketState
  readonly silentMs: number
  readonly bufferedAmount: number
}

/** @param now the time on the node's clock, in ms */
export function socketStatus(socket: P2pSocket, now: number): SocketStatus {
  const { id, url, peer, peerId, inbound, state, bufferedAmount } = socket
  return { id, url, peer, peerId, inbound, state, silentMs: Math.max(now - socket.lastReceivedAt, 0), bufferedAmount }
}
