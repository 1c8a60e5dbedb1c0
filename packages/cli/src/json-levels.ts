/**
 * Gives the lists and objects of a JSON value level by level, without recursion: JSON.parse takes more levels than a
 * stack has room for. The first level is the value itself, where it is one of them.
 */
export function* levelsOf(value: unknown): Generator<readonly object[]> {
  for (let level = [value].filter(isNesting); level.length > 0; level = level.flatMap(valuesOf).filter(isNesting)) {
    yield level
  }
}

/** Gives what a list or an object holds. */
export function valuesOf(nesting: object): unknown[] {
  return Object.values(nesting)
}

function isNesting(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
