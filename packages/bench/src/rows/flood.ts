import type { Bench } from '../bench'
import type { Figure, Row } from '../figure'
import { createEchoProject } from '../ours/project'
import { median } from '../statistics'
import { decimals } from '../text'

const HONEST = 10
const HOSTILE = 100
const PER_SECOND = 100
const CALM_MS = 10_000
const FLOOD_MS = 30_000
const ANSWERED_TARGET = 0.99
const P99_TARGET = 5

/** Each on a server of its own, which knows no host yet. The median counts: one pause of the machine is a p99. */
const FLOODS = 3

/** What honest peers notice of hostile ones: these flood from addresses of their own, and dial again at once. */
export const flood: Row = {
  name: 'flood',
  async measure(bench) {
    const runs: Measured[] = []
    for (let count = 0; count < FLOODS; count++) runs.push(await measureFlood(bench))
    return figuresOf(runs)
  }
}

async function measureFlood(bench: Bench): Promise<Measured> {
  const server = bench.start('ours/server', [createEchoProject(bench.createFolder())])
  const { port = 0 } = await server.ask('port')
  const url = `ws://127.0.0.1:${port}`
  const honest = bench.start('programs/honest-peers', [url, bench.createFolder(), String(HONEST)])
  const hostile = bench.start('programs/flooding-peers', [url])
  await honest.ask('ask', { ms: CALM_MS, perSecond: PER_SECOND })
  const calm = await honest.ask('ask', { ms: CALM_MS, perSecond: PER_SECOND })
  await hostile.ask('begin', { peers: HOSTILE })
  const flooded = await honest.ask('ask', { ms: FLOOD_MS, perSecond: PER_SECOND })
  const { sent = NaN, dialled = NaN } = await hostile.ask('end')
  await Promise.all([honest, hostile, server].map((child) => bench.stop(child)))
  const { answered = NaN, failed = NaN, p99Ms = NaN } = flooded
  return { answered, failed, p99Ms, calmP99Ms: calm['p99Ms'] ?? NaN, sent, dialled }
}

interface Measured {
  readonly answered: number
  readonly failed: number
  readonly p99Ms: number
  readonly calmP99Ms: number
  readonly sent: number
  readonly dialled: number
}

function figuresOf(runs: readonly Measured[]): Figure[] {
  const part = Math.min(...runs.map(({ answered, failed }) => answered / (answered + failed)))
  const ratios = runs.map(({ p99Ms, calmP99Ms }) => p99Ms / calmP99Ms)
  const ratio = median(ratios)
  return [
    {
      what: `requests of ${HONEST} honest peers that were answered while ${HOSTILE} others flooded for ${FLOOD_MS / 1000} s`,
      figure: `${decimals(part * 100)} %`,
      target: `>= ${ANSWERED_TARGET * 100} %`,
      spread: '-',
      met: part >= ANSWERED_TARGET,
      note: `the least of ${FLOODS} floods; the others sent ${runs.map(({ sent }) => sent).join(', ')} frames and dialled ${runs.map(({ dialled }) => dialled).join(', ')} times`
    },
    {
      what: 'p99 of those requests, to that without a flood',
      figure: decimals(ratio),
      target: `<= ${decimals(P99_TARGET)}`,
      spread: `${decimals(Math.min(...ratios))} .. ${decimals(Math.max(...ratios))}`,
      met: ratio <= P99_TARGET,
      note: `the median of ${FLOODS} floods; ${runs.map(({ p99Ms, calmP99Ms }) => `${decimals(p99Ms)} ms, ${decimals(calmP99Ms)} ms without`).join('; ')}`
    }
  ]
}
