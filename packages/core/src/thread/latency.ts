/** Buckets of one doubling of the duration: each is about a quarter wider than the one before. */
const PARTS = 4
const PARTS_BITS = 2
const DOUBLINGS = 31

/**
 * How long calls took: counts in buckets whose width grows with the duration, as in HdrHistogram, so that adding one
 * allocates nothing and a quantile is right to a quarter. From 1 µs to 35 minutes; what is longer counts as that.
 */
export class Latency {
  readonly #counts = new Uint32Array(DOUBLINGS * PARTS)
  #total = 0

  /** How many calls there were. */
  get count(): number {
    return this.#total
  }

  add(ms: number): void {
    this.#total += 1
    const index = bucketOf(Math.min(ms * 1000, 2 ** DOUBLINGS - 1) | 0)
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  /** The time in ms that a part of the calls, from 0 to 1, took at most; undefined where there was none. */
  quantile(part: number): number | undefined {
    if (this.#total === 0) return undefined
    const wanted = Math.max(1, Math.ceil(this.#total * part))
    let seen = 0
    for (const [index, count] of this.#counts.entries()) {
      seen += count
      if (seen >= wanted) return upperBound(index) / 1000
    }
    return undefined
  }
}

/** The bucket of a whole number of µs. */
function bucketOf(us: number): number {
  if (us < PARTS) return Math.max(0, us)
  const doubling = 31 - Math.clz32(us)
  return (doubling - PARTS_BITS + 1) * PARTS + ((us >> (doubling - PARTS_BITS)) & (PARTS - 1))
}

/** The longest duration of a bucket, in µs. */
function upperBound(index: number): number {
  if (index < PARTS) return index + 1
  const doubling = Math.floor(index / PARTS) + PARTS_BITS - 1
  return 2 ** (doubling - PARTS_BITS) * (PARTS + (index % PARTS) + 1)
}
