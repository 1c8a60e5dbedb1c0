import { Bench } from './bench'
import { build } from './build'
import type { Figure, Row } from './figure'
import { readOptions } from './options'
import type { Options } from './options'
import { formatReport } from './report'
import { commands } from './rows/commands'
import { contracts } from './rows/contracts'
import { flood } from './rows/flood'
import { idle } from './rows/idle'
import { isolations } from './rows/isolation'
import { latency } from './rows/latency'
import { link } from './rows/link'
import { packages } from './rows/packages'
import { reloads } from './rows/reload'
import { reloadsUnderLoad } from './rows/reload-under-load'
import { route } from './rows/route'
import { sealed } from './rows/sealed'
import { simulator } from './rows/simulator'
import { start } from './rows/start'
import { streams } from './rows/streams'
import { throughput } from './rows/throughput'
import { watch } from './rows/watch'
import { writes } from './rows/writes'

const ROWS: readonly Row[] = [
  throughput,
  streams,
  latency,
  writes,
  route,
  ...reloads,
  link,
  sealed,
  idle,
  start,
  packages,
  contracts,
  watch,
  commands,
  simulator,
  ...reloadsUnderLoad,
  ...isolations,
  flood
]

/** Longest time for all rows, in ms. */
const LONGEST_MS = 20 * 60_000
const FAILED = 1
const MISUSED = 2
const INTERRUPTED = 130

void main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<void> {
  const options = readOptionsOrExit(args)
  if (options.build && !build()) process.exit(FAILED)
  const bench = new Bench(options)
  const figures: Figure[] = []
  const timer = setTimeout(() => giveUp(bench, figures, 'The bench took too long', FAILED), LONGEST_MS)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => giveUp(bench, figures, 'The bench was interrupted', INTERRUPTED))
  }
  await measureAll(bench, options, figures)
  clearTimeout(timer)
  await bench.close()
  process.stdout.write(`${formatReport(figures)}\n`)
  process.exitCode = figures.every(({ met }) => met) ? 0 : FAILED
}

async function measureAll(bench: Bench, { rows }: Options, figures: Figure[]): Promise<void> {
  for (const row of ROWS) {
    if (rows.length > 0 && !rows.includes(row.name) && !rows.includes(row.group ?? '')) continue
    process.stderr.write(`measuring ${row.name}\n`)
    figures.push(...(await row.measure(bench).catch((error: unknown) => [failureOf(row, error)])))
  }
}

/** Ends all children and prints what was measured so far. */
function giveUp(bench: Bench, figures: readonly Figure[], why: string, status: number): never {
  bench.kill()
  process.stdout.write(`${formatReport(figures)}\n${why}: other rows were not measured\n`)
  process.exit(status)
}

function failureOf({ name }: Row, error: unknown): Figure {
  const note = error instanceof Error ? error.message : String(error)
  return { what: name, figure: 'failed', target: '-', spread: '-', met: false, note }
}

function readOptionsOrExit(args: readonly string[]): Options {
  try {
    return readOptions(args, [...new Set(ROWS.flatMap(({ name, group }) => [name, group ?? name]))])
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(MISUSED)
  }
}
