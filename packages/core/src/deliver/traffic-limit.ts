import type { LimitsConfig } from '../config/config'
import type { Clock } from '../kit'
import { RateLimit, RateTable } from '../rate-table'

/** Peers whose rates are kept apart; more of them share one. */
const MOST_PEERS = 10_000

const MADE_OF = ['framesPerSecond', 'bytesPerSecond', 'frameBytes'] as const

/** The keys that say how much a peer may send. */
export type TrafficKey = 'limits.framesPerSecond' | 'limits.bytesPerSecond'

/** How much a peer may send, in frames and in bytes per second, however many sockets it has. */
export class TrafficLimit {
  readonly #table: RateTable
  readonly #frames: RateLimit | undefined
  readonly #bytes: RateLimit | undefined

  private constructor(clock: Clock, { framesPerSecond, bytesPerSecond, frameBytes }: LimitsConfig) {
    this.#table = new RateTable(clock, 2 * MOST_PEERS)
    this.#frames = rateOf(framesPerSecond, 1)
    // One frame of the longest kind passes, however low the rate.
    this.#bytes = rateOf(bytesPerSecond, frameBytes)
  }

  /** Undefined where there is no such limit: then a frame costs nothing more. */
  static of(clock: Clock, limits: LimitsConfig): TrafficLimit | undefined {
    return limits.framesPerSecond + limits.bytesPerSecond === 0 ? undefined : new TrafficLimit(clock, limits)
  }

  /** True where what one of them allows is not what the other does. */
  static differs(one: LimitsConfig, other: LimitsConfig): boolean {
    return MADE_OF.some((key) => one[key] !== other[key])
  }

  /** Counts one frame of a peer; gives the limit for which that is too much. */
  exceededBy(sender: string, bytes: number): TrafficKey | undefined {
    if (this.#frames !== undefined && !this.#table.take(this.#frames, sender)) return 'limits.framesPerSecond'
    const fits = this.#bytes === undefined || this.#table.take(this.#bytes, sender, bytes)
    return fits ? undefined : 'limits.bytesPerSecond'
  }
}

function rateOf(perSecond: number, leastBurst: number): RateLimit | undefined {
  return perSecond === 0 ? undefined : new RateLimit({ perSecond, burst: Math.max(perSecond, leastBurst) })
}
