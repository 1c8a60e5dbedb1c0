import type { P2pError } from '../errors'

/**
 * Opens and accepts sockets for one or more URL schemes. Everything above a driver is the same for every driver.
 * One driver instance belongs to one node.
 */
export interface Driver {
  readonly name: string
  /** URL schemes without the colon: `ws`. */
  readonly schemes: readonly string[]
  readonly supports: DriverSupport
  /**
   * True where `DialOptions.refusalOf` is asked about each IP address that a name stands for, before it is connected to
   * [false].
   */
  readonly judgesNames?: boolean
  /**
   * Listens on an address and hands every accepted socket to `options.onSocket`.
   * Rejects with ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID, _ADDRESS_IN_USE or _LISTEN_FAILED, and one over TLS also with
   * _TLS_NOT_CONFIGURED, _TLS_FILE_UNREADABLE, _TLS_FILE_INVALID, _TLS_KEY_MISMATCH or _TLS_EXPIRED.
   */
  listen(url: string, options: ListenOptions): Promise<DriverListener>
  /**
   * Connects to an address. Rejects with ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID, _DIAL_FAILED, _DIAL_REFUSED,
   * _DIAL_TIMEOUT or _DIAL_ABORTED, through a proxy also _PROXY_FAILED, _PROXY_UNFIT, _PROXY_LOGIN or _PROXY_REFUSED, and one over TLS also with _TLS_UNTRUSTED, _TLS_WRONG_NAME, _TLS_EXPIRED,
   * _TLS_FAILED, _TLS_FILE_UNREADABLE or _TLS_FILE_INVALID; nothing is left open then.
   */
  dial(url: string, options: DialOptions): Promise<DriverSocket>
  /** Closes the listeners and terminates what is still open or opening. */
  close(): Promise<void>
}

/** What a driver can do: the conformance suite tests what is true here. */
export interface DriverSupport {
  readonly listen: boolean
  readonly dial: boolean
  readonly encryption: boolean
  readonly browser: boolean
}

/** The limits that a driver enforces on each socket; the node fills them from its configuration. */
export interface SocketLimits {
  /** Longest frame in bytes. A longer one closes the socket with 1009 before it is buffered whole. */
  readonly frameBytes: number
  /** Most bytes that may wait for a slow reader. */
  readonly sendQueueBytes: number
  /** Longest time in ms from the first byte, or the dial, to an open socket. */
  readonly handshakeMs: number
}

/** What a listener is opened with. */
export interface ListenOptions {
  readonly limits: SocketLimits
  /** Asked for each connection as it comes [true]: one that may not is dropped at once, before its handshake. */
  mayConnect?(host: string): boolean
  /** Called synchronously for each accepted socket; it calls `socket.attach` before it returns. */
  onSocket(socket: DriverSocket): void
  /** The listener failed after it was bound, or a handshake was refused: a report; the listener goes on if it can. */
  onWarning(error: P2pError): void
}

/** For a listener on a server that the program has, binds and closes. */
export interface ShareOptions extends ListenOptions {
  /** That server began to listen: on this address, which the listener has from now on. */
  onListening(address: string): void
}

/** What a connection is opened with. */
export interface DialOptions {
  readonly limits: SocketLimits
  readonly signal?: AbortSignal
  /**
   * Gives the first frame of the dialling side. A driver whose handshake leaves room for it calls it, once, and sends the
   * frame then, so that it takes no round trip of its own; what it is given is the exporter of the socket to come. Where
   * it is not called the frame is sent on the socket. [there is none to send]
   */
  readonly firstFrame?: (exporter: Uint8Array | undefined) => Uint8Array
  /**
   * Why an IP address that the host of the URL stands for may not be connected to; undefined where it may [all may]. A
   * driver that looks names up asks for each one, and connects to those that may; where none may it rejects with what it
   * was told as the cause. An address that stands in the URL was judged before.
   */
  readonly refusalOf?: (address: string) => P2pError | undefined
}

/** An address that is bound. */
export interface DriverListener {
  /**
   * What it really listens on, with the port that the system gave: `ws://127.0.0.1:40113`. Empty while a server of the
   * program, on which it is a guest, does not listen.
   */
  readonly address: string
  /** Stops accepting; accepted sockets stay. */
  close(): Promise<void>
}

/** One connection. Threads never see it: they get a P2pSocket. */
export interface DriverSocket {
  /** Inbound: the address of the listener that took it. Outbound: the URL that was dialled. */
  readonly url: string
  /**
   * Inbound: the remote `ip:port` (`[ip]:port` for IPv6). Outbound: the URL that was dialled. For a peer that a trusted
   * proxy speaks for the port is the one that the proxy told, else 0.
   */
  readonly peer: string
  /** The remote host, without port or brackets; IPv4-mapped IPv6 addresses as IPv4. */
  readonly host: string
  /**
   * 32 bytes that both ends of the TLS of this connection have, and no other connection has (RFC 9266, with a label of our
   * own); undefined or absent where there is none, or none that binds.
   */
  readonly exporter?: Uint8Array | undefined
  /** Bytes that were sent and not yet taken by the system; the driver's own headers of frames may count too. */
  readonly bufferedAmount: number
  /**
   * Names the receiver of what happens, once, in the same tick in which the socket was handed over (onSocket, or the
   * promise of `dial` resolved). Nothing is read before: frames wait in the system's own buffers, and a socket that
   * closed meanwhile calls `onClose` soon after.
   */
  attach(receiver: DriverSocketReceiver): void
  /**
   * Queues one frame; all frames of one tick leave in one write, those that answer what is read at the end of that read
   * or in the tick. From then on nobody may change the bytes; the same bytes may be sent on other sockets too.
   * Gives false when the queue is above the high-water mark (a quarter of sendQueueBytes): wait for `onDrain`.
   * Throws ERR_TRUSTP2P_LIMIT_SEND_QUEUE when the frame does not fit into sendQueueBytes (nothing is queued), and
   * ERR_TRUSTP2P_SOCKET_CLOSED once `close` or `terminate` was called or the connection is gone.
   */
  send(bytes: Uint8Array): boolean
  /**
   * Flushes what is queued, then closes in an orderly way; terminates where the peer does not follow within 2 s. Of
   * the receiver's methods only `onClose` is called from then on. Harmless when the socket is closed already.
   * Throws a RangeError for a code other than 1000 to 1003, 1007 to 1014 and 3000 to 4999, and for a reason of more
   * than 123 bytes of UTF-8.
   */
  close(code: number, reason: string): void
  /** Drops the connection and what is queued at once; nothing but `onClose` follows, with 1006. */
  terminate(): void
  /**
   * What it handed over last was sealed, and held that many frames beside the one that it looked like: for a driver whose
   * sockets are read in turns [not told].
   */
  onShared?(moreFrames: number): void
}

/** Who is told of what happens on a connection. */
export interface DriverSocketReceiver {
  /**
   * One frame. The bytes are the receiver's to keep: the driver does not touch them again. They may be a view of the
   * larger buffer that the system read into: kept for long, a copy holds less memory; their ArrayBuffer is not to be
   * transferred, since other frames lie in it.
   */
  onFrame(bytes: Uint8Array): void
  /** The queue fell below the high-water mark after `send` gave false. */
  onDrain(): void
  /**
   * A report about this connection; `onClose` follows where the connection is lost. What the peer is to blame for has the
   * code ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED: it counts against its host.
   */
  onError(error: P2pError): void
  /** The connection is gone: called exactly once, last. 1006 where no close frame came. */
  onClose(code: number, reason: string): void
}
