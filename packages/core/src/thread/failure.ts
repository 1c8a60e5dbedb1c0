import type { ErrorCode } from '../errors'

/** What a caller learns of a failure: nothing else crosses the wire. */
export interface Failure {
  readonly code: string
  readonly text: string
}

const CODE = /^[A-Z][A-Z0-9_]{0,63}$/
const LONGEST_TEXT = 500
const FAILED: ErrorCode = 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED'
const GENERIC: Failure = { code: FAILED, text: 'the handler failed: see the log of the peer' }
/** Node's errors of imports are no system errors, and yet tell paths. */
const IMPORT_CODES = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'])

/**
 * What the caller of a handler that threw is told: the error's own code, where it has one of the common form, and the
 * first line of its message. Errors of the system (files, connections) tell neither, since their texts name paths.
 */
export function failureOf(thrown: unknown): Failure {
  try {
    if (isSystemError(thrown)) return GENERIC
    return { code: codeOf(thrown) ?? FAILED, text: textOf(thrown) }
  } catch {
    return GENERIC
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isSystemError(thrown: unknown): boolean {
  if (!isObject(thrown)) return false
  if ('errno' in thrown || 'syscall' in thrown) return true
  if ('code' in thrown && typeof thrown.code === 'string' && IMPORT_CODES.has(thrown.code)) return true
  return 'errors' in thrown && Array.isArray(thrown.errors) && thrown.errors.some(isSystemError)
}

function codeOf(thrown: unknown): string | undefined {
  if (!isObject(thrown) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' && CODE.test(thrown.code) ? thrown.code : undefined
}

function textOf(thrown: unknown): string {
  const message = isObject(thrown) && 'message' in thrown ? thrown.message : thrown
  if (typeof message !== 'string') return GENERIC.text
  const line = firstLine(message)
  return line === '' ? GENERIC.text : line.slice(0, LONGEST_TEXT)
}

/** The first line of a text, without the space around it. */
export function firstLine(text: string): string {
  return (
    text
      .trimStart()
      .split(/[\r\n\u2028\u2029]/, 1)[0]
      ?.trimEnd() ?? ''
  )
}
