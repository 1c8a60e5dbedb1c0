import type { RedialConfig } from '../config/config'
import type { P2pSocket } from '../driver/socket'
import type { Kit, TimerHandle } from '../kit'
import { Backoff } from './backoff'

export interface RedialerOptions {
  readonly kit: Kit
  readonly config: RedialConfig
  readonly url: string
  dial(url: string): Promise<P2pSocket>
  /** The attempt failed; the next one follows after `waitMs`. */
  onFailure(error: unknown, waitMs: number): void
}

/** A link that has held this long was a good one: the waits start anew. In ms. */
const STABLE_MS = 10_000

/** Keeps one configured address connected. */
export class Redialer {
  readonly #options: RedialerOptions
  readonly #backoff: Backoff
  #timer: TimerHandle | undefined
  #socket: P2pSocket | undefined
  #openedAt = 0
  #stopped = false

  constructor(options: RedialerOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.config, options.kit.random)
  }

  get url(): string {
    return this.#options.url
  }

  /** Dials once: settles when the socket is open, or the attempt failed and the next one is planned. */
  async start(): Promise<void> {
    try {
      const socket = await this.#options.dial(this.url)
      if (socket.state !== 'open') return void this.#again()
      this.#socket = socket
      this.#openedAt = this.#options.kit.clock.now()
    } catch (error) {
      if (!this.#stopped) this.#options.onFailure(error, this.#again())
    }
  }

  /** A socket closed: if it was this address's, it is dialled again. */
  socketClosed(socket: P2pSocket): void {
    if (socket !== this.#socket) return
    this.#socket = undefined
    if (this.#options.kit.clock.now() - this.#openedAt >= STABLE_MS) this.#backoff.reset()
    this.#again()
  }

  /** Dials anew after `stop`, and settles as `start` does. */
  restart(): Promise<void> {
    this.#stopped = false
    this.#backoff.reset()
    return this.start()
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#options.kit.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #again(): number {
    const waitMs = this.#backoff.next()
    if (!this.#stopped) this.#timer = this.#options.kit.clock.setTimeout(() => void this.start(), waitMs)
    return waitMs
  }
}
