import type { Bench } from '../bench'
import type { Row } from '../figure'
import { IN_FLIGHT, startPair, warmUp } from '../pairs'
import type { Pair, PairName } from '../pairs'
import { programPath } from '../process/program-path'
import { median, spreadOf } from '../statistics'
import { oneDecimal, range } from '../text'

const ROUNDS = 7
const ANSWERS = 5_000
const TARGET = 40

/** Socket writes of the server, counted in processes of their own, since counting costs time. */
export const writes: Row = {
  name: 'writes',
  async measure(bench) {
    const ours = spreadOf(await countWrites(bench, 'ours'))
    const floor = median(await countWrites(bench, 'floor'))
    return [
      {
        what: `socket writes per 1,000 answers at ${IN_FLIGHT} in flight`,
        figure: oneDecimal(ours.median),
        target: `<= ${TARGET}`,
        spread: range(ours, oneDecimal),
        met: ours.median <= TARGET,
        note: `floor ${oneDecimal(floor)}`
      }
    ]
  }
}

async function countWrites(bench: Bench, name: PairName): Promise<number[]> {
  const pair = await startPair(bench, name, ['--require', programPath('load/count-writes')])
  await warmUp(pair)
  const counts: number[] = []
  for (let round = 0; round < ROUNDS; round++) counts.push(await countRound(pair))
  await Promise.all([bench.stop(pair.server), bench.stop(pair.client)])
  return counts
}

async function countRound({ server, client }: Pair): Promise<number> {
  const { writes: before = NaN } = await server.ask('writes')
  await client.ask('throughput', { requests: ANSWERS, inFlight: IN_FLIGHT })
  const { writes: after = NaN } = await server.ask('writes')
  return ((after - before) * 1000) / ANSWERS
}
