import { P2pError } from '../errors'
import type { LimitsConfig } from '../config/config'
import type { Clock, TimerHandle } from '../kit'
import type { Encoding } from '../wire/package'

/** A frame that waits for the peer's greeting. */
export interface HeldFrame {
  readonly frame: Uint8Array
  /** How its body is written: only a peer that reads it may get it. */
  readonly encoding: Encoding
  readonly tag: string
}

/**
 * Frames that must not leave before the peer has said what it reads: the first body that is no JSON, and all that follows
 * it, in order. A peer that does not greet within `greetingMs` counts as one that reads JSON alone.
 */
export class UngreetedQueue {
  readonly #clock: Clock
  readonly #limits: LimitsConfig
  #held: HeldFrame[] = []
  #bytes = 0
  #timer: TimerHandle | undefined

  constructor(clock: Clock, limits: LimitsConfig) {
    this.#clock = clock
    this.#limits = limits
  }

  get active(): boolean {
    return this.#held.length > 0
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Holds a frame. Gives true: there is room. Throws ERR_TRUSTP2P_LIMIT_SEND_QUEUE where there is none.
   * @param queuedBytes what the driver holds already
   * @param onTimeout the peer did not greet in time
   */
  add({ frame, encoding, tag }: HeldFrame, queuedBytes: number, onTimeout: () => void): boolean {
    const { sendQueueBytes, greetingMs } = this.#limits
    if (queuedBytes + this.#bytes + frame.length > sendQueueBytes) {
      throw new P2pError(
        'ERR_TRUSTP2P_LIMIT_SEND_QUEUE',
        `${queuedBytes + this.#bytes} bytes wait for this peer already: wait for drain, or raise limits.sendQueueBytes`
      )
    }
    this.#timer ??= this.#clock.setTimeout(onTimeout, greetingMs)
    this.#held.push({ frame, encoding, tag })
    this.#bytes += frame.length
    return true
  }

  takeAll(): readonly HeldFrame[] {
    const held = this.#held
    this.clear()
    return held
  }

  clear(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#held = []
    this.#bytes = 0
  }
}
