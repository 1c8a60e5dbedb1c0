import type { P2pSocket } from '../driver/socket'
import type { CP2pMessage } from '../deliver/message'

/** Answers with the response's body, or undefined to leave the answer to another handler. */
export type Handler = (socket: P2pSocket, message: CP2pMessage) => unknown

/** Handlers by package type, then by event. */
export type EventMap = Readonly<Record<number, Readonly<Record<string, Handler>>>>
