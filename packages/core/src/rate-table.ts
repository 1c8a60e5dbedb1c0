import type { Clock } from './kit'

/** Full buckets that each new one lets go, so that the table shrinks faster than it grows. */
const PRUNED_AT_ONCE = 2

/** How often something may come. */
export interface Rate {
  /** The rate that is kept up, per second. */
  readonly perSecond: number
  /** How many may come at once: 1 or more. */
  readonly burst: number
}

/** One rate for any number of senders, each of whom has a bucket of its own. */
export class RateLimit {
  /** Buckets by sender. */
  readonly buckets = new Map<string, Bucket>()
  /** The bucket of all senders that the table has no room for. */
  readonly rest: Bucket
  #perMs = 0
  #depth = 0

  constructor(rate: Rate) {
    this.rest = new Bucket(this, '')
    this.rate = rate
  }

  /** A changed rate holds from now on; what was sent before stays counted. */
  set rate({ perSecond, burst }: Rate) {
    this.#perMs = perSecond / 1000
    this.#depth = burst - 1
  }

  get perMs(): number {
    return this.#perMs
  }

  /** The highest level at which one more is taken. */
  get depth(): number {
    return this.#depth
  }
}

/**
 * What one sender has used up of a rate: the generic cell rate algorithm, GCRA(1/rate, (burst - 1)/rate), in its form
 * of a continuous-state leaky bucket (ITU-T I.371, annex A; ATM Forum Traffic Management 4.0, af-tm-0056.000). The level
 * is counted in messages, so that a burst is exact whatever the rate.
 */
class Bucket {
  older: Bucket | undefined
  newer: Bucket | undefined
  readonly limit: RateLimit
  readonly sender: string
  #level = 0
  #at = 0

  constructor(limit: RateLimit, sender: string) {
    this.limit = limit
    this.sender = sender
  }

  /** Takes a message that counts as `cost`, or gives false and stays as it is. */
  take(now: number, cost: number): boolean {
    const level = Math.max(0, this.#levelAt(now))
    if (level + cost > this.limit.depth + 1) return false
    this.#level = level + cost
    this.#at = now
    return true
  }

  /** True where nothing is lost with it: a new bucket would take as much. */
  isFull(now: number): boolean {
    return this.#levelAt(now) <= 0
  }

  /** When it is full again, should nothing more come. */
  get fullAt(): number {
    return this.#at + this.#level / this.limit.perMs
  }

  #levelAt(now: number): number {
    return this.#level - (now - this.#at) * this.limit.perMs
  }
}

/**
 * The buckets of all limits, `most` at once. A new one displaces the least recently used of those that are full, so
 * that nobody can have the debts of others forgotten by coming from many addresses; where none is full the newcomers of
 * a limit share one bucket. Nothing is allocated for a sender whose bucket is there.
 */
export class RateTable {
  readonly #clock: Clock
  readonly #most: number
  #size = 0
  #oldest: Bucket | undefined
  #newest: Bucket | undefined
  /** No bucket is full before: spares newcomers a look at all of them. */
  #noneFullBefore = -Infinity

  constructor(clock: Clock, most: number) {
    this.#clock = clock
    this.#most = most
  }

  get size(): number {
    return this.#size
  }

  /** Counts one message of a sender, or `cost` of them; false where it is over the limit. */
  take(limit: RateLimit, sender: string, cost = 1): boolean {
    const now = this.#clock.now()
    const bucket = limit.buckets.get(sender)
    if (bucket === undefined) return (this.#add(limit, sender, now) ?? limit.rest).take(now, cost)
    if (bucket !== this.#newest) {
      this.#unlink(bucket)
      this.#append(bucket)
    }
    return bucket.take(now, cost)
  }

  /** To be called where the rate of a limit was changed. */
  rateChanged(): void {
    this.#noneFullBefore = -Infinity
  }

  #add(limit: RateLimit, sender: string, now: number): Bucket | undefined {
    for (let count = 0; count < PRUNED_AT_ONCE; count++) {
      if (this.#oldest?.isFull(now) === true) this.#remove(this.#oldest)
    }
    if (this.#size >= this.#most) {
      const full = this.#findFull(now)
      if (full === undefined) return undefined
      this.#remove(full)
    }
    const bucket = new Bucket(limit, sender)
    limit.buckets.set(sender, bucket)
    this.#append(bucket)
    this.#size++
    return bucket
  }

  #findFull(now: number): Bucket | undefined {
    if (now < this.#noneFullBefore) return undefined
    let earliest = Infinity
    for (let bucket = this.#oldest; bucket !== undefined; bucket = bucket.newer) {
      if (bucket.isFull(now)) return bucket
      earliest = Math.min(earliest, bucket.fullAt)
    }
    this.#noneFullBefore = earliest
    return undefined
  }

  #remove(bucket: Bucket): void {
    bucket.limit.buckets.delete(bucket.sender)
    this.#unlink(bucket)
    this.#size--
  }

  #append(bucket: Bucket): void {
    bucket.older = this.#newest
    bucket.newer = undefined
    if (this.#newest === undefined) this.#oldest = bucket
    else this.#newest.newer = bucket
    this.#newest = bucket
  }

  #unlink({ older, newer }: Bucket): void {
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
  }
}
