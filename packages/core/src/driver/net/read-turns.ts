import type { Clock } from '../../kit'
import { SLICE_BYTES, SPARSE_SLICE_BYTES } from './sliced-reads'

/** What a socket hands over before others are read. A frame costs 1, and 1 more for each KiB. */
export const TURN_COST = 128

const KIB = 1_024

/** Below this a turn is so short that to notice its end costs more than it is worth. */
const SHORT_COST = 32

/** What all sockets hand over in one turn of the event loop before each that has more than a little has to wait. */
export const BUSY_COST = TURN_COST + SHORT_COST

/** What a socket hands over in a turn that is busy: who sends little never waits. */
export const SPARSE_COST = 4

/** What one that waits hands over where others wait, too: there is little to do for who is not loud. */
export const SPARSE_TURN_COST = 32

/** The same of one that is loud, and of all of these together in one turn of the event loop. */
export const LOUD_TURN_COST = 64

/**
 * What a socket may cost each ms in the long run. One that costs more is loud: where several are, they share a part of
 * each turn of the event loop, however little each of their reads gives.
 */
export const QUIET_COST_PER_MS = 16

/** How long a socket counts as loud after it was, or had more than its turn. */
export const LOUD_MS = 1_000

/**
 * Most bytes that wait for a turn. One read of the system gives at most 64 KiB; a message of many reads, or one that was
 * compressed, may be longer: then all that waits is handed over at once, and as many turns pass without the socket.
 */
export const HELD_BYTES = 256 * 1024

/** A socket whose frames are handed over in turns. */
export interface TurnTaker {
  /** Stops reading; what was read already still comes. */
  pause(): void
  /** Reads on. */
  resume(): void
  /** Reads at once what is left of what was read before: some of it; false where nothing is. */
  readOn(): boolean
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
  /** The turn of the event loop in which that was: over TLS each record is a read, and a turn may bring a thousand. */
  #readIn = -1
  #cost = 0
  /** What it cost lately beyond what is quiet; above a turn it is loud. */
  #level = 0
  /** Until then it is loud, since it had more than its turn. */
  #loudUntil = -Infinity
  /** What it handed over beyond its turns: turns pass without it until that is made good. */
  #owed = 0
  /** Bytes that the frames of this read have paid for, and bytes that nothing has paid for yet. */
  #paidBytes = 0
  #unpaidBytes = 0

  /** @param clock its time stands still while the frames of one read are handed over */
  constructor(clock: Pick<Clock, 'now'>, taker: TurnTaker) {
    this.#clock = clock
    this.#taker = taker
  }

