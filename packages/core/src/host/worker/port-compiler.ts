import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import type { Compiler } from '../thread-compiler'
import type { TranspileRequest, TranspileResult } from '../transpile'
import type { CompileReply, FromLoader } from './loading-protocol'

/** A file takes milliseconds; the first one waits for the compiler to load, seconds on a busy machine. */
const LONGEST_BLOCK_MS = 30_000

interface Waiting {
  readonly resolve: (result: TranspileResult) => void
  readonly reject: (error: Error) => void
}

/** Has the node compile: one compiler, and one cache of what it compiled, serve all workers. */
export class PortCompiler implements Compiler {
  readonly #port: MessagePort
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0

  constructor(port: MessagePort) {
    this.#port = port
  }

  compile(request: TranspileRequest): Promise<TranspileResult> {
    const id = (this.#lastId += 1)
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#port.postMessage({ kind: 'compile', id, request } satisfies FromLoader)
    })
  }

  compileNow(request: TranspileRequest): TranspileResult {
    const { port1, port2 } = new MessageChannel()
    const flag = new Int32Array(new SharedArrayBuffer(4))
    const id = (this.#lastId += 1)
    try {
      const order: FromLoader = { kind: 'compile', id, request, blocked: { port: port2, flag } }
      this.#port.postMessage(order, [port2])
      Atomics.wait(flag, 0, 0, LONGEST_BLOCK_MS)
      const received: { message: CompileReply } | undefined = receiveMessageOnPort(port1)
      if (received === undefined) throw new Error(`the compiler gave no answer within ${LONGEST_BLOCK_MS} ms`)
      return resultOf(received.message)
    } finally {
      port1.close()
    }
  }

  settle(reply: CompileReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    try {
      waiting?.resolve(resultOf(reply))
    } catch (error) {
      waiting?.reject(error as Error)
    }
  }
}

function resultOf({ result, fault }: CompileReply): TranspileResult {
  if (result === undefined) throw new Error(fault)
  return result
}
