import type { Clock, TimerHandle } from '../../kit'

export interface PulseOptions {
  readonly clock: Clock
  /** How long the room may leave a ping unanswered, in ms; 0: for ever. */
  readonly hangMs: number
  readonly ping: () => void
  readonly onHang: () => void
}

/** Longest time between two pings, in ms: also how old what a room knows of its sockets may be. */
const PING_MS = 1_000

/** After a node that stood still itself, what came meanwhile is read before it judges, in ms. */
const GRACE_MS = 20

/** Asks a room again and again whether it still answers. */
export class Pulse {
  readonly #options: PulseOptions
  #timer: TimerHandle | undefined
  /** When the ping that is not answered was sent. */
  #askedAt: number | undefined
  #suspected = false

  constructor(options: PulseOptions) {
    this.#options = options
    this.#next(this.#everyMs)
  }

  /** The room has answered. */
  beat(): void {
    this.#askedAt = undefined
    this.#suspected = false
  }

  stop(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  get #everyMs(): number {
    const { hangMs } = this.#options
    return hangMs > 0 ? Math.max(1, Math.min(PING_MS, Math.floor(hangMs / 2))) : PING_MS
  }

  #look(): void {
    const { clock, hangMs, ping, onHang } = this.#options
    const now = clock.now()
    if (this.#askedAt === undefined) {
      this.#askedAt = now
      ping()
      return this.#next(this.#everyMs)
    }
    if (hangMs === 0 || now - this.#askedAt < hangMs) return this.#next(this.#everyMs)
    if (this.#suspected) return onHang()
    this.#suspected = true
    this.#next(GRACE_MS)
  }

  #next(delayMs: number): void {
    this.#timer = this.#options.clock.setTimeout(() => this.#look(), delayMs)
  }
}
