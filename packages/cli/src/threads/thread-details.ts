import { PackageType } from 'trustp2p'
import { printable } from '../printable'
import { layOut } from '../table'
import type { Output } from '../terminal'
import { count, shortDuration } from '../units'
import { fitted } from './thread-table'
import type { ShownThread } from './thread-table'

/** Prints how often each event was handled and how long that took, then who waited for whom when they started. */
export function printDetails(threads: readonly ShownThread[], out: Output): void {
  const nodes = [...new Set(threads.map(({ node }) => node))]
  for (const node of nodes) {
    const own = threads.filter((thread) => thread.node === node)
    const where = nodes.length > 1 ? [`node ${node ?? ''}`] : []
    const handlers = own.flatMap(handlerRows)
    if (handlers.length > 0) printRows([['thread', 'type', 'event', 'calls', 'p50', 'p99', ...where], ...handlers], out)
    printRows([['started', 'load', 'wait', 'start', 'waits for', ...where], ...startRows(own)], out)
  }
}

function printRows(rows: readonly (readonly string[])[], out: Output): void {
  const [head = '', ...lines] = layOut(rows.map((row) => row.map(printable))).map((line) => fitted(line, out))
  out.line('')
  out.line(out.colors.dim(head))
  for (const line of lines) out.line(line)
}

const TYPE_NAMES = new Map<number, string>(Object.entries(PackageType).map(([name, type]) => [type, name]))

function handlerRows({ name, events = [] }: ShownThread): string[][] {
  return events.map(({ type, event, calls, p50Ms, p99Ms }) => [
    name,
    TYPE_NAMES.get(type) ?? String(type),
    event,
    // A node of another version does not count them.
    count((calls as number | undefined) ?? 0),
    timeText(p50Ms),
    timeText(p99Ms)
  ])
}

/**
 * One row for each thread, below the first that it waits for. What waits for each other in a circle has none above it,
 * and is told of all the same.
 */
function startRows(threads: readonly ShownThread[]): string[][] {
  const left = new Set(threads)
  const rows: string[][] = []
  const add = (thread: ShownThread, depth: number): void => {
    if (!left.delete(thread)) return
    rows.push(startRow(thread, depth))
    for (const other of threads) if (other.waitsFor?.includes(thread.name) === true) add(other, depth + 1)
  }
  const names = new Set(threads.map(({ name }) => name))
  for (const thread of threads) if (!(thread.waitsFor ?? []).some((name) => names.has(name))) add(thread, 0)
  for (const thread of threads) add(thread, 0)
  return rows
}

function startRow({ name, waitsFor = [], times }: ShownThread, depth: number): string[] {
  const steps = [times?.loadMs, times?.waitMs, times?.startMs].map(timeText)
  return [`${'  '.repeat(depth)}${name}`, ...steps, waitsFor.join(', ')]
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? '-' : shortDuration(ms)
}
