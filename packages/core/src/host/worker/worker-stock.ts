import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { WorkerStart } from './loading-protocol'
import { workerFile } from './worker-file'
import { WorkerRoom } from './worker-room'

/** A worker that has loaded nothing yet. */
export interface StartedWorker {
  readonly room: WorkerRoom
  /** Where it is told what to load. */
  readonly loading: MessagePort
  readonly heapMb: number
}

/** Young objects of one thread are fewer than those of a node. */
const YOUNG_HEAP_MB = 16

/** How long a worker is kept that nobody has needed yet, in ms: it holds about 10 MiB. */
const SPARE_MS = 5_000

/**
 * Starts workers, and keeps one ready for a while after one was needed: code that is worked on is loaded again soon,
 * and a worker takes longer to start than a thread to load. One that has run code of a thread is never used again.
 */
export class WorkerStock {
  readonly #spareMs: number
  #users = 0
  #spare: StartedWorker | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(spareMs = SPARE_MS) {
    this.#spareMs = spareMs
  }

  /** Counts one more node that may need workers. */
  acquire(): void {
    this.#users += 1
  }

  /** The last node to go ends the worker that is kept. */
  async release(): Promise<void> {
    this.#users -= 1
    if (this.#users <= 0) await this.#drop()
  }

  /** True while a worker is kept. */
  get hasSpare(): boolean {
    return this.#spare !== undefined
  }

  /** Gives a worker whose heap has that size, in MiB. */
  take(heapMb: number): StartedWorker {
    const spare = this.#spare
    if (spare?.heapMb !== heapMb) return startWorker(heapMb)
    this.#forget()
    spare.room.ref()
    return spare
  }

  /** Keeps one more ready for a while, since one was needed. */
  refill(heapMb: number): void {
    if (this.#users <= 0) return
    if (this.#spare !== undefined && this.#spare.heapMb !== heapMb) void this.#drop()
    this.#spare ??= this.#start(heapMb)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#drop(), this.#spareMs).unref()
  }

  #start(heapMb: number): StartedWorker {
    const spare = startWorker(heapMb)
    spare.room.unref()
    spare.room.onEnd(() => {
      if (this.#spare === spare) this.#forget()
    })
    return spare
  }

  async #drop(): Promise<void> {
    const spare = this.#spare
    this.#forget()
    spare?.loading.close()
    await spare?.room.terminate()
  }

  #forget(): void {
    clearTimeout(this.#timer)
    this.#spare = undefined
  }
}

function startWorker(heapMb: number): StartedWorker {
  const loading = new MessageChannel()
  const line = new MessageChannel()
  const step = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const worker = new Worker(workerFile(), {
    workerData: { loading: loading.port2, line: line.port2, step } satisfies WorkerStart,
    transferList: [loading.port2, line.port2],
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_HEAP_MB }
  })
  return { room: new WorkerRoom(worker, line.port1, step), loading: loading.port1, heapMb }
}

/** One for the process: nodes share what is kept. */
export const workerStock = new WorkerStock()
