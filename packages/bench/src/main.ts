import { Bench } from './bench'
import { build } from './build'
import type { Figure, Row } from './figure'
import { readOptions } from './options'
import type { Options } from './options'
import { formatReport } from './report'
import { latency } from './rows/latency'
import { link } from './rows/link'
import { packages } from './rows/packages'
import { reload } from './rows/reload'
import { start } from './rows/start'
import { throughput } from './rows/throughput'
import { writes } from './rows/writes'

const ROWS: readonly Row[] = [throughput, latency, writes, reload, link, start, packages]

/** Longest time for all rows, in ms. */
const LONGEST_MS = 6 * 60_000
const INTERRUPTED = 130

void main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<void> {
  const options = readOptionsOrExit(args)
  if (options.build) build()
  const bench = new Bench(options)
  const giveUp = (status: number) => (): void => {
    bench.kill()
    process.exit(status)
  }
  process.once('SIGINT', giveUp(INTERRUPTED))
  process.once('SIGTERM', giveUp(INTERRUPTED))
  const timer = setTimeout(giveUp(1), LONGEST_MS)
  const figures = await measureAll(bench, options)
  clearTimeout(timer)
  await bench.close()
  process.stdout.write(`${formatReport(figures)}\n`)
  process.exitCode = figures.every(({ met }) => met) ? 0 : 1
}

async function measureAll(bench: Bench, { rows }: Options): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const row of ROWS) {
    if (rows.length > 0 && !rows.includes(row.name)) continue
    process.stderr.write(`measuring ${row.name}\n`)
    figures.push(...(await row.measure(bench).catch((error: unknown) => [failureOf(row, error)])))
  }
  return figures
}

function failureOf({ name }: Row, error: unknown): Figure {
  const note = error instanceof Error ? error.message : String(error)
  return { what: name, figure: 'failed', target: '-', spread: '-', met: false, note }
}

function readOptionsOrExit(args: readonly string[]): Options {
  try {
    return readOptions(
      args,
      ROWS.map(({ name }) => name)
    )
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(2)
  }
}
