/** The class with which browsers connect (WebSockets Standard of the WHATWG): the part of it that a driver needs. */
export type WebSocketClass = new (url: string) => WebSocketLike

/** A WebSocket of a browser. */
export interface WebSocketLike {
  /** What frames of bytes come as. */
  binaryType: string
  readonly readyState: number
  /** Bytes that `send` took and the network has not. */
  readonly bufferedAmount: number
  /** Sends a frame of bytes. */
  send(bytes: Uint8Array): void
  /** Closes in an orderly way; where it has not opened it fails. */
  close(code?: number, reason?: string): void
  /** Adds a listener. */
  addEventListener(type: WebSocketEventName, listener: (event: WebSocketEvent) => void): void
}

/** What a WebSocket of a browser tells of. */
export type WebSocketEventName = 'open' | 'message' | 'error' | 'close'

/** The parts of all these events, each there where its event has it. */
export interface WebSocketEvent {
  /** Of `message`: a text, or what `binaryType` says. */
  readonly data?: unknown
  /** Of `close`. */
  readonly code?: number
  /** Of `close`. */
  readonly reason?: string
  /** Of `error`, where the platform tells more than browsers do. */
  readonly message?: unknown
}

/** The state of a socket that frames can be sent on. */
export const OPEN = 1

/** A page may close with 1000 and with codes of its own alone: what a driver says otherwise is this much higher there. */
const OWN_CODES = 3000

/** The code that stands for `code` in the close frame of a page: 1008 is 4008 there. */
export function pageCode(code: number): number {
  return code === 1000 || code >= 3000 ? code : code + OWN_CODES
}

/** What an event of `error` says of its cause: in browsers nothing, so that no page can explore a network. */
export function causeOf({ message }: WebSocketEvent): Error {
  return new Error(typeof message === 'string' && message !== '' ? message : 'the browser does not tell why')
}
