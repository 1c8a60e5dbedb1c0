import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { basename } from 'node:path'
import { parentPort, type MessagePort } from 'node:worker_threads'
import { errorText } from '../errors'
import type { TranspileRequest, TranspileResult } from './transpile'
import { transpile } from './transpile'

/** What the compiler's thread is asked. */
export interface CompileOrder {
  readonly id: number
  readonly request: TranspileRequest
  /** Where the asker is blocked until the answer is there: the answer goes to its port, and the flag is raised. */
  readonly blocked?: { readonly port: MessagePort; readonly flag: Int32Array }
}

export interface CompileAnswer {
  readonly id: number
  readonly result: TranspileResult
}

/** A tenth of the processor's time where another thread wants it all, so that a compile still ends in a second. */
const COMPILER_NICENESS = 10

giveWay()

parentPort?.on('message', ({ id, request, blocked }: CompileOrder) => {
  const answer: CompileAnswer = { id, result: transpileSafely(request) }
  if (blocked === undefined) {
    parentPort?.postMessage(answer)
    return
  }
  blocked.port.postMessage(answer)
  blocked.port.close()
  Atomics.store(blocked.flag, 0, 1)
  Atomics.notify(blocked.flag, 0)
})

/** A text that makes the compiler itself throw, such as one that is nested too deep, is that text's fault alone. */
function transpileSafely(request: TranspileRequest): TranspileResult {
  try {
    return transpile(request)
  } catch (error) {
    const text = errorText(error)
    return { fault: `the compiler cannot read it: ${text}`, at: { line: 1, column: 1 } }
  }
}

/**
 * Lets the node's threads go first where cores are few, so that a reload does not delay calls. Linux alone has a
 * priority per thread (setpriority(2)); it is lowered after the compiler has loaded, for a first start waits for that.
 */
function giveWay(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), COMPILER_NICENESS)
  } catch {
    // A sandbox without /proc, or one that forbids it: the compiler then competes as any thread does.
  }
}
