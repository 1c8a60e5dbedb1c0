import { Worker, type WorkerOptions } from 'node:worker_threads'
import { BOOT_MODULES, bootWorker } from './boot-worker'
import type { WorkerStart } from './loading-protocol'

/** What V8 made of a program. */
export interface MadeCode {
  /** Names the state of its file. */
  readonly of: string
  readonly bytes: Uint8Array
}

/** What a worker's boot is told. */
export interface WorkerBoot extends WorkerStart {
  /** The program. */
  readonly file: string
  /** What was made of it in an earlier worker: with that it starts in two thirds of the time. */
  readonly code: MadeCode | undefined
}

const BOOT = `(${bootWorker.toString()})(${BOOT_MODULES.map((name) => `require('${name}')`).join(', ')})`

/** Starts workers of one program, and hands what V8 made of it in the first of them to the others. */
export class WorkerCode {
  readonly #file: () => string
  #code: MadeCode | undefined

  /** `file` is asked when a worker starts. */
  constructor(file: () => string) {
    this.#file = file
  }

  /** True once workers start with code that was made before. */
  get isKnown(): boolean {
    return this.#code !== undefined
  }

  start(start: WorkerStart, options: WorkerOptions): Worker {
    const workerData: WorkerBoot = { ...start, file: this.#file(), code: this.#code }
    const worker = new Worker(BOOT, { ...options, eval: true, workerData })
    // V8 runs this unchecked, so it must not come from a thread: the boot speaks before any thread is loaded, and nothing after it counts.
    if (this.#code === undefined) worker.once('message', (code: unknown) => this.#keep(code))
    return worker
  }

  /** Each worker gets a copy: a thread that could reach what others start with would run in all of them. */
  #keep(code: unknown): void {
    if (this.#code === undefined && isMadeCode(code)) this.#code = code
  }
}

function isMadeCode(value: unknown): value is MadeCode {
  if (typeof value !== 'object' || value === null || !('of' in value) || !('bytes' in value)) return false
  return typeof value.of === 'string' && isBytes(value.bytes)
}

/** Under jest it is of another realm. */
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && value.constructor.name === 'Uint8Array'
}
