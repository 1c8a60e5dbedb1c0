import { errorCode, errorText } from 'trustp2p/control'
import { describeError } from '../report-error'

/**
 * `problem`: something does not work, or will not. `warning`: it works, and may surprise. `skipped`: it was not looked
 * at, and the text says why.
 */
export type Level = 'ok' | 'skipped' | 'warning' | 'problem'

/** One thing that was looked at. */
export interface Finding {
  readonly level: Level
  /** What is so. */
  readonly text: string
  /** The code of the error that it is, or would be. */
  readonly code?: string
  /** What to do. Every warning and every problem has one, here or in its text. */
  readonly remedy?: string
}

export function ok(text: string): Finding {
  return { level: 'ok', text }
}

export function skipped(text: string): Finding {
  return { level: 'skipped', text }
}

export function warning(text: string, remedy: string): Finding {
  return { level: 'warning', text, remedy }
}

export function problem(text: string, remedy: string): Finding {
  return { level: 'problem', text, remedy }
}

/** The finding that an error is. What has no code is a mistake in a program, and is told of as it is. */
export function findingOf(error: unknown, level: Level = 'problem'): Finding {
  const report = describeError(error)
  if (report !== undefined) {
    const { code, message, remedy } = report
    return { level, text: message, code, ...(remedy !== undefined && { remedy }) }
  }
  const code = errorCode(error)
  return { level, text: errorText(error), ...(code !== undefined && { code }) }
}
