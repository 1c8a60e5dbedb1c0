import type { Clock } from '../../kit'

/** What a socket hands over before others are read. A frame costs 1, and 1 more for each KiB. */
export const TURN_COST = 128

/** What all sockets hand over in one turn of the event loop before each that has more than a little has to wait. */
export const BUSY_COST = 512

/** What a socket hands over in a turn that is busy: who sends little never waits. */
export const SPARSE_COST = 8

/**
 * What a socket may cost each ms in the long run. One that costs more is loud: where several are, they share one turn in
 * each of the event loop, however little each of their reads gives.
 */
export const QUIET_COST_PER_MS = 16

/** How long a socket counts as loud after it was: what it cost beyond that is forgotten. */
export const LOUD_MS = 1_000

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
  /** What it cost lately beyond what is quiet; above a turn it is loud. */
  #level = 0
  /** What it handed over beyond its turns: turns pass without it until that is made good. */
  #owed = 0

  /** @param clock its time stands still while the frames of one read are handed over */
  constructor(clock: Pick<Clock, 'now'>, taker: TurnTaker) {
    this.#clock = clock
    this.#taker = taker
  }

  /** Takes a frame that was read. */
  take(frame: Uint8Array): void {
    const cost = costOf(frame)
    if (this.#held !== undefined) {
      this.#level += cost
      return this.#hold(frame, this.#held)
    }
    const now = this.#clock.now()
    if (now !== this.#readAt) this.#beginRead(now)
    this.#cost += cost
    this.#level += cost
    count(cost)
    if (this.#cost <= shareOf(this.#level > TURN_COST)) this.#taker.deliver(frame)
    else this.#hold(frame, this.#wait())
  }

  /** What was handed over last cost more than it looked like: it may have cost several turns. */
  charge(cost: number): void {
    this.#cost += cost
    this.#level += cost
    if (this.#held !== undefined) return
    count(cost)
    if (this.#cost <= TURN_COST) return
    this.#owed = this.#cost - TURN_COST
    this.#wait()
  }

  /** True while something waits, or a turn has to pass. */
  get waits(): boolean {
    return this.#held !== undefined
  }

  /** Hands over what one turn may cost; gives what it did cost. */
  serve(): number {
    if (this.#owed > 0) {
      this.#owed -= TURN_COST
      return TURN_COST
    }
    return this.#handOver(TURN_COST)
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
    this.#cost = 0
    this.#owed = 0
    this.#taker.resume()
  }

  #beginRead(now: number): void {
    const level = Math.min(this.#level, LOUD_MS * QUIET_COST_PER_MS)
    this.#level = Math.max(0, level - (now - this.#readAt) * QUIET_COST_PER_MS)
    this.#readAt = now
    this.#cost = 0
  }

  #hold(frame: Uint8Array, held: Uint8Array[]): void {
    held.push(frame)
    this.#heldBytes += frame.length
    if (this.#heldBytes > HELD_BYTES) this.flush()
  }

  #handOver(most: number): number {
    const held = this.#held
    let handedOver = 0
    this.#cost = 0
    while (held !== undefined && this.#cost < most && this.#held === held) {
      const frame = held[this.#next++]
      if (frame === undefined) {
        this.clear()
        return handedOver
      }
      const cost = costOf(frame)
      handedOver += cost
      this.#cost += cost
      this.#heldBytes -= frame.length
      this.#taker.deliver(frame)
    }
    this.#owed = Math.max(0, this.#cost - most)
    return handedOver
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

/** What a read may cost: one that is loud comes after those that wait already. */
function shareOf(isLoud: boolean): number {
  const isBusy = isLoud ? queue.size > 0 || loopCost > TURN_COST + SHORT_COST : loopCost > BUSY_COST
  return isBusy ? SPARSE_COST : TURN_COST
}

function enqueue(turns: ReadTurns): void {
  queue.add(turns)
  if (scheduled) return
  scheduled = true
  setImmediate(serveNext)
}

/** One after the other, until what they cost together is a turn: then all others are read first. */
function serveNext(): void {
  scheduled = false
  let cost = 0
  for (const turns of queue) {
    queue.delete(turns)
    cost += turns.serve()
    if (turns.waits) queue.add(turns)
    if (cost >= TURN_COST) break
  }
  const [next] = queue
  if (next !== undefined) enqueue(next)
}
