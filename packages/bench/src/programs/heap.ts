import { setImmediate as turn } from 'node:timers/promises'

/** Collections before the heap is read: finalizers of one make garbage for the next. */
const COLLECTIONS = 4

/** Collects all garbage and gives the heap that is left, in bytes. Throws unless run with --expose-gc. */
export async function heapAfterCollection(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('This program needs --expose-gc')
  for (let index = 0; index < COLLECTIONS; index++) {
    globalThis.gc()
    await turn()
  }
  return process.memoryUsage().heapUsed
}
