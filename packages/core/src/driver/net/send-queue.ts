import type { Writable } from 'node:stream'
import { GATHERED_BYTES } from './gathered-bytes'

/** A stream that has so much is given no more: what is written next waits here. */
export const PASSED_BYTES = 64 * 1024

/** The length of a block, in which short pieces wait end to end. */
export const BLOCK_BYTES = 64 * 1024

/** A longer piece waits as it is: it takes little beside its own bytes, and a copy would leave it to the collector. */
export const LONGEST_COPY = GATHERED_BYTES

/** Most blocks that are kept for use again, in the whole process: 4 MiB. */
export const SPARE_BLOCKS = 64

/** Called when the system has taken what was written, or with an error when it never will. */
export type OnTaken = (error?: Error | null) => void

/** What takes bytes in order. */
export interface ByteSink {
  write(bytes: Uint8Array, onTaken?: OnTaken): unknown
}

/**
 * What waits for a peer that reads slower than it is sent to. A stream keeps some objects for each piece, three hundred
 * bytes beside a frame of thirty: here short pieces lie end to end in blocks, and what waits takes the memory that it
 * counts. Blocks are used again: of what waited long a collector frees the memory only by stopping the program.
 */
export class SendQueue implements ByteSink {
  readonly #raw: Writable
  readonly #onLess: OnTaken
  readonly #passedBytes: number
  #waiting: (Run | Uint8Array)[] | undefined
  /** The one that is filled. */
  #block: Block | undefined
  #bytes = 0

  /** @param onLess called for each part of what waited here once the system has taken it */
  constructor(raw: Writable, onLess: OnTaken) {
    this.#raw = raw
    this.#onLess = onLess
    // Only a stream that reached its mark tells when it has drained.
    this.#passedBytes = Math.max(PASSED_BYTES, raw.writableHighWaterMark)
  }

  /** What waits here: the stream has more. */
  get bytes(): number {
    return this.#bytes
  }

  /** Writes `bytes` behind all that waits. Calls back only for what does not wait here itself. */
  write(bytes: Uint8Array, onTaken?: OnTaken): void {
    if (this.#waiting !== undefined) this.#hold(bytes, this.#waiting)
    else if (this.#raw.writableLength < this.#passedBytes) this.#raw.write(bytes, onTaken)
    else this.#hold(bytes, this.#begin())
  }

  /** Hands all that waits to the stream: what others write to that comes behind. */
  flush(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#end()
    this.#raw.cork()
    for (const part of waiting) this.#hand(part)
    this.#raw.uncork()
  }

  /** Forgets what waits: the stream is gone. */
  clear(): void {
    for (const part of this.#waiting ?? []) if (part instanceof Run) part.release()
    this.#end()
  }

  #begin(): (Run | Uint8Array)[] {
    this.#raw.on('drain', this.#onDrain)
    return (this.#waiting = [])
  }

  #end(): void {
    this.#waiting = undefined
    this.#block = undefined
    this.#bytes = 0
    this.#raw.off('drain', this.#onDrain)
  }

  readonly #onDrain = (): void => this.flush()

  #hold(bytes: Uint8Array, waiting: (Run | Uint8Array)[]): void {
    this.#bytes += bytes.length
    if (bytes.length > LONGEST_COPY) return void waiting.push(bytes)
    let copied = lastRun(waiting)?.add(bytes) ?? 0
    if (copied === bytes.length) return
    // Behind a longer piece, too, the block is filled up: one for each header would take far more than what waits.
    while (copied < bytes.length) {
      if (this.#block === undefined || this.#block.isFull) this.#block = new Block()
      const run = new Run(this.#block)
      waiting.push(run)
      copied += run.add(bytes.subarray(copied))
    }
  }

  #hand(part: Run | Uint8Array): void {
    if (!(part instanceof Run)) return void this.#raw.write(part, this.#onLess)
    this.#raw.write(part.bytes, (error) => {
      // What was broken off the system may still have.
      if (!error) part.release()
      this.#onLess(error)
    })
  }
}

function lastRun(waiting: readonly (Run | Uint8Array)[]): Run | undefined {
  const last = waiting[waiting.length - 1]
  return last instanceof Run ? last : undefined
}

const spare: Buffer[] = []

class Block {
  readonly #buffer = spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
  #usedBytes = 0
  #runs = 0

  get isFull(): boolean {
    return this.#usedBytes === BLOCK_BYTES
  }

  /** Begins what lies end to end; gives where that is. */
  begin(): number {
    this.#runs++
    return this.#usedBytes
  }

  bytesFrom(start: number, length: number): Uint8Array {
    return this.#buffer.subarray(start, start + length)
  }

  /** Copies as much of `bytes` as there is room for; gives how much that was. */
  add(bytes: Uint8Array): number {
    const leftBytes = BLOCK_BYTES - this.#usedBytes
    const fitting = bytes.length <= leftBytes ? bytes : bytes.subarray(0, leftBytes)
    this.#buffer.set(fitting, this.#usedBytes)
    this.#usedBytes += fitting.length
    return fitting.length
  }

  /** One of its runs is done with. With the last its memory is used again: nobody may have it any more. */
  release(): void {
    if (--this.#runs === 0 && spare.length < SPARE_BLOCKS) spare.push(this.#buffer)
  }
}

/** Short pieces that follow each other, in one block. */
class Run {
  readonly #block: Block
  readonly #start: number
  #length = 0

  constructor(block: Block) {
    this.#block = block
    this.#start = block.begin()
  }

  get bytes(): Uint8Array {
    return this.#block.bytesFrom(this.#start, this.#length)
  }

  /** Copies as much of `bytes` as there is room for; gives how much that was. Only the last run of a block may grow. */
  add(bytes: Uint8Array): number {
    const added = this.#block.add(bytes)
    this.#length += added
    return added
  }

  release(): void {
    this.#block.release()
  }
}
