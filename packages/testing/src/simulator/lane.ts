import type { Machine } from './machine'
import type { VirtualTime } from './virtual-time'

/** Something that travels: a frame, or a step of opening and closing. */
export interface Cargo {
  readonly bytes: number
  /** Called at the other end. */
  readonly arrive: () => void
}

/** What the way is like. */
export interface LaneOptions {
  readonly time: VirtualTime
  readonly from: Machine
  readonly to: Machine
  /** The time of the next shipment on its way, in ms. */
  readonly travelMs: () => number
  /** Bytes per ms; Infinity for no limit. */
  readonly bytesPerMs: number
  /** False while nothing comes through: a partition, or a reader that does not read. */
  readonly isClear: () => boolean
  /** The queue has become shorter. */
  readonly onTaken: () => void
}

/** Most bytes between two systems that the reader has not read, as the buffers of TCP are. */
export const WINDOW_BYTES = 256 * 1024

/** Never pushed to: most ticks send one frame, and an array that is pushed to makes room for sixteen more. */
const NOTHING: Cargo[] = []

/**
 * One direction of a connection. What is sent leaves in the end of the tick, waits for the bandwidth and for room in the
 * window, and arrives in order. It is lost only with its connection.
 */
export class Lane {
  readonly #options: LaneOptions
  #queue: Cargo[] = NOTHING
  #queuedBytes = 0
  #travellingBytes = 0
  /** What has arrived while the way was not clear. */
  #stalled: Cargo[] = []
  #flushing = false
  /** When the last byte has left, in ms. */
  #freeAt = 0
  #lastArrival = 0

  constructor(options: LaneOptions) {
    this.#options = options
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  push(cargo: Cargo): void {
    if (this.#queue.length === 0) this.#queue = [cargo]
    else this.#queue.push(cargo)
    this.#queuedBytes += cargo.bytes
    this.#flushSoon()
  }

  /** Drops what has not left, and sends this at once. */
  pushLast(arrive: () => void): void {
    this.clear()
    this.#ship([{ bytes: 0, arrive }])
  }

  /** Drops what has not left. */
  clear(): void {
    this.#queue = NOTHING
    this.#queuedBytes = 0
  }

  /** The way is clear again: what was stopped arrives after that many ms, before all that comes later. */
  release(delayMs: number): void {
    if (this.#stalled.length === 0) return
    const { time, to } = this.#options
    time.schedule(delayMs, () => to.perform(() => this.#unload(this.#stalled.splice(0))))
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.#options.from.defer(this.#flush)
  }

  readonly #flush = (): void => {
    this.#flushing = false
    const taken = this.#take(this.#sendable())
    if (taken.length === 0) return
    for (const { bytes } of taken) this.#queuedBytes -= bytes
    this.#ship(taken)
    this.#options.onTaken()
  }

  #take(count: number): readonly Cargo[] {
    if (count < this.#queue.length) return this.#queue.splice(0, count)
    const all = this.#queue
    this.#queue = NOTHING
    return all
  }

  /** How many leave now: what fits into the window, while the line is free. */
  #sendable(): number {
    const { time, bytesPerMs } = this.#options
    if (this.#freeAt <= time.now - 1) this.#freeAt = time.now
    let count = 0
    let travelling = this.#travellingBytes
    for (const { bytes } of this.#queue) {
      if (this.#freeAt > time.now) {
        this.#flushAfter(this.#freeAt - time.now)
        break
      }
      if (travelling > 0 && travelling + bytes > WINDOW_BYTES) break
      travelling += bytes
      this.#freeAt += bytes / bytesPerMs
      count += 1
    }
    return count
  }

  #flushAfter(waitMs: number): void {
    const { time, from } = this.#options
    this.#flushing = true
    time.schedule(waitMs, () => from.perform(this.#flush))
  }

  /** They arrive once the last of them has left and travelled, and never before what left earlier. */
  #ship(cargos: readonly Cargo[]): void {
    const { time, to, travelMs } = this.#options
    for (const { bytes } of cargos) this.#travellingBytes += bytes
    const leftAt = Math.max(this.#freeAt, time.now)
    this.#lastArrival = Math.max(this.#lastArrival, leftAt + travelMs())
    time.schedule(this.#lastArrival - time.now, () => to.perform(() => this.#unload(cargos)))
  }

  #unload(cargos: readonly Cargo[]): void {
    const { isClear } = this.#options
    for (const cargo of cargos) {
      if (this.#stalled.length > 0 || !isClear()) {
        this.#stalled.push(cargo)
      } else {
        this.#travellingBytes -= cargo.bytes
        cargo.arrive()
      }
    }
    if (this.#queue.length > 0) this.#flushSoon()
  }
}
