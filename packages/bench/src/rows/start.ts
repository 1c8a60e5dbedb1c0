import type { Bench } from '../bench'
import type { Figure, Row } from '../figure'
import { createStartProject } from '../ours/project'
import type { ModuleStyle } from '../ours/project'
import type { Numbers } from '../process/answer'
import { median, spreadOf } from '../statistics'
import { milliseconds, range } from '../text'

const STARTS = 10
const THREADS = 5
const TARGET_MS = 150

/** Importing the compiled library, and starting a server with five JavaScript threads, in processes of their own. */
export const start: Row = {
  name: 'start',
  async measure(bench) {
    const starts = await measureStarts(bench, 'commonjs')
    const esm = (await measureStarts(bench, 'esm')).map(({ createMs = NaN }) => createMs)
    const created = figureOf(
      `createServer with ${THREADS} JavaScript threads after import`,
      starts.map(({ createMs = NaN }) => createMs)
    )
    return [
      { ...created, note: `${milliseconds(median(esm))} when their files are ESM` },
      figureOf(
        'importing trustp2p',
        starts.map(({ importMs = NaN }) => importMs)
      )
    ]
  }
}

async function measureStarts(bench: Bench, style: ModuleStyle): Promise<Numbers[]> {
  const project = createStartProject(bench.createFolder(), THREADS, style)
  const answers: Numbers[] = []
  for (let index = 0; index < STARTS; index++) answers.push(await measureStart(bench, project))
  return answers
}

async function measureStart(bench: Bench, project: string): Promise<Numbers> {
  const child = bench.start('programs/start', [project])
  const answer = await child.ask('start')
  await bench.stop(child)
  if (answer.running !== THREADS) throw new Error(`${String(answer.running)} of ${THREADS} threads run after the start`)
  return answer
}

function figureOf(what: string, values: readonly number[]): Figure {
  const spread = spreadOf(values)
  return {
    what: `${what}, ${STARTS} starts`,
    figure: milliseconds(spread.median),
    target: `< ${milliseconds(TARGET_MS)}`,
    spread: range(spread, milliseconds),
    met: spread.median < TARGET_MS
  }
}
