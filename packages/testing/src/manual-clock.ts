import type { Clock, TimerHandle } from 'trustp2p'

interface Timer {
  readonly dueAt: number
  readonly callback: () => void
}

/** A clock that stands still until it is told to go on: timers run when `advance` passes their time, in its order. */
export class ManualClock implements Clock {
  readonly #timers = new Map<number, Timer>()
  #now = 0
  #wall: number
  #lastHandle = 0

  /** `wall` is the time since 1970 that it starts with, in ms. */
  constructor(wall = 0) {
    this.#wall = wall
  }

  now(): number {
    return this.#now
  }

  exact(): number {
    return this.#now
  }

  wall(): number {
    return this.#wall
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    this.#lastHandle += 1
    this.#timers.set(this.#lastHandle, { dueAt: this.#now + Math.max(0, delayMs), callback })
    return this.#lastHandle
  }

  clearTimeout(handle: TimerHandle): void {
    if (typeof handle === 'number') this.#timers.delete(handle)
  }

  /** Goes on by `ms` and runs what falls due, also what those timers start, each at its own time. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (let due = this.#takeDue(until); due !== undefined; due = this.#takeDue(until)) due.callback()
    this.#goTo(until)
  }

  /** As `advance`, but lets promises and deferred callbacks run before the first timer and after each one. */
  async advanceAsync(ms: number): Promise<void> {
    const until = this.#now + ms
    await settle()
    for (let due = this.#takeDue(until); due !== undefined; due = this.#takeDue(until)) {
      due.callback()
      await settle()
    }
    this.#goTo(until)
  }

  /** Takes the timer that falls due first, the oldest of several, and goes to its time. */
  #takeDue(until: number): Timer | undefined {
    let first: [number, Timer] | undefined
    for (const entry of this.#timers) {
      if (entry[1].dueAt <= until && (first === undefined || entry[1].dueAt < first[1].dueAt)) first = entry
    }
    if (first === undefined) return undefined
    this.#timers.delete(first[0])
    this.#goTo(Math.max(this.#now, first[1].dueAt))
    return first[1]
  }

  #goTo(time: number): void {
    this.#wall += time - this.#now
    this.#now = time
  }
}

/** One turn of the event loop: every promise and every `process.nextTick` that is ready has run by then. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
