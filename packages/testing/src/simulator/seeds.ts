import { createSeededRandom } from '../seeded-random'
import type { Random } from 'trustp2p'

/** Seeds are integers of 32 bits. */
export const SEED_END = 2 ** 32

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** Chance of its own for each purpose: what one part draws moves nothing in another. */
export function randomFor(seed: number, purpose: string): Random {
  return createSeededRandom(seed ^ hashOf(new TextEncoder().encode(purpose)))
}

/** A number of 32 bits that tells bytes apart (FNV-1a, Fowler, Noll and Vo). Not for secrets. */
export function hashOf(bytes: Uint8Array): number {
  let hash = FNV_OFFSET
  for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME)
  return hash >>> 0
}
