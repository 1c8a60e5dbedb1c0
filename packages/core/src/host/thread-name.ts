import { isThreadName } from '../thread/names'

/** Endings of the files that can be a thread, in the order in which a bare name is looked for. */
export const MODULE_ENDINGS = ['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts'] as const

export type ModuleEnding = (typeof MODULE_ENDINGS)[number]

/** Files that lie beside threads and are none: declarations, contracts, source maps, documents, what editors leave. */
const PASSED_OVER =
  /\.(?:d|contract)\.[cm]?ts$|\.(?:map|md|txt|json|log|bak|orig|old|rej|tmp|swp|swo|disabled)$|^[._#~]|[~#]$/i

/** What an entry's file name says, before the entry itself was looked at. */
export interface EntryName {
  /** The thread's name. */
  readonly name: string
  /** The ending of a module, or undefined where the name has none. */
  readonly ending: ModuleEnding | undefined
  /** False where the file is named like a module, and its name is no thread name. */
  readonly valid: boolean
}

/** True for a text that may name a thread, or its file: what `enable` takes. */
export function namesThread(text: string): boolean {
  return isThreadName(text) && !PASSED_OVER.test(text)
}

/** Gives the ending of a module's file name, or undefined for any other file and for type declarations. */
export function moduleEnding(fileName: string): ModuleEnding | undefined {
  if (PASSED_OVER.test(fileName)) return undefined
  return MODULE_ENDINGS.find((ending) => fileName.endsWith(ending) && fileName.length > ending.length)
}

/** Reads the file name of an entry. Gives undefined for what is passed over in silence: it can be no thread. */
export function parseEntryName(fileName: string): EntryName | undefined {
  if (PASSED_OVER.test(fileName)) return undefined
  const ending = moduleEnding(fileName)
  const valid = isThreadName(fileName)
  if (!valid && ending === undefined) return undefined
  return { name: threadName(fileName), ending, valid }
}

/**
 * Gives the name of the thread in a file of that name: without the ending, and in the spelling of 2018
 * (`CThreadHeartbeat.js`) without the prefix and with a small first letter.
 */
export function threadName(fileName: string): string {
  const ending = moduleEnding(fileName) ?? ''
  const base = fileName.slice(0, fileName.length - ending.length)
  const bare = /^C?Thread(?=[A-Z])(.*)$/s.exec(base)?.[1]
  return bare === undefined ? base : bare.charAt(0).toLowerCase() + bare.slice(1)
}
