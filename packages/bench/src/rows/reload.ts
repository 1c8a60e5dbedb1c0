import type { Bench } from '../bench'
import type { Figure, Row } from '../figure'
import { createReloadedProject } from '../ours/reloaded-thread'
import type { ReloadedEnding } from '../ours/reloaded-thread'
import { kibibytes } from '../text'

const ENDINGS = ['js', 'mjs', 'ts'] as const
const WARM_UP = 1_000
const RELOADS = 1_000
const HEAP_TARGET = 512 * 1024
const ALIVE_TARGET = 5

/** What is left of 1,000 versions of a thread after 1,000 others had warmed the process: one row for each ending. */
export const reloads: readonly Row[] = ENDINGS.map((ending) => ({
  name: `reload-${ending}`,
  measure: (bench) => measureEnding(bench, ending)
}))

async function measureEnding(bench: Bench, ending: ReloadedEnding): Promise<Figure[]> {
  const project = createReloadedProject(bench.createFolder(), ending)
  const child = bench.start('programs/reload', [project, ending], ['--expose-gc'])
  const before = await child.ask('reload', { reloads: WARM_UP, alive: ALIVE_TARGET })
  const startedAt = performance.now()
  const after = await child.ask('reload', { reloads: RELOADS, alive: ALIVE_TARGET })
  const elapsedMs = performance.now() - startedAt
  await bench.stop(child)
  const grown = (after.heap ?? NaN) - (before.heap ?? NaN)
  const loaded = (after.loaded ?? NaN) - (before.loaded ?? NaN)
  const alive = after.alive ?? NaN
  return [
    {
      what: `heap growth over ${RELOADS} reloads of a 10 KB .${ending} thread`,
      figure: kibibytes(grown),
      target: `< ${kibibytes(HEAP_TARGET)}`,
      spread: '-',
      met: grown < HEAP_TARGET && loaded >= RELOADS,
      note: `${loaded} generations were loaded, ${(elapsedMs / loaded).toFixed(1)} ms each`
    },
    {
      what: `generations alive after ${RELOADS} reloads, .${ending}`,
      figure: String(alive),
      target: `<= ${ALIVE_TARGET}`,
      spread: '-',
      met: alive <= ALIVE_TARGET
    }
  ]
}
