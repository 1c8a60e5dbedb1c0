/** Deepest nesting of what is given as configuration; deeper means a circle. */
export const MAX_DEPTH = 64

/** True for `{…}`: an object that is no instance of a class, of whatever realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** What stands at a path of plain objects and lists; undefined where there is nothing. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (isPlainObject(value)) return Object.hasOwn(value, key) ? value[key] : undefined
    return Array.isArray(value) ? value[Number(key)] : undefined
  }, root)
}

/** Freezes plain objects and lists at every depth; instances of classes, such as bytes, are left alone. */
export function deepFreeze<T>(value: T): T {
  if (!isPlainObject(value) && !Array.isArray(value)) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
