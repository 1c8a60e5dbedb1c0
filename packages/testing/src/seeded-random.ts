import type { Random } from 'trustp2p'

/**
 * Numbers that look random and are the same for the same seed, so that a failure can be replayed: sfc32 (Small Fast
 * Counting, Chris Doty-Humphrey, PractRand), its state filled by splitmix32. The
 * seed is an integer of 32 bits; what lies beyond is cut off. Not for secrets.
 */
export function createSeededRandom(seed: number): Random {
  const next32 = sfc32(splitmix32(seed))
  return { next: () => next32() / 2 ** 32 }
}

/** Rounds that mix the seed into the whole state before the first number is given. */
const WARM_UP = 12

function sfc32(fill: () => number): () => number {
  let [a, b, c, counter] = [fill(), fill(), fill(), 1]
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  for (let round = 0; round < WARM_UP; round++) next()
  return next
}

/** Turns any seed into well-mixed words (Steele, Lea and Flood 2014; the 32-bit finaliser of MurmurHash3). */
function splitmix32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return (mixed ^ (mixed >>> 16)) | 0
  }
}
