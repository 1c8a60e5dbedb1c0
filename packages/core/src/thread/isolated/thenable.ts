/** True for anything with a `then`. Looking for it may run code of the thread, and throw what that throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
