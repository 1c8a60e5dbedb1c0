import { LIBRARY_VERSION } from '../../deliver/greeting'
import { canonicalUrl } from '../../driver/canonical-url'
import type { P2pError } from '../../errors'
import type { P2pNode } from '../../node'
import type { SocketStatus } from '../../node-status'
import type { ThreadInfo } from '../../thread/thread-events'
import type { DialledAddress, ErrorFacts, NodeReport, ThreadReport } from './control-events'
import { STATUS_SOCKETS } from './control-limits'

/** The part of a node that can be driven from outside. */
export type ControlledNode = Pick<P2pNode, 'status' | 'threads' | 'config' | 'on' | 'explain' | 'peers'>

export function nodeReport(node: ControlledNode, cwd: string, upMs: number): NodeReport {
  const { threads, sockets, ...status } = node.status()
  const { rss, heapUsed } = process.memoryUsage()
  return {
    ...status,
    pid: process.pid,
    cwd,
    version: LIBRARY_VERSION,
    nodeVersion: process.version,
    upMs,
    listen: node.config.listen,
    connect: dialled(node.config.connect, sockets),
    threads: threads.map(threadReport),
    openSockets: sockets.length,
    sockets: sockets.slice(0, STATUS_SOCKETS),
    memory: { rssBytes: rss, heapBytes: heapUsed }
  }
}

function dialled(urls: readonly string[], sockets: readonly SocketStatus[]): DialledAddress[] {
  const open = new Set(sockets.filter(({ inbound }) => !inbound).map(({ url }) => canonicalUrl(url)))
  return urls.map((url) => ({ url, open: open.has(canonicalUrl(url)) }))
}

export function threadReport({ error, ...info }: ThreadInfo): ThreadReport {
  return { ...info, ...(error !== undefined && { error: errorFacts(error) }) }
}

function errorFacts({ code, message }: P2pError): ErrorFacts {
  return { code, message }
}
