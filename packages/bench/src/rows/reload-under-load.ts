import type { Bench } from '../bench'
import type { Figure, Row } from '../figure'
import { createReloadedProject } from '../ours/reloaded-thread'
import type { ReloadedEnding } from '../ours/reloaded-thread'
import type { Numbers } from '../process/answer'
import type { Child } from '../process/child'
import { median, spreadOf } from '../statistics'
import { decimals, milliseconds, range } from '../text'

const ENDINGS = ['js', 'mjs', 'ts'] as const
const IN_FLIGHT = 16
const RELOADS = 1_000
const ROUNDS = 5
const WARM_UP_MS = 2_000
const SLOWDOWN_TARGET = 3
const DELAY_TARGET_MS = 50
const BROKEN_MS = 4_000

interface Asked {
  readonly client: Child
  readonly server: Child
}

interface Round {
  readonly still: Numbers
  readonly reloaded: Numbers
  readonly delayMs: number
}

/** What a peer that keeps 16 requests in flight notices of reloads, and of a version that does not parse. */
export const reloadsUnderLoad: readonly Row[] = ENDINGS.map((ending) => ({
  name: `load-${ending}`,
  group: 'threads',
  async measure(bench) {
    const asked = await start(bench, ending)
    await askWhile(asked, 'idle', { ms: WARM_UP_MS })
    await askWhile(asked, 'reload', { reloads: RELOADS / ROUNDS })
    const rounds: Round[] = []
    for (let round = 0; round < ROUNDS; round++) rounds.push(await measureRound(asked))
    const broken = await askWhile(asked, 'break', { ms: BROKEN_MS })
    await Promise.all([bench.stop(asked.client), bench.stop(asked.server)])
    return [...reloadFigures(ending, rounds), brokenFigure(ending, broken)]
  }
}))

async function start(bench: Bench, ending: ReloadedEnding): Promise<Asked> {
  const server = bench.start('programs/asked-server', [createReloadedProject(bench.createFolder(), ending), ending])
  const { port = 0 } = await server.ask('port')
  const client = bench.start('programs/asking-client', [`ws://127.0.0.1:${port}`, bench.createFolder()])
  return { client, server }
}

/** Lets the peer ask while the server does something. Gives what both have seen. */
async function askWhile({ client, server }: Asked, what: string, values: Numbers): Promise<Numbers> {
  await client.ask('begin', { inFlight: IN_FLIGHT })
  const seen = await server.ask(what, values)
  return { ...seen, ...(await client.ask('end')) }
}

/** As long without reloads as with them. */
async function measureRound(asked: Asked): Promise<Round> {
  const startedAt = performance.now()
  const reloaded = await askWhile(asked, 'reload', { reloads: RELOADS / ROUNDS })
  const still = await askWhile(asked, 'idle', { ms: performance.now() - startedAt })
  return { still, reloaded, delayMs: reloaded.delayMs ?? NaN }
}

function reloadFigures(ending: ReloadedEnding, rounds: readonly Round[]): Figure[] {
  const lost = sum(rounds.map(({ reloaded }) => (reloaded.failed ?? NaN) + (reloaded.twice ?? NaN)))
  const answered = sum(rounds.map(({ reloaded }) => reloaded.answered ?? NaN))
  const slowdown = spreadOf(rounds.map(({ still, reloaded }) => (reloaded.p999Ms ?? NaN) / (still.p999Ms ?? NaN)))
  const delay = spreadOf(rounds.map(({ delayMs }) => delayMs))
  return [
    {
      what: `requests that failed or were answered twice over ${RELOADS} reloads, .${ending}`,
      figure: String(lost),
      target: '0',
      spread: '-',
      met: lost === 0 && answered > 0,
      note: `${answered} were answered`
    },
    {
      what: `p99.9 of requests during reloads, to that without, .${ending}`,
      figure: decimals(slowdown.median),
      target: `<= ${decimals(SLOWDOWN_TARGET)}`,
      spread: range(slowdown, decimals),
      met: slowdown.median <= SLOWDOWN_TARGET,
      note: `${decimals(median(rounds.map(({ still }) => still.p999Ms ?? NaN)))} ms without`
    },
    {
      what: `longest delay of the event loop during ${RELOADS / ROUNDS} reloads, .${ending}`,
      figure: milliseconds(delay.median),
      target: `<= ${milliseconds(DELAY_TARGET_MS)}`,
      spread: range(delay, milliseconds),
      met: delay.median <= DELAY_TARGET_MS
    }
  ]
}

function brokenFigure(
  ending: ReloadedEnding,
  { failed = NaN, twice = NaN, broken = 0, answered = 0 }: Numbers
): Figure {
  return {
    what: `requests that failed while a broken file lay there for ${BROKEN_MS / 1000} s, .${ending}`,
    figure: String(failed + twice),
    target: '0',
    spread: '-',
    met: failed + twice === 0 && broken > 0 && answered > 0
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
