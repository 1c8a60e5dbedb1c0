import type { Row } from '../figure'
import { interleave } from '../pairs'
import { median, ratios, spreadOf } from '../statistics'
import { decimals, microseconds, range } from '../text'

/** Many short ones: whether the two processes of a pair share a processor changes from time to time, and halves it. */
const ROUNDS = 93
const REQUESTS = 2_000
const TARGET = 1.15

/** Median latency of requests that are sent one at a time, as a multiple of the floor program's. */
export const latency: Row = {
  name: 'latency',
  async measure(bench) {
    const { floor, ours, naive } = await interleave(await bench.pairs(), ROUNDS, async ({ client }) => {
      const { medianUs = NaN } = await client.ask('latency', { requests: REQUESTS })
      return medianUs
    })
    const toFloor = spreadOf(ratios(ours, floor))
    return [
      {
        what: "one request at a time, median latency, to the floor's",
        figure: decimals(toFloor.median),
        target: `<= ${decimals(TARGET)}`,
        spread: range(toFloor, decimals),
        met: toFloor.median <= TARGET,
        note: `ours ${microseconds(median(ours))}, floor ${microseconds(median(floor))}, naive ${microseconds(median(naive))}`
      }
    ]
  }
}
