import { isPeerCode, P2pError } from '../errors'
import { printable } from '../printable'
import type { CP2pPackage } from '../wire/package'
import type { PeerGreeting } from './greeting'

/** Longest text of a peer's error that is kept, in UTF-16 units. */
const MAX_TEXT = 500

/**
 * The error that a response carries, or undefined for an answer. Throws what reading the body throws where the body
 * decides; a code counts whatever the body is.
 */
export function responseError(received: CP2pPackage, peer: PeerGreeting): P2pError | undefined {
  if (received.error !== undefined) {
    return remoteError(received.error, failureTextOf(received) ?? 'the peer answered with an error')
  }
  if (peer.current) return undefined
  const text = errorTextOf(received.body)
  return text === undefined ? undefined : remoteError('ERR_TRUSTP2P_REQUEST_REMOTE', text)
}

function remoteError(code: string, text: string): P2pError {
  const shown = isPeerCode(code) ? code : 'ERR_TRUSTP2P_REQUEST_REMOTE'
  return new P2pError(shown, printable(text), { details: { remote: true } })
}

function failureTextOf(received: CP2pPackage): string | undefined {
  try {
    return errorTextOf(received.body)
  } catch {
    return undefined
  }
}

function errorTextOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'error')) return undefined
  const { error } = body as { error: unknown }
  return typeof error === 'string' ? error.slice(0, MAX_TEXT) : undefined
}
