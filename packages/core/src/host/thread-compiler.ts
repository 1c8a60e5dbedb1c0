import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { MessageChannel, receiveMessageOnPort, Worker, type WorkerOptions } from 'node:worker_threads'
import { hashOf } from './content-hash'
import type { CompileAnswer, CompileOrder } from './compile-worker'
import type { TranspileRequest, TranspileResult } from './transpile'

/** Whatever compiles for the loader. */
export interface Compiler {
  compile(request: TranspileRequest): Promise<TranspileResult>
  /** The same, while the caller's thread stands still. */
  compileNow(request: TranspileRequest): TranspileResult
}

/** Compiles TypeScript and ES modules on a thread of its own, so that a running node does not stop for it. */
export class ThreadCompiler implements Compiler {
  readonly #idleMs: number
  readonly #cache = new CompileCache()
  readonly #waiting = new Map<number, Waiting>()
  #users = 0
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #lastId = 0

  /** `idleMs`: how long the compiler stays in memory (about 80 MiB) after its last work. */
  constructor(idleMs = 60_000) {
    this.#idleMs = idleMs
  }

  /** Counts one more node that may compile. */
  acquire(): void {
    this.#users += 1
  }

  /** The last node to go ends the thread; what was compiled is kept. */
  async release(): Promise<void> {
    this.#users -= 1
    if (this.#users <= 0) await this.#end()
  }

  /** True while the thread runs. */
  get running(): boolean {
    return this.#worker !== undefined
  }

  async compile(request: TranspileRequest): Promise<TranspileResult> {
    const key = keyOf(request)
    return this.#cache.get(key) ?? this.#cache.put(key, await this.#ask(request))
  }

  /** The same, while the caller's thread stands still: for a `require` whose argument is not known before it runs. */
  compileNow(request: TranspileRequest): TranspileResult {
    const key = keyOf(request)
    return this.#cache.get(key) ?? this.#cache.put(key, this.#askBlocked(request))
  }

  #ask(request: TranspileRequest): Promise<TranspileResult> {
    const worker = this.#wake()
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.ref()
      worker.postMessage({ id, request } satisfies CompileOrder)
    })
  }

  #askBlocked(request: TranspileRequest): TranspileResult {
    const worker = this.#wake()
    const { port1, port2 } = new MessageChannel()
    const flag = new Int32Array(new SharedArrayBuffer(4))
    const order: CompileOrder = { id: ++this.#lastId, request, blocked: { port: port2, flag } }
    try {
      worker.postMessage(order, [port2])
      Atomics.wait(flag, 0, 0, LONGEST_BLOCK_MS)
      const received: { message: CompileAnswer } | undefined = receiveMessageOnPort(port1)
      if (received === undefined) throw new Error(`the compiler gave no answer within ${LONGEST_BLOCK_MS} ms`)
      return received.message.result
    } finally {
      port1.close()
      this.#restMaybe()
    }
  }

  #wake(): Worker {
    clearTimeout(this.#idle)
    return (this.#worker ??= this.#start())
  }

  #start(): Worker {
    const worker = new Worker(join(__dirname, `compile-worker${ENDING}`), {
      ...(ENDING === '.ts' ? sourceOptions() : { execArgv: [] }),
      resourceLimits: { maxOldGenerationSizeMb: LARGEST_HEAP_MIB, maxYoungGenerationSizeMb: YOUNG_HEAP_MIB }
    })
    worker.unref()
    worker.on('message', (answer: CompileAnswer) => this.#settle(answer))
    worker.on('error', (error) => this.#lose(worker, error))
    worker.on('exit', () => this.#lose(worker, new Error('the compiler has ended')))
    return worker
  }

  #settle({ id, result }: CompileAnswer): void {
    this.#waiting.get(id)?.resolve(result)
    this.#waiting.delete(id)
    this.#restMaybe()
  }

  /** What waits is told; the next text starts the compiler anew. */
  #lose(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    clearTimeout(this.#idle)
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  #restMaybe(): void {
    if (this.#waiting.size > 0) return
    this.#worker?.unref()
    clearTimeout(this.#idle)
    // A handler that still runs in a node that has closed may ask, too.
    if (this.#users <= 0) void this.#end()
    else this.#idle = setTimeout(() => void this.#end(), this.#idleMs).unref()
  }

  async #end(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    this.#lose(worker, new Error('the compiler was ended'))
    await worker.terminate()
  }
}

interface Waiting {
  readonly resolve: (result: TranspileResult) => void
  readonly reject: (error: Error) => void
}

/** From source the worker is TypeScript itself. */
const ENDING = extname(__filename)

/** The process may have been started with what runs its sources. */
function sourceOptions(): WorkerOptions {
  const at = process.execArgv.indexOf('-r')
  const { resolve } = createRequire(__filename)
  const [hook = resolve('ts-node/register/transpile-only')] = at < 0 ? [] : process.execArgv.slice(at + 1)
  const env = { ...process.env, TS_NODE_PROJECT: join(__dirname, '../../../../tsconfig.json') }
  return { execArgv: ['-r', hook], env }
}

/** A file takes milliseconds; the first one waits for the compiler to load, seconds on a busy machine. */
const LONGEST_BLOCK_MS = 30_000

const LARGEST_HEAP_MIB = 512

/**
 * What the compiler makes outlives most collections of young objects, and V8 spreads those over more helpers the more
 * room they have: helpers that would compete with the node's calls.
 */
const YOUNG_HEAP_MIB = 4

function keyOf({ text, language, format }: TranspileRequest): string {
  return `${language} ${format} ${hashOf(text)}`
}

/** What was compiled last, by content: an unchanged file is compiled once, however often it is loaded. */
class CompileCache {
  readonly #results = new Map<string, TranspileResult>()
  #length = 0

  get(key: string): TranspileResult | undefined {
    const result = this.#results.get(key)
    if (result === undefined) return undefined
    this.#results.delete(key)
    this.#results.set(key, result)
    return result
  }

  put(key: string, result: TranspileResult): TranspileResult {
    if (this.#results.has(key)) return result
    this.#results.set(key, result)
    this.#length += lengthOf(result)
    for (const [oldest, value] of this.#results) {
      if (this.#length <= CACHE_CHARACTERS && this.#results.size <= CACHED_FILES) break
      this.#results.delete(oldest)
      this.#length -= lengthOf(value)
    }
    return result
  }
}

/** About 50 files of 10 KB, or more short ones. */
const CACHE_CHARACTERS = 512 << 10
const CACHED_FILES = 256

function lengthOf(result: TranspileResult): number {
  return 'code' in result ? result.code.length : result.fault.length
}

/** One for the process: nodes share what it compiled, and its memory. */
export const threadCompiler = new ThreadCompiler()
