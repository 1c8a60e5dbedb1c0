import type { NodeReport, ThreadReport } from 'trustp2p/control'
import { printable } from '../printable'
import { reportLines } from '../report-error'
import { fit, layOut } from '../table'
import type { Colors, Output } from '../terminal'
import { byteSize, count, duration } from '../units'

/** Counters that every node has; the others are shown where something was counted. */
const USUAL_COUNTERS = new Set(['framesIn', 'framesOut'])

/** Prints the state of a node for people. */
export function printStatus(report: NodeReport, out: Output, columns: number): void {
  const { bold } = out.colors
  const state = stateColor(report.state, out.colors)(printable(report.state))
  out.line(`${bold(`trustp2p ${printable(report.name)}`)} ${state}, pid ${report.pid}, up ${duration(report.upMs)}`)
  for (const line of layOut(facts(report))) out.line(fit(`  ${line}`, columns))
  printThreads(report.threads, out, columns)
  printSockets(report, out, columns)
}

function facts(report: NodeReport): string[][] {
  const { addresses, connect, memory, counters, pendingRequests, runningRequests } = report
  // What runs may be of another version, which counts other things.
  const { framesIn, framesOut }: Partial<typeof counters> = counters
  const rare = Object.entries(counters).filter(([name, value]) => value > 0 && !USUAL_COUNTERS.has(name))
  return [
    ['folder', printable(report.cwd)],
    ...(addresses.length === 0 ? [['listens', 'nowhere']] : addresses.map((url) => ['listens on', printable(url)])),
    ...connect.map(({ url, open }) => [open ? 'connected to' : 'cannot reach', printable(url)]),
    ['frames', `${count(framesIn ?? 0)} in, ${count(framesOut ?? 0)} out`],
    ['requests', `${count(runningRequests)} of peers run, ${count(pendingRequests)} of ours wait`],
    ...rare.map(([name, value]) => [spaced(printable(name)), count(value)]),
    ['memory', `${byteSize(memory.rssBytes)}, of which ${byteSize(memory.heapBytes)} heap`],
    ['versions', printable(`trustp2p ${report.version}, Node ${report.nodeVersion}`)]
  ]
}

function printThreads(threads: readonly ThreadReport[], out: Output, columns: number): void {
  if (threads.length === 0) return out.line('  no threads: it answers nothing but pings')
  const { dim } = out.colors
  const head = ['thread', 'state', 'events', 'calls', 'failed', 'active', 'file']
  const rows = threads.map(({ name, state, handlers, calls, failures, active, path }) =>
    [name, state, count(handlers), count(calls), count(failures), count(active), path].map(printable)
  )
  const [title = '', ...lines] = layOut([head, ...rows])
  out.line(dim(title))
  for (const [index, line] of lines.entries()) {
    const { state, error } = threads[index] ?? {}
    out.line(stateColor(state ?? '', out.colors)(fit(line, columns)))
    for (const text of error === undefined ? [] : reportLines(error)) out.line(`  ${out.colors.red(text)}`)
  }
}

function printSockets({ sockets, openSockets }: NodeReport, out: Output, columns: number): void {
  if (openSockets === 0) return out.line('  no open sockets')
  const { dim } = out.colors
  const rows = sockets.map(({ id, peer, inbound, silentMs, bufferedAmount }) =>
    [id, inbound ? 'in' : 'out', peer, duration(silentMs), byteSize(bufferedAmount)].map(printable)
  )
  const [title = '', ...lines] = layOut([['socket', 'way', 'peer', 'silent', 'queued'], ...rows])
  out.line(dim(title))
  for (const line of lines) out.line(fit(line, columns))
  if (openSockets > sockets.length) out.line(dim(`and ${count(openSockets - sockets.length)} more`))
}

function stateColor(state: string, { green, yellow, red }: Colors): (text: string) => string {
  if (state === 'running') return green
  return state === 'failed' ? red : yellow
}

/** `strayAnswers` → `stray answers`. */
function spaced(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
