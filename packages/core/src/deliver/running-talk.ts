import type { Exchange } from './message'
import { RunningWork } from './running-work'

/** Whom a talk tells what becomes of it. */
export interface TalkPort {
  /** It was not handed to a handler, or its handler failed. */
  talkDropped(event: string, code: string, text: string): void
  /** Its handlers have ended. */
  talkEnded(talk: RunningTalk): void
}

/** A talk of a peer from its arrival until its handlers have ended. Nobody waits for an answer. */
export class RunningTalk extends RunningWork implements Exchange {
  readonly expectsAnswer = false
  readonly settled = false
  readonly #port: TalkPort

  constructor(frameBytes: number, port: TalkPort) {
    super(frameBytes)
    this.#port = port
  }

  reply(): boolean {
    return false
  }

  fail(): boolean {
    return false
  }

  drop(event: string, code: string, text: string): void {
    this.#port.talkDropped(event, code, text)
  }

  release(): void {
    this.#port.talkEnded(this)
  }
}
