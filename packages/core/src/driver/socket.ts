/**
 * `connecting` → `greeting` → `open` → `closing` → `closed`. Hooks, routing, broadcast and `node.sockets` know only
 * open ones.
 */
export type SocketState = 'connecting' | 'greeting' | 'open' | 'closing' | 'closed'

/** How a peer proved who it is: by Noise, whose keys seal the frames, or by a signature over the TLS below. */
export type SocketProof = 'noise' | 'tls'

/** One connection to a peer, whatever driver made it: what threads and programs hold. */
export interface P2pSocket {
  /** Unique in this node. */
  readonly id: string
  /** Inbound: the address of the listener that took it. Outbound: the URL that was dialled. */
  readonly url: string
  /** Inbound: the remote `ip:port`, port 0 where a trusted proxy tells none. Outbound: the URL that was dialled. */
  readonly peer: string
  /** The remote host, without port or brackets; behind a trusted proxy the one that it speaks for. */
  readonly host: string
  /** Who is at the other end: its public key, proved on this connection. Undefined where it proved nothing. */
  readonly peerId: string | undefined
  /** The id that it had before, by a statement that the old key has signed. Undefined where it says of none. */
  readonly formerPeerId?: string | undefined
  /** How that was proved. */
  readonly proof: SocketProof | undefined
  readonly bInbound: boolean
  readonly bOutbound: boolean
  /** The same as `bInbound`. */
  readonly inbound: boolean
  /** The same as `bOutbound`. */
  readonly outbound: boolean
  readonly state: SocketState
  /** When the last frame came, on the node's monotonic clock in ms; the time of opening before the first one. */
  readonly lastReceivedAt: number
  /** Bytes that were sent and not yet taken by the system. */
  readonly bufferedAmount: number
  /** Closes in an orderly way. `code` [1000] is a WebSocket close code, `reason` has at most 123 bytes of UTF-8. */
  close(code?: number, reason?: string): void
  /** Drops the connection at once. */
  terminate(): void
}
