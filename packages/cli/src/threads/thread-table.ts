import type { ThreadReport } from 'trustp2p/control'
import { printable } from '../printable'
import { reportLines } from '../report-error'
import type { ErrorReport } from '../report-error'
import { fit, layOut } from '../table'
import type { Colors, Output } from '../terminal'
import { count, duration } from '../units'

/** A thread as far as it is known: a node of another version tells less, and files show little. */
export interface ShownThread extends Partial<Omit<ThreadReport, 'error'>> {
  readonly name: string
  readonly path: string
  readonly error?: ErrorReport
  /** The node that it runs in; absent where that is known. */
  readonly node?: string
}

/** A column is left out where no thread has anything in it. */
interface Column {
  readonly title: string
  readonly cell: (thread: ShownThread) => string
}

const COLUMNS = {
  node: { title: 'node', cell: ({ node = '' }) => node },
  name: { title: 'thread', cell: ({ name }) => name },
  linked: { title: 'linked', cell: ({ linked }) => (linked === undefined ? '' : linked ? 'yes' : 'no') },
  state: { title: 'state', cell: ({ state = '' }) => state },
  version: { title: 'version', cell: ({ version = '' }) => version },
  up: { title: 'up', cell: ({ uptimeMs }) => (uptimeMs === undefined ? '' : duration(uptimeMs)) },
  restarts: { title: 'restarts', cell: ({ restarts = 0 }) => (restarts === 0 ? '' : count(restarts)) },
  events: { title: 'events', cell: ({ handlers }) => counted(handlers) },
  calls: { title: 'calls', cell: ({ calls }) => counted(calls) },
  failures: { title: 'failed', cell: ({ failures }) => counted(failures) },
  active: { title: 'active', cell: ({ active }) => counted(active) },
  file: { title: 'file', cell: ({ path }) => path.slice(path.indexOf(' -> ') + 1).replace(/^-> /, '') }
} as const satisfies Readonly<Record<string, Column>>

export type ColumnName = keyof typeof COLUMNS

/** Prints a row for each thread, and below it what is wrong with the thread. A terminal gets no wider ones. */
export function printThreadTable(threads: readonly ShownThread[], names: readonly ColumnName[], out: Output): void {
  const columns: readonly Column[] = names.map((name) => COLUMNS[name])
  const used = columns.filter(({ cell }) => threads.some((thread) => cell(thread) !== ''))
  const rows = threads.map((thread) => used.map(({ cell }) => printable(cell(thread))))
  const [head = '', ...lines] = layOut([used.map(({ title }) => title), ...rows]).map((line) => fitted(line, out))
  out.line(out.colors.dim(head))
  for (const [index, thread] of threads.entries()) {
    out.line(stateColor(thread.state, out.colors)(lines[index] ?? ''))
    printTrouble(thread, out)
  }
}

function printTrouble({ error, retryInMs }: ShownThread, { line, colors }: Output): void {
  for (const text of error === undefined ? [] : reportLines(error)) line(`  ${colors.red(text)}`)
  if (retryInMs !== undefined) line(`  ${colors.yellow(`it is started again in ${duration(retryInMs)}`)}`)
}

export function stateColor(state: string | undefined, { green, yellow, red }: Colors): (text: string) => string {
  if (state === undefined) return (text) => text
  if (state === 'running') return green
  return state === 'failed' || state === 'quarantined' ? red : yellow
}

/** Cuts a line that is wider than the terminal that it is for. */
export function fitted(line: string, { columns }: Output): string {
  return columns === undefined ? line : fit(line, columns)
}

function counted(number: number | undefined): string {
  return number === undefined ? '' : count(number)
}
