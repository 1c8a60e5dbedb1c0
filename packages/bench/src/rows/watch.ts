import type { Bench } from '../bench'
import type { Figure, Row } from '../figure'
import { createEchoProject } from '../ours/project'
import { IN_FLIGHT, connectPair, warmUp } from '../pairs'
import type { Pair } from '../pairs'
import type { Command } from '../process/command'
import { median, ratios, spreadOf } from '../statistics'
import { decimals, kibibytes, perSecond, range } from '../text'

const ROUNDS = 9
const REQUESTS = 100_000
/** Requests whose frames fill what lies between the node and a terminal that reads nothing. */
const FILLING_REQUESTS = 20_000
const RATIO_TARGET = 0.9
const FRAMES_TARGET = 20_000
const GROWTH_TARGET = 16 * 1024 * 1024
/** A request is a frame that comes and one that leaves. */
const FRAMES_PER_REQUEST = 2

interface Round {
  readonly alone: number
  readonly watched: number
  /** What the node's resident memory grew by while frames came that nobody read, in bytes. */
  readonly grown: number
}

/** What `watch` costs the node whose frames it shows once its terminal is stopped. */
export const watch: Row = {
  name: 'watch',
  async measure(bench) {
    const project = createEchoProject(bench.createFolder())
    const pair = await connectPair(bench, 'ours', bench.start('ours/server', [project, 'control']))
    await warmUp(pair)
    const rounds: Round[] = []
    for (let round = 0; round < ROUNDS; round++) rounds.push(await measureRound(bench, pair, project, round % 2 === 0))
    await Promise.all([bench.stop(pair.client), bench.stop(pair.server)])
    return figuresOf(rounds)
  }
}

async function measureRound(bench: Bench, pair: Pair, project: string, aloneFirst: boolean): Promise<Round> {
  const before = aloneFirst ? await requestsPerSecond(pair) : NaN
  const command = await startStopped(bench, pair, project)
  const filled = await memoryOf(pair)
  const watched = await requestsPerSecond(pair)
  const grown = (await memoryOf(pair)) - filled
  await bench.stop(command)
  return { alone: aloneFirst ? before : await requestsPerSecond(pair), watched, grown }
}

/** Gives a watch that has shown a frame, was stopped, and has no more room for others. */
async function startStopped(bench: Bench, pair: Pair, project: string): Promise<Command> {
  const command = bench.run(['watch'], project)
  while (!command.hasPrinted('REQUEST')) await pair.client.ask('throughput', { requests: 200, inFlight: 1 })
  command.suspend()
  await pair.client.ask('throughput', { requests: FILLING_REQUESTS, inFlight: IN_FLIGHT })
  return command
}

async function requestsPerSecond({ client }: Pair): Promise<number> {
  const { perSecond: figure = NaN } = await client.ask('throughput', { requests: REQUESTS, inFlight: IN_FLIGHT })
  return figure
}

async function memoryOf({ server }: Pair): Promise<number> {
  return (await server.ask('memory')).rssBytes ?? NaN
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const watched = rounds.map((round) => round.watched)
  const alone = rounds.map((round) => round.alone)
  const ratio = spreadOf(ratios(watched, alone))
  const grown = spreadOf(rounds.map((round) => round.grown))
  const frames = median(alone) * FRAMES_PER_REQUEST
  return [
    {
      what: `requests/s while a stopped terminal watches, to those while none does`,
      figure: decimals(ratio.median),
      target: `>= ${decimals(RATIO_TARGET)}`,
      spread: range(ratio, decimals),
      met: ratio.median >= RATIO_TARGET && frames >= FRAMES_TARGET,
      note: `${perSecond(alone.map((figure) => figure * FRAMES_PER_REQUEST))} frames/s while none does`
    },
    {
      what: `resident memory over ${REQUESTS * FRAMES_PER_REQUEST} frames that a stopped terminal does not read`,
      figure: kibibytes(grown.median),
      target: `< ${kibibytes(GROWTH_TARGET)}`,
      spread: range(grown, kibibytes),
      met: grown.median < GROWTH_TARGET
    }
  ]
}
