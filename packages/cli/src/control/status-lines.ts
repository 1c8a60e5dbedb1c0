import type { NodeReport } from 'trustp2p/control'
import { printable } from '../printable'
import type { ShownThread } from '../threads/thread-table'

type Field = readonly [name: string, value: string | number | undefined]

/** A state for programs that read lines: what it is about, its name, then `field=value`, parted by tabs. */
export function statusLines(report: NodeReport): string[] {
  const { name, id, state, pid, cwd, version, nodeVersion, upMs, memory, pendingRequests, runningRequests } = report
  return [
    line('node', name, [
      ['id', id],
      ['state', state],
      ['pid', pid],
      ['cwd', cwd],
      ['version', version],
      ['nodeVersion', nodeVersion],
      ['upMs', upMs],
      ['store', report.store],
      ['openSockets', report.openSockets],
      ['pendingRequests', pendingRequests],
      ['runningRequests', runningRequests],
      ['rssBytes', memory.rssBytes],
      ['heapBytes', memory.heapBytes]
    ]),
    ...report.addresses.map((address) => line('listen', address, [])),
    ...report.connect.map(({ url, open }) => line('connect', url, [['state', open ? 'open' : 'lost']])),
    ...report.threads.map(threadLine),
    ...report.sockets.map(({ id, peer, peerId, inbound, silentMs, bufferedAmount }) =>
      line('socket', id, [
        ['direction', inbound ? 'in' : 'out'],
        ['peer', peer],
        ['peerId', peerId],
        ['silentMs', Math.round(silentMs)],
        ['bufferedAmount', bufferedAmount]
      ])
    ),
    ...Object.entries(report.counters).map(([counter, value]) => line('counter', counter, [['value', value]]))
  ]
}

function threadLine({ name, path, error, ...facts }: ShownThread): string {
  const { times, waitsFor = [], uptimeMs } = facts
  return line('thread', name, [
    ['state', facts.state],
    ['linked', facts.linked === undefined ? undefined : String(facts.linked)],
    ['version', facts.version],
    ['isolation', facts.isolation],
    ['upMs', rounded(uptimeMs)],
    ['restarts', facts.restarts],
    ['retryInMs', rounded(facts.retryInMs)],
    ['waitsFor', waitsFor.length === 0 ? undefined : waitsFor.join(',')],
    ['loadMs', rounded(times?.loadMs)],
    ['waitMs', rounded(times?.waitMs)],
    ['startMs', rounded(times?.startMs)],
    ['revision', facts.revision],
    ['calls', facts.calls],
    ['failures', facts.failures],
    ['active', facts.active],
    ['path', path],
    ['error', error?.code]
  ])
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms)
}

function line(kind: string, name: string, fields: readonly Field[]): string {
  const given = fields.filter(([, value]) => value !== undefined).map(([field, value]) => `${field}=${String(value)}`)
  return [kind, name, ...given].map(printable).join('\t')
}
