import type { Clock, TimerHandle } from '../kit'

export interface KeptAlive {
  /** Called once in each interval. */
  checkAlive(): void
}

/** Checks sockets in an interval: one timer for all of them, and none where there is no socket. */
export class KeepAlive {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #sockets = new Set<KeptAlive>()
  #timer: TimerHandle | undefined

  /** `intervalMs` 0 switches the checks off. */
  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock
    this.#intervalMs = intervalMs
  }

  add(socket: KeptAlive): void {
    this.#sockets.add(socket)
    if (this.#timer === undefined && this.#intervalMs > 0) this.#start()
  }

  delete(socket: KeptAlive): void {
    this.#sockets.delete(socket)
    if (this.#sockets.size > 0 || this.#timer === undefined) return
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #start(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#start()
      for (const socket of this.#sockets) socket.checkAlive()
    }, this.#intervalMs)
  }
}
