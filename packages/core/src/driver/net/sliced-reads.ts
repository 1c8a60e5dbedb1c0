import type { Readable } from 'node:stream'
import type { LatePace } from './late-pace'

/** Most bytes that are taken apart in one go. */
export const SLICE_BYTES = 8_192

/** The same of a socket that hands over little in this turn of the event loop: room for a few short frames. */
export const SPARSE_SLICE_BYTES = 512

/** So many reads of the system that were taken in whole make a connection a calm one. */
export const CALM_READS = 16

/** How the connection of a socket is read. */
export interface Reads {
  /** Begins: what was read before waits. */
  start(): void
  /** Stops, also between two slices: what the system gave already waits. */
  pause(): void
  /** Reads on, soon. */
  resume(): void
  /** Reads one slice at once; false where nothing waits. */
  readOn(): boolean
  /** Bounds what is still read, and how fast [as it comes]: one that compresses minds no pace. */
  readAtMost(bytes: number, pace?: LatePace): void
}

/**
 * Emits `data` in slices, and none once it is paused. A stream that flows hands over all of a read, up to 64 KiB: ten
 * thousand short frames, which are taken apart before anybody can say that they are too many. A calm connection flows,
 * which costs less, until it is paused, and again once it has been calm.
 */
export class SlicedReads implements Reads {
  readonly #raw: Readable
  readonly #admit: () => number
  #paused = false
  #flows = true
  #calmReads = 0
  #leftBytes = Infinity
  #pace: LatePace | undefined

  /** @param admit gives how many bytes the next slice may have; with none of them it pauses the reads */
  constructor(raw: Readable, admit: () => number) {
    this.#raw = raw
    this.#admit = admit
  }

  start(): void {
    this.#slice()
  }

  pause(): void {
    this.#paused = true
    this.#slice()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    process.nextTick(this.#read)
  }

  readOn(): boolean {
    return !this.#raw.destroyed && this.#readSlice(SLICE_BYTES)
  }

  readAtMost(bytes: number, pace?: LatePace): void {
    this.#leftBytes = bytes
    this.#pace = pace
    this.#slice()
  }

  #slice(): void {
    this.#calmReads = 0
    if (!this.#flows) return
    this.#flows = false
    // With a listener to `readable`, those to `data` are told of what is read here alone.
    this.#raw.on('readable', this.#read)
  }

  #flow(): void {
    this.#flows = true
    // The stream flows again in the next tick, for those who listen to `data`.
    this.#raw.off('readable', this.#read)
  }

  readonly #read = (): void => {
    while (!this.#paused && !this.#raw.destroyed) {
      if (this.#raw.readableLength === 0) return this.#onDrained()
      if (this.#leftBytes === 0) return
      if (this.#pace?.dueBytes === 0) return this.#pace.wait(this.#read)
      if (!this.#readSlice(this.#admit())) return
    }
  }

  #onDrained(): void {
    // A read of nothing makes the stream look for more, or find its end.
    this.#raw.read(0)
    if (++this.#calmReads >= CALM_READS && this.#leftBytes === Infinity) this.#flow()
  }

  #readSlice(mostBytes: number): boolean {
    const bytes = Math.min(this.#raw.readableLength, mostBytes, this.#leftBytes, this.#pace?.dueBytes ?? Infinity)
    if (bytes === 0) return false
    this.#leftBytes -= bytes
    this.#pace?.take(bytes)
    this.#raw.read(bytes)
    return true
  }
}
