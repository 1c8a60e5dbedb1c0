import type { Bench } from '../bench'
import type { Figure, Row } from '../figure'
import type { Numbers } from '../process/answer'
import { spreadOf } from '../statistics'
import { mebibytes, range, seconds } from '../text'

const NODES = 500
const RESTARTS = 50
const VIRTUAL_MS = 60_000
const SEED = 2026
const RUNS = 3
const TARGET_MS = 15_000
const TARGET_BYTES = 500 * 1024 * 1024

/** A minute of virtual time of 500 nodes, the same one three times, each in a process of its own. */
export const simulator: Row = {
  name: 'simulator',
  async measure(bench) {
    const runs: Numbers[] = []
    for (let run = 0; run < RUNS; run++) runs.push(await simulate(bench))
    return [timeFigure(runs), memoryFigure(runs), replayFigure(runs)]
  }
}

async function simulate(bench: Bench): Promise<Numbers> {
  const child = bench.start('programs/simulator')
  const answer = await child.ask('simulate', { seed: SEED, nodes: NODES, ms: VIRTUAL_MS, restarts: RESTARTS })
  await bench.stop(child)
  return answer
}

function timeFigure(runs: readonly Numbers[]): Figure {
  const { least, most, median } = spreadOf(valuesOf(runs, 'elapsedMs'))
  const [linked = NaN] = valuesOf(runs, 'linked')
  const [frames = NaN] = valuesOf(runs, 'frames')
  const cpuMs = Math.max(...valuesOf(runs, 'cpuMs'))
  return {
    what: `a virtual minute of ${NODES} nodes with 8 links each, ${RESTARTS} restarts`,
    figure: seconds(median),
    target: `< ${seconds(TARGET_MS)}`,
    spread: range({ least, most, median }, seconds),
    met: median < TARGET_MS && linked === NODES,
    note: `${seconds(cpuMs)} of processor time; ${frames} frames arrived; ${linked} nodes had all of their links in the end`
  }
}

function memoryFigure(runs: readonly Numbers[]): Figure {
  const spread = spreadOf(valuesOf(runs, 'residentBytes'))
  return {
    what: 'resident memory of that process at its most',
    figure: mebibytes(spread.most),
    target: `< ${mebibytes(TARGET_BYTES)}`,
    spread: range(spread, mebibytes),
    met: spread.most < TARGET_BYTES
  }
}

function replayFigure(runs: readonly Numbers[]): Figure {
  const different = new Set(valuesOf(runs, 'digest')).size
  return {
    what: `different event logs of ${RUNS} runs with the same seed`,
    figure: String(different),
    target: '1',
    spread: '-',
    met: different === 1
  }
}

function valuesOf(runs: readonly Numbers[], name: string): number[] {
  return runs.map((run) => run[name] ?? NaN)
}
