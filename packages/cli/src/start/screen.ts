import type { P2pError, P2pNode, P2pSocket, ThreadInfo } from 'trustp2p'

import type { Suggestion } from './suggestions'

/** What `start` tells while a node runs: as text for people, or as JSON for programs. */
export interface Screen {
  started(node: P2pNode, suggestions: readonly Suggestion[]): void
  thread(change: ThreadChange, info: ThreadInfo): void
  /** An outbound connection is open. */
  connected(socket: P2pSocket): void
  /** An outbound connection is gone. */
  lost(socket: P2pSocket, code: number, reason: string): void
  warning(error: P2pError): void
  /** The node ends, since a critical thread was given up. */
  critical(error: P2pError): void
  stopping(): void
  stopped(): void
}

/** What became of a thread. `backoff`: it failed, and is started again after a wait. */
export type ThreadChange = 'started' | 'stopped' | 'failed' | 'reloaded' | 'backoff'

const THREAD_CHANGES = ['started', 'stopped', 'failed', 'reloaded'] as const

/** Shows what a running node tells of; gives the way to end that. */
export function showEvents(node: P2pNode, screen: Screen): () => void {
  const endings = [
    ...THREAD_CHANGES.map((change) => node.on(`thread:${change}`, (info) => screen.thread(change, info))),
    node.on('thread:state', ({ name, to }) => {
      const info = to === 'backoff' ? node.threads.list().find((one) => one.name === name) : undefined
      if (info !== undefined) screen.thread('backoff', info)
    }),
    node.on('socket:open', (socket) => screen.connected(socket)),
    node.on('socket:close', (socket, code, reason) => {
      if (socket.outbound) screen.lost(socket, code, reason)
    }),
    node.on('warning', (error) => screen.warning(error)),
    node.on('critical', (error) => screen.critical(error))
  ]
  return () => {
    for (const end of endings) end()
  }
}
