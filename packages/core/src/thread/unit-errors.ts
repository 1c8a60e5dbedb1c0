import { P2pError, errorText } from '../errors'
import type { ThreadState } from './lifecycle'

/** Failures that end when other threads come, go or change. */
const MAY_RUN_LATER = new Set([
  'ERR_TRUSTP2P_THREAD_CYCLE',
  'ERR_TRUSTP2P_THREAD_PROVIDED_TWICE',
  'ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING'
])

/** Failures that may be over the next time, though nothing was changed. */
const MAY_PASS = new Set([
  'ERR_TRUSTP2P_THREAD_START_FAILED',
  'ERR_TRUSTP2P_THREAD_START_TIMEOUT',
  'ERR_TRUSTP2P_THREAD_CRASHED'
])

/** True for a failure that ends when other threads come, go or change. */
export function mayRunLater({ code }: P2pError): boolean {
  return MAY_RUN_LATER.has(code)
}

/** True for a failure that may be over the next time: the thread is started again after a wait. */
export function mayPass({ code }: P2pError): boolean {
  return MAY_PASS.has(code)
}

/** Where a failure that does not pass leaves a thread of which no version runs. */
export function stateAfter({ code }: P2pError): ThreadState {
  return code === 'ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING' ? 'waiting' : 'failed'
}

/** A module that fails beside its load is no better than one that fails in it: it is tried again when it changes. */
export function loadFault({ message, cause, details = {} }: P2pError): P2pError {
  return new P2pError('ERR_TRUSTP2P_THREAD_LOAD_FAILED', message, { cause, details })
}

/** The error as it is, where it is one of ours; else that of a version that did not load. */
export function codedError(name: string, cause: unknown): P2pError {
  if (cause instanceof P2pError) return cause
  return new P2pError('ERR_TRUSTP2P_THREAD_LOAD_FAILED', `${name}: ${errorText(cause)}`, { cause })
}

/** The error of a thread that is given up after so many restarts. */
export function quarantineError(name: string, cause: P2pError, restarts: number): P2pError {
  const times = `${restarts + 1} ${restarts === 0 ? 'time' : 'times'}`
  const text = `the thread ${name} failed ${times} and is given up: ${cause.message}`
  return new P2pError('ERR_TRUSTP2P_THREAD_QUARANTINED', text, { cause, details: cause.details ?? {} })
}
