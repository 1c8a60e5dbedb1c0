import type { Figure, Row } from '../figure'
import { createEchoProject } from '../ours/project'
import { spreadOf } from '../statistics'
import { milliseconds, range } from '../text'

const ROUNDS = 10
const TARGET_MS = 1_000

/** Time from a link, or its removal, until a peer that asks all the while sees it. */
export const link: Row = {
  name: 'link',
  async measure(bench) {
    const child = bench.start('programs/link', [createEchoProject(bench.createFolder()), bench.createFolder()])
    const linked: number[] = []
    const removed: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      removed.push((await child.ask('unlink')).elapsedMs ?? NaN)
      linked.push((await child.ask('link')).elapsedMs ?? NaN)
    }
    await bench.stop(child)
    return [figureOf('link to live', linked), figureOf('removed link to gone', removed)]
  }
}

function figureOf(what: string, values: readonly number[]): Figure {
  const spread = spreadOf(values)
  return {
    what: `${what}, as a peer sees it (median, the slowest counts)`,
    figure: milliseconds(spread.median),
    target: `< ${milliseconds(TARGET_MS)}`,
    spread: range(spread, milliseconds),
    met: spread.most < TARGET_MS
  }
}
