import { errorCode } from '../errors'

/** Codes of failures that come from outside, from a peer or a node that closes: no fault of the thread, they fill no log. */
const CAUSED_OUTSIDE = new Set([
  'ERR_TRUSTP2P_BODY_INVALID',
  'ERR_TRUSTP2P_BODY_TOO_DEEP',
  'ERR_TRUSTP2P_BODY_UNSUPPORTED',
  'ERR_TRUSTP2P_CONTRACT_MISMATCH',
  'ERR_TRUSTP2P_CONTRACT_UNKNOWN',
  'ERR_TRUSTP2P_NODE_CLOSED',
  'ERR_TRUSTP2P_REQUEST_CANCELLED',
  'ERR_TRUSTP2P_SOCKET_CLOSED'
])

/** True for what a thread could not have prevented. */
export function isCausedOutside(error: unknown): boolean {
  return CAUSED_OUTSIDE.has(errorCode(error) ?? '')
}

/** What a thread threw to a caller outside of it. */
const handedOver = new WeakSet()

/** Says that the failure of a call is its caller's to handle. */
export function handOver(error: unknown): void {
  if (typeof error === 'object' && error !== null) handedOver.add(error)
}

/** True for a failure that is its caller's, though its stack names the thread that was called. */
export function isHandedOver(error: unknown): boolean {
  return typeof error === 'object' && error !== null && handedOver.has(error)
}
