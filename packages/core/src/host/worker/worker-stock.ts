import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import type { ToLoader } from './loading-protocol'
import { isFromLoader } from './loading-protocol'
import { workerFile } from '../worker-file'
import { WorkerCode } from './worker-code'

/** A worker, and how it is told what to load. */
export interface StartedWorker {
  readonly worker: Worker
  readonly loading: MessagePort
  readonly step: Int32Array
  readonly heapMb: number
  /** How many versions of threads were tried in it. */
  uses: number
}

/** Young objects of one thread are fewer than those of a node. */
const YOUNG_HEAP_MB = 16

/** How long a worker is kept that nobody needs, in ms: it holds about 10 MiB. */
const KEPT_MS = 5_000

/** Most versions that are tried in one worker, since what they leave in it is never collected. */
const MOST_USES = 200

/** How long a worker may take to say that it is free, in ms. */
const RELEASE_MS = 1_000

/**
 * Starts workers, and keeps two kinds of them for a while, since code that is worked on is loaded again soon: one that
 * has loaded nothing, for the next thread that runs in a worker, and one in which versions were tried. A worker that a
 * thread ran in is never used again.
 */
export class WorkerStock {
  readonly #spare: Shelf
  readonly #tried: Shelf
  #users = 0
  #returning: Promise<void> = Promise.resolve()

  constructor(keptMs = KEPT_MS) {
    this.#spare = new Shelf(keptMs)
    this.#tried = new Shelf(keptMs)
  }

  /** Counts one more node that may need workers. */
  acquire(): void {
    this.#users += 1
  }

  /** The last node to go ends the workers that are kept. */
  async release(): Promise<void> {
    this.#users -= 1
    if (this.#users <= 0) await Promise.all([this.#spare.clear(), this.#tried.clear()])
  }

  /** How many workers are kept. */
  get kept(): number {
    return [this.#spare, this.#tried].filter(({ isEmpty }) => !isEmpty).length
  }

  /** Gives a worker that nothing was loaded in, whose heap has that size in MiB. */
  take(heapMb: number): StartedWorker {
    return this.#spare.take(heapMb) ?? startWorker(heapMb)
  }

  /** Settles when the one that is coming back is there, or has ended: at most 1,000 ms. */
  get returned(): Promise<void> {
    return this.#returning
  }

  /** Gives one to try a version in, which others may have been tried in before. */
  takeTried(heapMb: number): StartedWorker {
    return this.#tried.take(heapMb) ?? startWorker(heapMb)
  }

  /** Keeps a fresh one ready, since one was needed. */
  refill(heapMb: number): void {
    if (this.#users > 0 && this.#spare.isEmpty) this.#spare.put(startWorker(heapMb))
  }

  /** Keeps one in which a version was tried, where nothing of that is left open. */
  giveBack(started: StartedWorker): Promise<void> {
    return (this.#returning = this.#return(started))
  }

  async #return(started: StartedWorker): Promise<void> {
    started.uses += 1
    const isClean = started.uses < MOST_USES && (await askReleased(started))
    if (isClean && this.#users > 0 && this.#tried.isEmpty) this.#tried.put(started)
    else await endWorker(started)
  }
}

/** Keeps one worker for a while. */
class Shelf {
  readonly #keptMs: number
  readonly #onExit = (): void => this.#forget()
  #kept: StartedWorker | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(keptMs: number) {
    this.#keptMs = keptMs
  }

  get isEmpty(): boolean {
    return this.#kept === undefined
  }

  put(started: StartedWorker): void {
    this.#kept = started
    started.worker.unref()
    started.loading.unref()
    started.worker.on('error', ignore)
    started.worker.once('exit', this.#onExit)
    this.#timer = setTimeout(() => void this.clear(), this.#keptMs).unref()
  }

  take(heapMb: number): StartedWorker | undefined {
    const kept = this.#kept
    if (kept?.heapMb !== heapMb) return undefined
    this.#forget()
    kept.worker.ref()
    kept.loading.ref()
    return kept
  }

  async clear(): Promise<void> {
    const kept = this.#kept
    this.#forget()
    if (kept !== undefined) await endWorker(kept)
  }

  #forget(): void {
    clearTimeout(this.#timer)
    this.#kept?.worker.off('exit', this.#onExit)
    this.#kept?.worker.off('error', ignore)
    this.#kept = undefined
  }
}

/** A worker that is kept, and fails, is not missed. */
function ignore(): void {}

async function endWorker({ worker, loading }: StartedWorker): Promise<void> {
  worker.on('error', ignore)
  loading.close()
  await worker.terminate()
}

/** Asks a worker whether the version that was tried in it left nothing open. */
function askReleased({ worker, loading }: StartedWorker): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (clean: boolean): void => {
      clearTimeout(timer)
      loading.off('message', onMessage)
      worker.off('exit', onExit)
      worker.off('error', ignore)
      resolve(clean)
    }
    const onMessage = (item: unknown): void => {
      if (isFromLoader(item) && item.kind === 'released') end(item.clean)
    }
    const onExit = (): void => end(false)
    const timer = setTimeout(() => end(false), RELEASE_MS)
    loading.on('message', onMessage)
    worker.on('error', ignore)
    worker.on('exit', onExit)
    loading.postMessage({ kind: 'release' } satisfies ToLoader)
  })
}

const workerCode = new WorkerCode(workerFile)

function startWorker(heapMb: number): StartedWorker {
  const { port1: loading, port2 } = new MessageChannel()
  const step = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const resourceLimits = { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_HEAP_MB }
  const worker = workerCode.start({ loading: port2, step }, { transferList: [port2], resourceLimits })
  return { worker, loading, step, heapMb, uses: 0 }
}

/** One for the process: nodes share what is kept. */
export const workerStock = new WorkerStock()
