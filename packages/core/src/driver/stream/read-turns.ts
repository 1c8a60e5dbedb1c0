import type { Clock } from '../../kit'

/** What a socket hands over before others are read. A frame costs 1, and 1 more for each KiB. */
export const TURN_COST = 128

/** What all sockets hand over in one turn of the event loop before each that has more than a little has to wait. */
export const BUSY_COST = 512

/** What a socket hands over in a turn that is busy: who sends little never waits. */
export const SPARSE_COST = 8

/**
 * Most bytes that wait for a turn. One read of the system gives at most 64 KiB; a message that was compressed may be
 * longer, and then all that waits is handed over at once.
 */
export const HELD_BYTES = 256 * 1024

/** A socket whose frames are handed over in turns. */
export interface TurnTaker {
  /** Stops reading; what was read already still comes. */
  pause(): void
  /** Reads on. */
  resume(): void
  /** Takes a frame whose turn it is. */
  deliver(frame: Uint8Array): void
}

/**
 * Shares the event loop among sockets. One that sends more in one go than a turn may cost is not read on: it gets a turn
 * whenever all that the others sent was read, one such socket after the other. So who floods waits for who sends little,
 * and the flow control of its connection slows it down. The idea is that of the sparse flows of FQ-CoDel (RFC 8290).
 */
export class ReadTurns {
  readonly #clock: Pick<Clock, 'now'>
  readonly #taker: TurnTaker
  /** What was read and has to wait, in order. */
  #held: Uint8Array[] | undefined
  #heldBytes = 0
  #next = 0
  #readAt = -1
  #cost = 0
  /** What it handed over beyond its turns: turns pass without it until that is made good. */
  #owed = 0

  /** @param clock its time stands still while the frames of one read are handed over */
  constructor(clock: Pick<Clock, 'now'>, taker: TurnTaker) {
    this.#clock = clock
    this.#taker = taker
  }

  /** Takes a frame that was read. */
  take(frame: Uint8Array): void {
    if (this.#held !== undefined) return this.#hold(frame, this.#held)
    const now = this.#clock.now()
    if (now !== this.#readAt) {
      this.#readAt = now
      this.#cost = 0
    }
    const cost = costOf(frame)
    this.#cost += cost
    count(cost)
    if (this.#cost <= (loopCost > BUSY_COST ? SPARSE_COST : TURN_COST)) this.#taker.deliver(frame)
    else this.#hold(frame, this.#wait())
  }

  /** What was handed over last cost more than it looked like: it may have cost several turns. */
  charge(cost: number): void {
    this.#cost += cost
    if (this.#held !== undefined) return
    count(cost)
    if (this.#cost <= TURN_COST) return
    this.#owed = this.#cost - TURN_COST
    this.#wait()
  }

  /** Hands over what one turn may cost; false where more waits. */
  serve(): boolean {
    if (this.#owed > 0) this.#owed -= TURN_COST
    else this.#handOver(TURN_COST)
    return this.#held === undefined
  }

  /** Hands over all that waits: what follows is to come after it. */
  flush(): void {
    this.#handOver(Infinity)
  }

  /** Forgets what waits, and reads on. */
  clear(): void {
    if (this.#held === undefined) return
    this.#held = undefined
    this.#heldBytes = 0
    this.#next = 0
    this.#readAt = -1
    this.#owed = 0
    this.#taker.resume()
  }

  #hold(frame: Uint8Array, held: Uint8Array[]): void {
    held.push(frame)
    this.#heldBytes += frame.length
    if (this.#heldBytes > HELD_BYTES) this.flush()
  }

  #handOver(most: number): void {
    const held = this.#held
    if (held === undefined) return
    this.#cost = 0
    while (this.#cost < most && this.#held === held) {
      const frame = held[this.#next++]
      if (frame === undefined) return this.clear()
      this.#cost += costOf(frame)
      this.#heldBytes -= frame.length
      this.#taker.deliver(frame)
    }
    this.#owed = Math.max(0, this.#cost - most)
  }

  #wait(): Uint8Array[] {
    this.#taker.pause()
    this.#held = []
    enqueue(this)
    return this.#held
  }
}

function costOf({ length }: Uint8Array): number {
  return 1 + (length >> 10)
}

/** What was read in this turn of the event loop, or in few that were short. */
let loopCost = 0
let counting = false

/** Below this a turn is so short that to notice its end costs more than it is worth. */
const SHORT_COST = 32

function count(cost: number): void {
  loopCost += cost
  if (counting || loopCost <= SHORT_COST) return
  counting = true
  setImmediate(endTurn)
}

function endTurn(): void {
  counting = false
  loopCost = 0
}

/** Whose turn it is next: of the whole process, which has one event loop. */
const queue = new Set<ReadTurns>()
let scheduled = false

function enqueue(turns: ReadTurns): void {
  queue.add(turns)
  if (scheduled) return
  scheduled = true
  setImmediate(serveNext)
}

function serveNext(): void {
  scheduled = false
  for (const turns of queue) {
    queue.delete(turns)
    if (!turns.serve()) queue.add(turns)
    break
  }
  const [next] = queue
  if (next !== undefined) enqueue(next)
}
