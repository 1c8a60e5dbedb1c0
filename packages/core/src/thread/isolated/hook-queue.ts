import type { ToRoom } from './protocol'

/** Most hooks that wait for a thread that starts, or does not keep up; what comes beyond them is dropped. */
export const HOOK_BACKLOG = 10_000

export interface HookQueueOptions {
  /** Gives false where there is no room for it now. */
  readonly send: (item: ToRoom) => boolean
  /** Called once, at the first hook that is dropped. */
  readonly onDrop: () => void
}

/** Hooks on their way to a room, in order: they wait while it starts, and while its queue is full. */
export class HookQueue {
  readonly #options: HookQueueOptions
  #waiting: ToRoom[] = []
  #held = false
  #drops = false

  constructor(options: HookQueueOptions) {
    this.#options = options
  }

  push(item: ToRoom): void {
    if (!this.#held && this.#waiting.length === 0 && this.#options.send(item)) return
    if (this.#waiting.length < HOOK_BACKLOG) this.#waiting.push(item)
    else this.#drop()
  }

  /** Keeps what comes. */
  hold(): void {
    this.#held = true
  }

  /** Lets what was kept go. */
  release(): void {
    this.#held = false
    this.flush()
  }

  /** Sends as many as there is room for. */
  flush(): void {
    if (this.#held) return
    const sent = this.#waiting.findIndex((item) => !this.#options.send(item))
    this.#waiting = sent === -1 ? [] : this.#waiting.slice(sent)
  }

  clear(): void {
    this.#waiting = []
  }

  #drop(): void {
    if (this.#drops) return
    this.#drops = true
    this.#options.onDrop()
  }
}
