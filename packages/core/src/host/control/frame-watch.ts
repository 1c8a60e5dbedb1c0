import type { Clock, TimerHandle } from '../../kit'
import { RateWindow } from '../../rate-window'
import type { FrameFilter } from './frame-filter'
import type { FrameView, WatchedFrame } from './watched-frame'

/** What a watcher is sent. */
export interface WatchBatch {
  /** How many frames were left out before these. */
  readonly dropped: number
  readonly frames: readonly WatchedFrame[]
}

/** A batch, with the number that the watcher gave its watch: a watch that takes the place of another has another. */
export interface NumberedBatch extends WatchBatch {
  readonly watch: number
}

export interface FrameWatchOptions {
  readonly clock: Clock
  readonly filter: FrameFilter
  /** Sends a batch; gives false where the watcher has enough to read, until `resume`. */
  readonly send: (batch: WatchBatch) => boolean
}

/** Most frames that a watcher is shown in a second: more than anybody reads, and little for the node. */
export const SHOWN_FRAMES_PER_SECOND = 2000
const SECOND_MS = 1000
/** Longest time that a frame waits for others to be sent with it, in ms. */
const BATCH_MS = 50
/** Most frames that are sent at once. */
const BATCH_FRAMES = 100

/**
 * The frames for one watcher. It holds a batch and no more: where the watcher does not read, or more frames come than
 * it is shown, frames are counted and dropped. So neither a slow terminal nor a stopped one costs the node memory.
 */
export class FrameWatch {
  readonly filter: FrameFilter
  readonly #options: FrameWatchOptions
  #frames: WatchedFrame[] = []
  #dropped = 0
  /** Set while the watcher has enough to read. */
  #full = false
  readonly #shown = new RateWindow(SHOWN_FRAMES_PER_SECOND, SECOND_MS)
  #timer: TimerHandle | undefined
  #closed = false

  constructor(options: FrameWatchOptions) {
    this.filter = options.filter
    this.#options = options
  }

  take(view: FrameView): void {
    if (this.#closed || !this.filter.matches(view)) return
    const { clock } = this.#options
    if (this.#full || this.#shown.exceeded(clock.now())) return this.#drop()
    this.#frames.push(view.describe(clock.wall()))
    if (this.#frames.length >= BATCH_FRAMES) this.#flush()
    else this.#flushSoon()
  }

  /** The watcher has read what it had. */
  resume(): void {
    this.#full = false
    if (this.#dropped > 0) this.#flush()
  }

  close(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#frames = []
    this.#dropped = 0
    this.#closed = true
  }

  /** What was taken before is told of first. */
  #drop(): void {
    if (this.#frames.length > 0) this.#flush()
    this.#dropped++
    if (!this.#full) this.#flushSoon()
  }

  #flushSoon(): void {
    this.#timer ??= this.#options.clock.setTimeout(() => {
      this.#timer = undefined
      this.#flush()
    }, BATCH_MS)
  }

  #flush(): void {
    if (this.#full || this.#frames.length + this.#dropped === 0) return
    const batch = { dropped: this.#dropped, frames: this.#frames }
    this.#frames = []
    this.#dropped = 0
    this.#full = !this.#options.send(batch)
  }
}
