import type { Figure, Row } from '../figure'
import { createProject } from '../ours/project'
import { kibibytes, milliseconds } from '../text'

const RELOADS = 1_000
const WARM_UP = 300
const IN_FLIGHT = 16
const SWAP_TARGET_MS = 80
const HEAP_TARGET = 512 * 1024
const ALIVE_TARGET = 5

/** Reloads of a thread that runs in a worker, while a peer keeps 16 requests in flight: one row for each ending. */
export const isolations: readonly Row[] = (['js', 'mjs', 'ts'] as const).map((ending) => ({
  name: `isolation-${ending}`,
  group: 'threads',
  async measure(bench) {
    const folder = bench.createFolder()
    createProject(folder)
    const server = bench.start('programs/isolated-server', [folder, ending], ['--expose-gc'])
    const { port = 0 } = await server.ask('port')
    const client = bench.start('programs/asking-client', [`ws://127.0.0.1:${port}`, bench.createFolder()])
    await client.ask('begin', { inFlight: IN_FLIGHT })
    const before = await server.ask('reload', { reloads: WARM_UP, alive: ALIVE_TARGET })
    const after = await server.ask('reload', { reloads: RELOADS, alive: ALIVE_TARGET })
    const { answered = NaN, failed = NaN, twice = NaN } = await client.ask('end')
    await Promise.all([bench.stop(client), bench.stop(server)])
    const { swapMs = NaN } = after
    const grown = (after.heap ?? NaN) - (before.heap ?? NaN)
    const alive = after.alive ?? NaN
    const lost = failed + twice
    const figure = (what: string, met: boolean) =>
      figureOf(`${what}, ${RELOADS} reloads of a .${ending} thread in a worker`, met)
    return [
      {
        ...figure('requests that failed or were answered twice', lost === 0),
        figure: String(lost),
        target: '0',
        note: `${answered} were answered`
      },
      {
        ...figure('swap of a version, median', swapMs < SWAP_TARGET_MS),
        figure: milliseconds(swapMs),
        target: `< ${milliseconds(SWAP_TARGET_MS)}`
      },
      {
        ...figure('heap growth', grown < HEAP_TARGET),
        figure: kibibytes(grown),
        target: `< ${kibibytes(HEAP_TARGET)}`
      },
      {
        ...figure('workers alive afterwards', alive <= ALIVE_TARGET),
        figure: String(alive),
        target: `<= ${ALIVE_TARGET}`
      }
    ]
  }
}))

function figureOf(what: string, met: boolean): Pick<Figure, 'what' | 'spread' | 'met'> {
  return { what, spread: '-', met }
}
