import type { NodeReport } from 'trustp2p/control'
import { printable } from '../printable'

type Field = readonly [name: string, value: string | number | undefined]

/** A state for programs that read lines: what it is about, its name, then `field=value`, parted by tabs. */
export function statusLines(report: NodeReport): string[] {
  const { name, state, pid, cwd, version, nodeVersion, upMs, memory, pendingRequests, runningRequests } = report
  return [
    line('node', name, [
      ['state', state],
      ['pid', pid],
      ['cwd', cwd],
      ['version', version],
      ['nodeVersion', nodeVersion],
      ['upMs', upMs],
      ['openSockets', report.openSockets],
      ['pendingRequests', pendingRequests],
      ['runningRequests', runningRequests],
      ['rssBytes', memory.rssBytes],
      ['heapBytes', memory.heapBytes]
    ]),
    ...report.addresses.map((address) => line('listen', address, [])),
    ...report.connect.map(({ url, open }) => line('connect', url, [['state', open ? 'open' : 'lost']])),
    ...report.threads.map(({ name: thread, path, error, ...facts }) =>
      line('thread', thread, [
        ['state', facts.state],
        ['revision', facts.revision],
        ['calls', facts.calls],
        ['failures', facts.failures],
        ['active', facts.active],
        ['path', path],
        ['error', error?.code]
      ])
    ),
    ...report.sockets.map(({ id, peer, inbound, silentMs, bufferedAmount }) =>
      line('socket', id, [
        ['direction', inbound ? 'in' : 'out'],
        ['peer', peer],
        ['silentMs', Math.round(silentMs)],
        ['bufferedAmount', bufferedAmount]
      ])
    ),
    ...Object.entries(report.counters).map(([counter, value]) => line('counter', counter, [['value', value]]))
  ]
}

function line(kind: string, name: string, fields: readonly Field[]): string {
  const given = fields.filter(([, value]) => value !== undefined).map(([field, value]) => `${field}=${String(value)}`)
  return [kind, name, ...given].map(printable).join('\t')
}
