import type { Bench } from '../bench'
import type { Figure, Row } from '../figure'
import { createEchoProject } from '../ours/project'
import type { Command } from '../process/command'
import { spreadOf } from '../statistics'
import { milliseconds, range } from '../text'

const RUNS = 10
const TARGET_MS = 300

/** How long the compiled command line takes, from its process to its end or, for `start`, to the node's address. */
export const commands: Row = {
  name: 'commands',
  async measure(bench) {
    const project = createEchoProject(bench.createFolder())
    const started = await measureRuns(bench, ['start', '--listen', 'ws://127.0.0.1:0'], project, (command) =>
      command.printed('ws://127.0.0.1:')
    )
    const server = bench.start('ours/server', [project, 'control'])
    await server.ask('port')
    const finished = (command: Command) => command.succeeded()
    const figures = [
      figureOf('--version', await measureRuns(bench, ['--version'], project, finished)),
      figureOf('status on a running node', await measureRuns(bench, ['status'], project, finished)),
      figureOf('start, until it prints its address', started)
    ]
    await bench.stop(server)
    return figures
  }
}

/** Gives the time of each of 10 runs, one after the other, in ms. */
async function measureRuns(
  bench: Bench,
  args: readonly string[],
  cwd: string,
  done: (command: Command) => Promise<void>
): Promise<number[]> {
  const times: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const startedAt = performance.now()
    const command = bench.run(args, cwd)
    await done(command)
    times.push(performance.now() - startedAt)
    await bench.stop(command)
  }
  return times
}

function figureOf(what: string, times: readonly number[]): Figure {
  const spread = spreadOf(times)
  return {
    what: `trustp2p-cli ${what}, ${RUNS} runs`,
    figure: milliseconds(spread.median),
    target: `< ${milliseconds(TARGET_MS)}`,
    spread: range(spread, milliseconds),
    met: spread.median < TARGET_MS
  }
}
