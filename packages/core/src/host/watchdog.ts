import { performance } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import type { CodeOwner } from '../kit'
import { printable } from '../printable'
import { Cell, watchLoop } from './watch-loop'
import type { WatchedPlace, WatchNews } from './watch-loop'

/** From the first node that asks for it to its start, in ms: a node that starts has better things to do. */
const START_DELAY_MS = 200

/** Times that the event loop tells of itself within the shortest limit. */
const BEATS = 4
const SHORTEST_BEAT_MS = 5
const LONGEST_BEAT_MS = 250

/**
 * Sees from a worker, through shared memory, whether the event loop turns and which code keeps it from doing so. One
 * for the process.
 */
export class Watchdog {
  readonly #cells = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT))
  readonly #places = new Map<number, WatchedPlace>()
  readonly #numbers = new Map<CodeOwner, number[]>()
  readonly #limits: number[] = []
  #lastNumber = 0
  #beatAt = 0
  #timer: NodeJS.Timeout | undefined
  #worker: Worker | undefined

  /** True once the worker has seen code that keeps the event loop from turning. */
  get hasSeen(): boolean {
    return this.#cells[Cell.SEEN] !== 0
  }

  /** True while the worker runs. */
  get running(): boolean {
    return this.#worker !== undefined
  }

  /** Gives the number of a place. */
  add(owner: CodeOwner, place: WatchedPlace): number {
    const number = (this.#lastNumber += 1)
    const facts = { ...place, what: printable(place.what) }
    this.#places.set(number, facts)
    const numbers = this.#numbers.get(owner)
    if (numbers === undefined) this.#numbers.set(owner, [number])
    else numbers.push(number)
    this.#tell({ added: [[number, facts]] })
    return number
  }

  forget(owner: CodeOwner): void {
    const numbers = this.#numbers.get(owner)
    if (numbers === undefined) return
    this.#numbers.delete(owner)
    for (const number of numbers) this.#places.delete(number)
    this.#tell({ removed: numbers })
  }

  /** Code of that number runs now; 0: none that could be named. */
  enter(number: number): void {
    this.#cells[Cell.RUNNING] = number
  }

  /** How long the event loop has stood still, in ms, where it is the code of that number that was seen. */
  takeSeen(number: number): number | undefined {
    if (this.#cells[Cell.SEEN] !== number) return undefined
    this.#cells[Cell.SEEN] = 0
    return performance.now() - this.#beatAt
  }

  /** Counts one more who asks, with its limit in ms. Gives the way to stop: the last one ends the worker. */
  open(blockedMs: number): () => void {
    this.#limits.push(blockedMs)
    if (this.#worker !== undefined) this.#beat()
    else this.#timer ??= setTimeout(() => this.#start(), START_DELAY_MS).unref()
    return () => {
      this.#limits.splice(this.#limits.indexOf(blockedMs), 1)
      if (this.#limits.length === 0) this.#end()
    }
  }

  #start(): void {
    const program = `(${watchLoop.toString()})(require('node:worker_threads'), require('node:fs'), require('node:os'))`
    // Its text is handed over, so that it runs at once, from source as well as compiled, whatever loads the rest.
    const worker = new Worker(program, {
      eval: true,
      execArgv: [],
      workerData: this.#cells,
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 }
    })
    worker.unref()
    // Without it nodes run as well, and nobody is told of threads that block.
    worker.on('error', () => this.#lose(worker))
    worker.on('exit', () => this.#lose(worker))
    this.#worker = worker
    this.#tell({ added: [...this.#places] })
    this.#beat()
  }

  #beat(): void {
    const shortest = Math.min(...this.#limits)
    const beatMs = Math.max(SHORTEST_BEAT_MS, Math.min(LONGEST_BEAT_MS, Math.floor(shortest / BEATS)))
    clearTimeout(this.#timer)
    const beat = (): void => {
      this.#beatAt = performance.now()
      this.#cells[Cell.SEEN] = 0
      this.#cells[Cell.BEAT] = ((this.#cells[Cell.BEAT] ?? 0) + 1) | 0
    }
    beat()
    this.#timer = setInterval(beat, beatMs).unref()
    this.#tell({ beatMs })
  }

  #tell(news: WatchNews): void {
    this.#worker?.postMessage(news)
  }

  #lose(worker: Worker): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#cells[Cell.SEEN] = 0
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const worker = this.#worker
    if (worker === undefined) return
    this.#lose(worker)
    void worker.terminate()
  }
}

export const watchdog = new Watchdog()
