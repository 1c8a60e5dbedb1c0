import type { Exchange } from './message'
import { RunningWork } from './running-work'

/** A talk of a peer from its arrival until its handlers have ended. Nobody waits for an answer. */
export class RunningTalk extends RunningWork implements Exchange {
  readonly expectsAnswer = false
  readonly settled = false
  readonly #onEnd: (talk: RunningTalk) => void

  constructor(frameBytes: number, onEnd: (talk: RunningTalk) => void) {
    super(frameBytes)
    this.#onEnd = onEnd
  }

  reply(): boolean {
    return false
  }

  fail(): boolean {
    return false
  }

  release(): void {
    this.#onEnd(this)
  }
}
