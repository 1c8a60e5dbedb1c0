import type { ThreadConfig } from '../config/config'
import { P2pError, errorCode, errorText } from '../errors'
import type { ErrorCode } from '../errors'
import type { Clock } from '../kit'
import type { Deadline } from '../deadline'
import { firstLine } from './failure'

/** A step in the life of a version that has a deadline. */
export interface LifeStep {
  /** How reports call it. */
  readonly what: string
  /** The setting that says how long it may take. */
  readonly limit: 'startTimeoutMs' | 'stopTimeoutMs'
  /** The code where it takes longer. */
  readonly late: ErrorCode
  readonly remedy: string
}

/** The steps, wherever the code of the version runs. */
export const LIFE_STEPS = {
  load: {
    what: 'the module',
    limit: 'startTimeoutMs',
    late: 'ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT',
    remedy: 'do not wait at its top level'
  },
  contract: {
    what: 'the contract',
    limit: 'startTimeoutMs',
    late: 'ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT',
    remedy: 'load it again'
  },
  construct: {
    what: 'the constructor',
    limit: 'startTimeoutMs',
    late: 'ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED',
    remedy: 'do less in it'
  },
  start: {
    what: 'start()',
    limit: 'startTimeoutMs',
    late: 'ERR_TRUSTP2P_THREAD_START_TIMEOUT',
    remedy: 'wait for less in start()'
  },
  stop: {
    what: 'stop()',
    limit: 'stopTimeoutMs',
    late: 'ERR_TRUSTP2P_THREAD_STOP_TIMEOUT',
    remedy: 'wait for less in stop()'
  },
  dispose: {
    what: 'an effect',
    limit: 'stopTimeoutMs',
    late: 'ERR_TRUSTP2P_THREAD_STOP_TIMEOUT',
    remedy: 'wait for less when it is undone'
  },
  /** Of a trial: what hangs then would hang in the version that runs, too. */
  letGo: {
    what: 'an effect',
    limit: 'startTimeoutMs',
    late: 'ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED',
    remedy: 'wait for less when it is undone'
  }
} as const satisfies Readonly<Record<string, LifeStep>>

/** Whose step it is. */
export interface StepOf {
  readonly path: string
  readonly settings: ThreadConfig
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
}

/** How long a step may take, and the error where it takes longer, which has the reason `hang` among its details. */
export function deadlineOf(
  { what, limit, late, remedy }: LifeStep,
  { path, settings, clock, signal }: StepOf
): Deadline {
  const ms = settings[limit]
  const expired = (): P2pError => {
    const text = `${path}: ${what} did not end within ${limit}, ${ms} ms; ${remedy}`
    return new P2pError(late, text, { details: { reason: 'hang' } })
  }
  return { clock, ms, expired, signal }
}

/** The error of a thread whose own code failed; `what` says where, as a sentence does. */
export function brokenError(
  code: ErrorCode,
  path: string,
  { what, cause }: { what: string; cause: unknown }
): P2pError {
  return new P2pError(code, `${path}: ${what}: ${firstLine(errorText(cause))}; mend the file`, { cause })
}

/** What is reported of a version that did not stop in order. */
export function stopError(path: string, cause: unknown): P2pError {
  if (errorCode(cause) === LIFE_STEPS.stop.late && cause instanceof P2pError) return cause
  return brokenError('ERR_TRUSTP2P_THREAD_STOP_FAILED', path, { what: 'stop() threw', cause })
}

/** True for an error that says by itself what happened. */
export function isOwnError(error: unknown): boolean {
  return errorCode(error)?.startsWith('ERR_TRUSTP2P_') === true
}
