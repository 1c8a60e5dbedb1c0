import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { dialAborted } from '../../driver/driver-errors'
import { errorCode, P2pError } from '../../errors'

/** Longest wait for a connection to a process of this machine, in ms: the system makes it without that process. */
export const LOCAL_CONNECT_MS = 5_000

/** How long a connection to a process of this machine may take. */
export interface LocalConnectionOptions {
  /** Longest wait for the connection, in ms [5000]. */
  readonly timeoutMs?: number
  /** Ends the wait; a connection that was made is not its business any more. */
  readonly signal?: AbortSignal
}

/** Why nobody took a connection: see Knock. */
export type NoConnection = 'refuses' | 'missing' | 'unknown'

/**
 * Connects to a Unix domain socket. Rejects with Node's error, with ERR_TRUSTP2P_DRIVER_DIAL_ABORTED, or with
 * ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT.
 */
export function connectLocally(path: string, options: LocalConnectionOptions = {}): Promise<Socket> {
  const { timeoutMs = LOCAL_CONNECT_MS, signal } = options
  if (signal?.aborted === true) return Promise.reject(dialAborted(path, signal.reason))
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    const onAbort = () => fail(dialAborted(path, signal?.reason))
    const timer = setTimeout(() => fail(tooLate(path, timeoutMs)), timeoutMs)
    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.off('error', fail)
    }
    const fail = (error: Error) => {
      settle()
      socket.destroy()
      reject(error)
    }
    signal?.addEventListener('abort', onAbort)
    socket.on('error', fail)
    socket.once('connect', () => {
      settle()
      resolve(socket)
    })
  })
}

/** What an error of connectLocally tells of the socket. */
export function noConnection(error: unknown): NoConnection {
  switch (errorCode(error)) {
    case 'ECONNREFUSED':
      return 'refuses'
    case 'ENOENT':
      return 'missing'
    default:
      return 'unknown'
  }
}

function tooLate(path: string, timeoutMs: number): P2pError {
  return new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT', `${path} took no connection within ${timeoutMs} ms`, {
    details: { path, timeoutMs }
  })
}
