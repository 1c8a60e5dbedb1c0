import { ControlClient } from 'trustp2p/control'
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
  readonly filtered: number
  /** What the node's resident memory grew by while frames came that nobody read, in bytes. */
  readonly grown: number
}

/** An event that no frame has. */
const FILTER = { event: 'nothing' }

/**
 * What `watch` costs the node whose frames it shows: once its terminal is stopped, when frames are counted and dropped,
 * and with a filter that fits none of them, when the event of every single one is looked at.
 */
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

/** Measures alone, stopped and filtered, in this order or the other way round. */
async function measureRound(bench: Bench, pair: Pair, project: string, aloneFirst: boolean): Promise<Round> {
  const before = aloneFirst ? await requestsPerSecond(pair) : await measureFiltered(pair, project)
  const stopped = await measureStopped(bench, pair, project)
  return aloneFirst
    ? { alone: before, ...stopped, filtered: await measureFiltered(pair, project) }
    : { filtered: before, ...stopped, alone: await requestsPerSecond(pair) }
}

async function measureStopped(bench: Bench, pair: Pair, project: string): Promise<Pick<Round, 'watched' | 'grown'>> {
  const command = await startStopped(bench, pair, project)
  const filled = await memoryOf(pair)
  const watched = await requestsPerSecond(pair)
  const grown = (await memoryOf(pair)) - filled
  await bench.stop(command)
  return { watched, grown }
}

/** Watches as the command does, from this process: nothing comes that it would have to print. */
async function measureFiltered(pair: Pair, project: string): Promise<number> {
  const node = await ControlClient.connect({ cwd: project, name: 'server' })
  try {
    await node.watch(FILTER, ({ frames }) => {
      if (frames.length > 0) throw new Error(`${frames.length} frames passed a filter that fits none`)
    })
    return await requestsPerSecond(pair)
  } finally {
    await node.close()
  }
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
  const filteredRatio = spreadOf(
    ratios(
      rounds.map((round) => round.filtered),
      alone
    )
  )
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
      what: `requests/s while a filter that fits no frame looks at each, to those while none does`,
      figure: decimals(filteredRatio.median),
      target: `>= ${decimals(RATIO_TARGET)}`,
      spread: range(filteredRatio, decimals),
      met: filteredRatio.median >= RATIO_TARGET
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
