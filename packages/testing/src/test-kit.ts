import { createNodeKit, createPlainContext } from 'trustp2p'
import type { Kit, Log, Random } from 'trustp2p'
import { ManualClock } from './manual-clock'
import { createMemoryLog } from './memory-log'
import { createSeededRandom } from './seeded-random'

/** What a test gives to its kit. */
export interface TestKitOptions {
  /** Where time comes from [a new clock]. */
  readonly clock?: ManualClock
  /** What the random numbers come from [1]. */
  readonly seed?: number
  /** Where lines of the log go [they are kept in memory]. */
  readonly log?: Log
}

/** A kit whose time and chance are the test's own. */
export interface TestKit extends Kit {
  readonly clock: ManualClock
}

/** Makes a kit for tests. Callbacks are deferred with `process.nextTick`, as in a real node. */
export function createTestKit({ clock, seed = 1, log }: TestKitOptions = {}): TestKit {
  const random = createSeededRandom(seed)
  const lines = log ?? createMemoryLog()
  return {
    clock: clock ?? new ManualClock(),
    random,
    crypto: createSeededCrypto(random),
    log: lines,
    context: createPlainContext(),
    defer: (callback) => process.nextTick(callback)
  }
}

/** The cryptography of Node, with keys that follow from the seed: for tests alone. */
export function createSeededCrypto(random: Random): Kit['crypto'] {
  const randomBytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(random.next() * 256))
  return { ...createNodeKit({ log: createMemoryLog() }).crypto, randomBytes }
}
