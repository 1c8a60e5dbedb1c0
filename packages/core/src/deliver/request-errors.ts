import { P2pError } from '../errors'
import { quote } from '../wire/quote'

/** No answer came in time. */
export function timeoutError(event: string, peer: string): P2pError {
  const text = `no answer to ${quote(event)} from ${peer} in time: ask again, or raise timeoutMs`
  return new P2pError('ERR_TRUSTP2P_REQUEST_TIMEOUT', text)
}

/** The caller's signal ended the wait. */
export function abortedError(event: string, signal: AbortSignal): P2pError {
  const text = `the request ${quote(event)} was aborted by its signal`
  return new P2pError('ERR_TRUSTP2P_REQUEST_ABORTED', text, { cause: signal.reason })
}

/** The driver of the socket leaves the node. */
export function removedError(peer: string): P2pError {
  const text = `the driver of the socket to ${peer} is removed, or replaced: ask over another socket`
  return new P2pError('ERR_TRUSTP2P_DRIVER_REMOVED', text)
}