  /** Takes a frame that was read. */
  take(frame: Uint8Array): void {
    const cost = costOf(frame)
    this.#paidBytes += cost * KIB
    if (this.#held !== undefined) {
      this.#level += cost
      return this.#hold(frame, this.#held)
    }
    this.#beginReadMaybe()
    this.#cost += cost
    this.#level += cost
    count(cost, this)
    if (this.#cost <= shareOf(this.#isLoud)) this.#taker.deliver(frame)
    else this.#hold(frame, this.#wait())
  }

  /**
   * Counts what was read and is not taken: a ping, a frame that nobody gets any more, or what the frame that was handed over
   * last turned out to hold beyond what it looked like. It may cost several turns.
   */
  charge(cost: number): void {
    const waited = this.#held !== undefined
    if (!waited) this.#beginReadMaybe()
    this.#cost += cost
    this.#level += cost
    if (waited) return
    count(cost, this)
    if (this.#cost <= TURN_COST) return
    this.#owed = this.#cost - TURN_COST
    this.#wait()
  }

  /**
   * So many bytes were taken apart, and what they held was told of. They cost 1 for each KiB at least: the pieces of a
   * message are not told of before its end, and ten thousand empty ones fit into a read.
   */
  chargeBytes(bytes: number): void {
    const unpaid = Math.max(0, this.#unpaidBytes + bytes - this.#paidBytes)
    this.#paidBytes = 0
    this.#unpaidBytes = unpaid % KIB
    if (unpaid >= KIB) this.charge(Math.floor(unpaid / KIB))
  }

  /** How many bytes may be taken apart next: none of a loud socket that has to wait. */
  admit(): number {
    this.#beginReadMaybe()
    const isLoud = this.#isLoud
    if (shareOf(isLoud) === TURN_COST) return SLICE_BYTES
    if (!isLoud) return SPARSE_SLICE_BYTES
    this.#wait()
    return 0
  }

  /** True while something waits, or a turn has to pass. */
  get waits(): boolean {
    return this.#held !== undefined
  }

  /** Hands over what its turn may cost; gives what it did cost. Who has more than that is loud. */
  serve(turnCost: number): number {
    if (this.#owed > 0) {
      this.#owed -= turnCost
      return turnCost
    }
    const cost = this.#handOver(turnCost)
    if (this.waits) this.#loudUntil = this.#clock.now() + LOUD_MS
    return cost
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

  get #isLoud(): boolean {
    return this.#level > TURN_COST || this.#readAt < this.#loudUntil
  }

  #beginReadMaybe(): void {
    const now = this.#clock.now()
    if (now === this.#readAt) return
    const level = Math.min(this.#level, LOUD_MS * QUIET_COST_PER_MS)
    this.#level = Math.max(0, level - (now - this.#readAt) * QUIET_COST_PER_MS)
    this.#readAt = now
    endShortTurnMaybe(this, this.#isLoud)
    if (this.#readIn === loopTurn && counting) return
    this.#readIn = loopTurn
    this.#cost = 0
  }

  #hold(frame: Uint8Array, held: Uint8Array[]): void {
    held.push(frame)
    this.#heldBytes += frame.length
    if (this.#heldBytes > HELD_BYTES) this.#handOverAndOwe()
  }

  #handOverAndOwe(): void {
    const cost = this.#handOver(Infinity)
    if (cost <= TURN_COST) return
    this.#owed = cost - TURN_COST
    this.#wait()
  }

  #handOver(most: number): number {
    const held = this.#held
    this.#cost = 0
    while (held !== undefined && this.#held === held) {
      const frame = held[this.#next]
      if (frame === undefined && (most === Infinity || !this.#readOn(held))) {
        const cost = this.#cost
        this.clear()
        return cost
      }
      // Looked at after that: who has nothing left does not wait for another turn.
      if (this.#cost >= most) break
      if (frame === undefined) continue
      this.#next++
      this.#cost += costOf(frame)
      this.#heldBytes -= frame.length
      this.#taker.deliver(frame)
    }
    if (this.#held === held) this.#owed = Math.max(0, this.#cost - most)
    return Math.min(this.#cost, most)
  }

  /** Reads what is to wait behind what has waited. */
  #readOn(held: Uint8Array[]): boolean {
    held.length = 0
    this.#next = 0
    return this.#taker.readOn()
  }

  #wait(): Uint8Array[] {
    this.#taker.pause()
    this.#held = []
    enqueue(this, this.#isLoud ? loud : sparse)
    return this.#held
  }
}

function costOf({ length }: Uint8Array): number {
  return 1 + (length >> 10)
}

/** What was read in this turn of the event loop, or in few that were short, and of whom first. */
let loopCost = 0
let first: ReadTurns | undefined
let counting = false
/** Grows with each turn that was not short. */
let loopTurn = 0

function count(cost: number, turns: ReadTurns): void {
  if (loopCost === 0) first = turns
  loopCost += cost
  if (counting || loopCost <= SHORT_COST) return
  counting = true
  setImmediate(endTurn)
}

/**
 * Who sends little is read once in a turn: where the first comes again, the turn is over, and nobody has to be asked. Of
 * one that is loud many reads may come in one turn.
 */
function endShortTurnMaybe(turns: ReadTurns, isLoud: boolean): void {
  if (first === turns && !counting && !isLoud) loopCost = 0
}

function endTurn(): void {
  counting = false
  loopTurn++
  loopCost = 0
  first = undefined
}

/**
 * Who waits, in the whole process, which has one event loop. Who sends little in the long run and much at once, as after
 * a wait, never comes behind those that are loud.
 */
const sparse = new Set<ReadTurns>()
const loud = new Set<ReadTurns>()
let scheduled = false

/** What a read may cost: one that is loud comes after those that wait already. */
function shareOf(isLoud: boolean): number {
  const isBusy = loopCost > BUSY_COST || (isLoud && sparse.size + loud.size > 0)
  return isBusy ? SPARSE_COST : TURN_COST
}

function enqueue(turns: ReadTurns, queue: Set<ReadTurns>): void {
  queue.add(turns)
  serveSoon()
}

function serveSoon(): void {
  if (scheduled) return
  scheduled = true
  setImmediate(serveNext)
}

/** The sparse ones first. Who has more than its turn is loud from then on. */
function serveNext(): void {
  scheduled = false
  const isAlone = sparse.size + loud.size === 1
  try {
    serve(sparse, isAlone ? TURN_COST : SPARSE_TURN_COST, TURN_COST)
    serve(loud, isAlone ? TURN_COST : LOUD_TURN_COST, LOUD_TURN_COST)
  } finally {
    // Also where a receiver threw, and the program goes on: all others still wait.
    if (sparse.size + loud.size > 0) serveSoon()
  }
}

/** One after the other, until what they cost together is enough: then all others are read first. */
function serve(queue: Set<ReadTurns>, turnCost: number, enough: number): void {
  let cost = 0
  for (const turns of queue) {
    queue.delete(turns)
    try {
      cost += turns.serve(turnCost)
    } finally {
      if (turns.waits) loud.add(turns)
    }
    if (cost >= enough) return
  }
}
