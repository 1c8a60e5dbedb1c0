import { P2pError, errorCode, errorText, isError } from '../errors'
import { printable } from '../printable'
import { shownUrl } from './canonical-url'
import type { DriverSocket } from './contract'

/** The part of a socket that errors name. */
type Named = Pick<DriverSocket, 'peer' | 'bufferedAmount'>

export function socketClosed({ peer }: Pick<Named, 'peer'>): P2pError {
  return new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', `the socket to ${peer} is closed: nothing was sent`, {
    details: { peer }
  })
}

export function sendQueueFull({ peer, bufferedAmount }: Named, frameBytes: number, sendQueueBytes: number): P2pError {
  return new P2pError(
    'ERR_TRUSTP2P_LIMIT_SEND_QUEUE',
    `a frame of ${frameBytes} bytes to ${peer} does not fit: ${bufferedAmount} of ${sendQueueBytes} bytes ` +
      '(limits.sendQueueBytes) wait already; wait for drain, or send less',
    { details: { peer, frameBytes, bufferedAmount, sendQueueBytes } }
  )
}

export function socketFailed({ peer }: Pick<Named, 'peer'>, cause: unknown): P2pError {
  return new P2pError('ERR_TRUSTP2P_DRIVER_SOCKET_FAILED', `the connection to ${peer} broke: ${causeText(cause)}`, {
    cause,
    details: { peer }
  })
}

/** What the peer sent is no such protocol, or too long. */
export function protocolViolated({ peer }: Pick<Named, 'peer'>, cause: unknown): P2pError {
  const text = `${peer} broke the protocol of the connection: ${causeText(cause)}`
  return new P2pError('ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED', text, { cause, details: { peer } })
}

/** A peer id was taken off the address before: see `readPinned`. */
export const NO_USERS = 'what stands before its @ is no peer id, and user names and passwords are not taken'

export function addressInvalid(url: string, why: string): P2pError {
  return new P2pError('ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID', `"${shownUrl(url)}" is no address to use: ${why}`, {
    details: { url: shownUrl(url) }
  })
}

export function addressInUse(url: string, cause?: unknown): P2pError {
  return new P2pError(
    'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE',
    `cannot listen on ${url}: it is in use; choose another port, or end the process that listens there`,
    { cause, details: { url } }
  )
}

export function listenFailed(url: string, cause: unknown): P2pError {
  return new P2pError('ERR_TRUSTP2P_DRIVER_LISTEN_FAILED', `cannot listen on ${url}: ${causeText(cause)}`, {
    cause,
    details: { url }
  })
}

/** A server of the system could not be bound. */
export function bindFailed(url: string, cause: unknown): P2pError {
  return errorCode(cause) === 'EADDRINUSE' ? addressInUse(url, cause) : listenFailed(url, cause)
}

/** `hint` follows the text of the cause. */
export function dialFailed(url: string, cause: unknown, hint = ''): P2pError {
  return new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_FAILED', `cannot reach ${url}: ${causeText(cause)}${hint}`, {
    cause,
    details: { url }
  })
}

export function dialRefused(url: string, status: number, text: string): P2pError {
  return new P2pError(
    'ERR_TRUSTP2P_DRIVER_DIAL_REFUSED',
    `${url} refused the handshake: ${status} ${printable(text)}`.trimEnd(),
    {
      details: { url, status }
    }
  )
}

/** How TLS answers what is none (RFC 8446, 5.1). */
const TLS_ALERT = '\x15\x03'

/** `text` is what the peer began with, a byte in each letter. */
export function otherProtocol(url: string, text: string): P2pError {
  const shown = printable(text)
  const hint = text.startsWith(TLS_ALERT) ? 'is it a tls:// address?' : 'check the scheme and the port'
  return new P2pError(
    'ERR_TRUSTP2P_DRIVER_DIAL_REFUSED',
    `${url} speaks another protocol: it began with "${shown}"; ${hint}`,
    { details: { url, text: shown } }
  )
}

export function handshakeRefused(facts: {
  readonly peer: string
  readonly address: string
  readonly why: string
  /** How many more were refused since the last report. */
  readonly heldBack: number
}): P2pError {
  const { peer, address, why, heldBack } = facts
  const more = heldBack === 0 ? '' : ` (and ${heldBack} more since the last report)`
  return new P2pError(
    'ERR_TRUSTP2P_DRIVER_HANDSHAKE_REFUSED',
    `a handshake of ${peer} at ${address} was refused: ${why}${more}`,
    { details: { ...facts } }
  )
}

export function dialTimeout(url: string, handshakeMs: number): P2pError {
  return new P2pError(
    'ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT',
    `${url} did not complete the handshake within ${handshakeMs} ms (limits.handshakeMs)`,
    { details: { url, handshakeMs } }
  )
}

export function dialAborted(url: string, cause: unknown): P2pError {
  return new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_ABORTED', `the dial of ${url} was aborted: ${causeText(cause)}`, {
    cause,
    details: { url }
  })
}

/** A driver that was closed listens and dials no more. */
export const DRIVER_CLOSED = 'the driver is closed'

/** Several addresses of one name fail as one AggregateError without a text of its own: its parts say what happened. */
function causeText(cause: unknown): string {
  const parts = isError(cause) && cause.message === '' && 'errors' in cause ? cause.errors : undefined
  return Array.isArray(parts) ? parts.map(errorText).join('; ') : errorText(cause)
}
