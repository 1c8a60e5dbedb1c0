import { EventQueue } from './event-queue'
import type { QueuedEvent } from './event-queue'
import { SimulationError } from './simulation-error'

/** Where the wall clocks of a simulation begin, in ms since 1970: 2026-01-01T00:00:00Z. */
const WALL_START_MS = 1_767_225_600_000

/** Time that goes from event to event, in whole ms, and stands still between them. */
export class VirtualTime {
  readonly #events = new EventQueue()
  readonly #instantEvents: number
  #now = 0
  #happened = 0

  /** @param instantEvents most events of one instant */
  constructor(instantEvents: number) {
    this.#instantEvents = instantEvents
  }

  /** In ms since the simulation began. */
  get now(): number {
    return this.#now
  }

  /** In ms since 1970. */
  get wall(): number {
    return WALL_START_MS + this.#now
  }

  /** When the next event is due; Infinity where there is none. */
  get nextAt(): number {
    return this.#events.firstAt
  }

  /** Runs a callback after that many ms, rounded up to a whole one; after 0 ms later in this instant. */
  schedule(delayMs: number, run: () => void): QueuedEvent {
    return this.#events.add(Math.ceil(this.#now + Math.max(delayMs, 0)), run)
  }

  /** Harmless for an event that has happened. */
  cancel(event: QueuedEvent): void {
    this.#events.remove(event)
  }

  /** Goes to the next event and lets it happen. Throws ERR_SIMULATION_LIMIT_INSTANT. */
  step(): void {
    const event = this.#events.take()
    if (event === undefined) return
    this.goTo(event.at)
    this.#happened += 1
    if (this.#happened > this.#instantEvents) throw this.#endlessError()
    event.run()
  }

  /** Goes to a time at which nothing happens. */
  goTo(at: number): void {
    if (at === this.#now) return
    this.#now = at
    this.#happened = 0
  }

  #endlessError(): SimulationError {
    const text = `more than ${this.#instantEvents} events happen at ${this.#now} ms: code that never lets time go on`
    return new SimulationError('ERR_SIMULATION_LIMIT_INSTANT', text)
  }
}
