import { setImmediate as turn } from 'node:timers/promises'
import { getHeapCodeStatistics } from 'node:v8'

/** Collections before the heap is read: finalizers of one make garbage for the next. */
const COLLECTIONS = 4

/**
 * Collects all garbage and gives the heap that is left, in bytes, without the machine code in it: V8 makes and drops that
 * as it sees fit, half a MiB at a time. Throws unless run with --expose-gc.
 */
export async function heapAfterCollection(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('This program needs --expose-gc')
  for (let index = 0; index < COLLECTIONS; index++) {
    globalThis.gc()
    await turn()
  }
  return process.memoryUsage().heapUsed - getHeapCodeStatistics().code_and_metadata_size
}
