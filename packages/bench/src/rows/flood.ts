import type { Figure, Row } from '../figure'
import { createEchoProject } from '../ours/project'
import { decimals } from '../text'

const HONEST = 10
const HOSTILE = 100
const PER_SECOND = 100
const CALM_MS = 10_000
const FLOOD_MS = 30_000
const ANSWERED_TARGET = 0.99
const P99_TARGET = 5

/** What honest peers notice of hostile ones: these flood from addresses of their own, and dial again at once. */
export const flood: Row = {
  name: 'flood',
  async measure(bench) {
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
    return figuresOf({ answered, failed, p99Ms, calmP99Ms: calm['p99Ms'] ?? NaN, sent, dialled })
  }
}

interface Measured {
  readonly answered: number
  readonly failed: number
  readonly p99Ms: number
  readonly calmP99Ms: number
  readonly sent: number
  readonly dialled: number
}

function figuresOf({ answered, failed, p99Ms, calmP99Ms, sent, dialled }: Measured): Figure[] {
  const part = answered / (answered + failed)
  const ratio = p99Ms / calmP99Ms
  return [
    {
      what: `requests of ${HONEST} honest peers that were answered while ${HOSTILE} others flooded for ${FLOOD_MS / 1000} s`,
      figure: `${decimals(part * 100)} %`,
      target: `>= ${ANSWERED_TARGET * 100} %`,
      spread: '-',
      met: part >= ANSWERED_TARGET,
      note: `${answered} were answered; the others sent ${sent} frames and dialled ${dialled} times`
    },
    {
      what: 'p99 of those requests, to that without a flood',
      figure: decimals(ratio),
      target: `<= ${decimals(P99_TARGET)}`,
      spread: '-',
      met: ratio <= P99_TARGET,
      note: `${decimals(p99Ms)} ms; ${decimals(calmP99Ms)} ms without`
    }
  ]
}
