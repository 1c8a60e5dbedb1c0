import type { Clock, TimerHandle } from 'trustp2p'
import type { QueuedEvent } from './event-queue'
import type { VirtualTime } from './virtual-time'

/** `running` ⇄ `paused` → `down`. */
export type MachineState = 'running' | 'paused' | 'down'

/** Shortest delay of a timer, in ms, as in Node: code that repeats itself lets time go on. */
const SHORTEST_MS = 1
/** Longest delay of a timer, in ms. */
const LONGEST_MS = 2 ** 31 - 1

class Timer {
  /** Undefined once it has fired or was cleared. */
  callback: (() => void) | undefined
  event: QueuedEvent | undefined

  constructor(callback: () => void) {
    this.callback = callback
  }
}

/**
 * The process of one node, from its start to its end: whatever reaches the node passes here. While it is paused all of
 * that waits, in order; once it is down nothing comes through.
 */
export class Machine implements Clock {
  readonly name: string
  /** Its address in the network: `10.0.0.1`. */
  readonly host: string
  readonly #time: VirtualTime
  readonly #timers = new Set<Timer>()
  #state: MachineState = 'running'
  #held: (() => void)[] = []
  #dials = 0

  constructor(name: string, host: string, time: VirtualTime) {
    this.name = name
    this.host = host
    this.#time = time
  }

  get state(): MachineState {
    return this.#state
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#timers.size
  }

  /** What the other end of the next connection knows it by: `10.0.0.1:49153`. */
  nextPeer(): string {
    this.#dials += 1
    return `${this.host}:${FIRST_PORT + (this.#dials % PORTS)}`
  }

  /** Calls into the node: now, once it goes on, or never. */
  perform(call: () => void): void {
    if (this.#state === 'down') return
    if (this.#state === 'running' && this.#held.length === 0) call()
    else this.#held.push(call)
  }

  /** As `perform`, after what runs now. */
  readonly defer = (call: () => void): void => {
    process.nextTick(() => this.perform(call))
  }

  pause(): void {
    this.#state = 'paused'
  }

  /** What waited comes first, each in an event of its own, before anything that is new. */
  resume(): void {
    this.#state = 'running'
    this.#performHeld()
  }

  /** Nothing runs any more, and nothing is told. */
  end(): void {
    this.#state = 'down'
    this.#held = []
    for (const timer of this.#timers) this.#forget(timer)
  }

  now(): number {
    return this.#time.now
  }

  exact(): number {
    return this.#time.now
  }

  wall(): number {
    return this.#time.wall
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    const timer = new Timer(callback)
    if (this.#state === 'down') return timer
    const delay = Math.min(Math.max(delayMs, SHORTEST_MS), LONGEST_MS)
    timer.event = this.#time.schedule(delay, () => this.perform(() => this.#fire(timer)))
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(handle: TimerHandle): void {
    if (handle instanceof Timer) this.#forget(handle)
  }

  #fire(timer: Timer): void {
    const { callback } = timer
    this.#forget(timer)
    callback?.()
  }

  #forget(timer: Timer): void {
    timer.callback = undefined
    if (timer.event !== undefined) this.#time.cancel(timer.event)
    this.#timers.delete(timer)
  }

  #performHeld(): void {
    if (this.#held.length === 0) return
    this.#time.schedule(0, () => {
      if (this.#state !== 'running') return
      this.#held.shift()?.()
      this.#performHeld()
    })
  }
}

/** Ports that systems give to those that dial (RFC 6335, section 6). */
const FIRST_PORT = 49_152
const PORTS = 16_384
