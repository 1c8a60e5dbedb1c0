import type { NodeReport, ThreadReport } from 'trustp2p/control'
import { printable } from '../printable'
import { describeFacts } from '../report-error'
import { fit, layOut } from '../table'
import type { Output } from '../terminal'
import { printThreadTable, stateColor } from '../threads/thread-table'
import { byteSize, count, duration } from '../units'

/** Counters that every node has; the others are shown where something was counted. */
const USUAL_COUNTERS = new Set(['framesIn', 'framesOut'])

/** Prints the state of a node for people. */
export function printStatus(report: NodeReport, out: Output, columns: number): void {
  const { bold } = out.colors
  const state = stateColor(report.state, out.colors)(printable(report.state))
  out.line(`${bold(`trustp2p ${printable(report.name)}`)} ${state}, pid ${report.pid}, up ${duration(report.upMs)}`)
  for (const line of layOut(facts(report))) out.line(fit(`  ${line}`, columns))
  printThreads(report.threads, out)
  printSockets(report, out, columns)
}

function facts(report: NodeReport): string[][] {
  const { id, addresses, connect, memory, counters, pendingRequests, runningRequests, store } = report
  // What runs may be of another version, which counts other things.
  const { framesIn, framesOut }: Partial<typeof counters> = counters
  const rare = Object.entries(counters).filter(([name, value]) => value > 0 && !USUAL_COUNTERS.has(name))
  return [
    ['folder', printable(report.cwd)],
    ...(id === undefined ? [] : [['peer id', printable(id)]]),
    ...(addresses.length === 0 ? [['listens', 'nowhere']] : addresses.map((url) => ['listens on', printable(url)])),
    ...connect.map(({ url, open }) => [open ? 'connected to' : 'cannot reach', printable(url)]),
    ['frames', `${count(framesIn ?? 0)} in, ${count(framesOut ?? 0)} out`],
    ['requests', `${count(runningRequests)} of peers run, ${count(pendingRequests)} of ours wait`],
    ...rare.map(([name, value]) => [spaced(printable(name)), count(value)]),
    ['memory', `${byteSize(memory.rssBytes)}, of which ${byteSize(memory.heapBytes)} heap`],
    ...(store === undefined ? [] : [['store', printable(store)]]),
    ['versions', printable(`trustp2p ${report.version}, Node ${report.nodeVersion}`)]
  ]
}

const THREAD_COLUMNS = [
  ...(['name', 'state', 'version', 'up', 'restarts'] as const),
  ...(['events', 'calls', 'failures', 'active', 'file'] as const)
]

function printThreads(threads: readonly ThreadReport[], out: Output): void {
  if (threads.length === 0) return out.line('  no threads: it answers nothing but pings')
  const shown = threads.map(({ error, ...thread }) => ({ ...thread, ...(error && { error: describeFacts(error) }) }))
  printThreadTable(shown, THREAD_COLUMNS, out)
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

/** `strayAnswers` → `stray answers`. */
function spaced(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
