/** A letter, then letters, digits, `@`, `.`, `_` and `-`. */
const THREAD_NAME = /^[A-Za-z][\w@.-]*$/

/** True for a text that can be a thread's name. */
export function isThreadName(name: string): boolean {
  return THREAD_NAME.test(name)
}

/** Orders names by their code units, the same on every machine. */
export function compareNames(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
