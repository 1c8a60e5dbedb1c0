import type { Socket } from 'node:net'
import type { Clock, TimerHandle } from '../../kit'

/** Most connections that may be in their handshake at once; one more drops the oldest. */
export const HALF_OPEN_CONNECTIONS = 1_000

/** Connections that have not completed their handshake: each has a time to do so, whatever it sends meanwhile. */
export class HalfOpen {
  readonly #clock: Clock
  readonly #handshakeMs: () => number
  readonly #timers = new Map<Socket, TimerHandle>()

  /** `handshakeMs` is asked for each connection. */
  constructor(clock: Clock, handshakeMs: () => number) {
    this.#clock = clock
    this.#handshakeMs = handshakeMs
  }

  add(raw: Socket): void {
    if (this.#timers.size >= HALF_OPEN_CONNECTIONS) this.#destroyOldest()
    const timer = this.#clock.setTimeout(() => this.#drop(raw), this.#handshakeMs())
    this.#timers.set(raw, timer)
    raw.once('close', () => this.delete(raw))
  }

  /** Forgets a connection: its handshake is complete, or it is gone. */
  delete(raw: Socket): void {
    const timer = this.#timers.get(raw)
    if (timer === undefined) return
    this.#timers.delete(raw)
    this.#clock.clearTimeout(timer)
  }

  destroy(): void {
    for (const raw of this.#timers.keys()) this.#drop(raw)
  }

  #destroyOldest(): void {
    for (const raw of this.#timers.keys()) return this.#drop(raw)
  }

  #drop(raw: Socket): void {
    this.delete(raw)
    raw.destroy()
  }
}
