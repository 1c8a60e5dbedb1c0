import type { Row } from '../figure'
import { IN_FLIGHT, interleave } from '../pairs'
import { ratios, spreadOf } from '../statistics'
import { decimals, perSecond, range } from '../text'

/** Many short ones: what else the machine does changes between two rounds more often than within one. */
const ROUNDS = 27
const REQUESTS = 33_000
const TARGET = 0.75

/** Messages per second at 64 in flight, as part of what the floor program reaches. */
export const throughput: Row = {
  name: 'throughput',
  async measure(bench) {
    const { floor, ours, naive } = await interleave(await bench.pairs(), ROUNDS, async ({ client }) => {
      const { perSecond: figure = NaN } = await client.ask('throughput', { requests: REQUESTS, inFlight: IN_FLIGHT })
      return figure
    })
    const toFloor = spreadOf(ratios(ours, floor))
    const toNaive = spreadOf(ratios(ours, naive))
    return [
      {
        what: `requests/s over ws, ${IN_FLIGHT} in flight, 64-byte body, to the floor's`,
        figure: decimals(toFloor.median),
        target: `>= ${decimals(TARGET)}`,
        spread: range(toFloor, decimals),
        met: toFloor.median >= TARGET,
        note:
          `${decimals(toNaive.median)} (${range(toNaive, decimals)}) of a naive ws echo; requests/s: ours ` +
          `${perSecond(ours)}, floor ${perSecond(floor)}, naive ${perSecond(naive)}`
      }
    ]
  }
}
