import type { P2pError, P2pNode } from 'trustp2p'
import type { Leak } from './leak'
import type { ThreadPeer } from './thread-peer'

/** Time that running handlers have when a bench is closed, in ms of its clock. */
export const DRAIN_MS = 1_000

/** Requests of the thread that nobody has answered. */
export function waitingRequests(node: P2pNode, peers: readonly ThreadPeer[]): readonly Leak[] {
  const events = peers.flatMap(({ unanswered }) => unanswered)
  return Array.from({ length: node.status().pendingRequests }, (_, index): Leak => {
    const event = events[index]
    return {
      kind: 'request',
      text: event === undefined ? 'a request without an answer' : `a request '${event}' without an answer`
    }
  })
}

/** How many handlers run when a bench begins to close. */
export interface Draining {
  readonly node: P2pNode
  readonly peers: readonly ThreadPeer[]
  readonly active: number
  /** The time of the node's clock, in ms. */
  readonly now: () => number
}

/** Tells, once the node is closed, which handlers had to be given up. */
export function followDrain({ node, peers, active, now }: Draining): () => readonly Leak[] {
  const events = peers.flatMap(({ asked }) => asked)
  let [drainsSince, drainedMs] = [NaN, 0]
  node.on('thread:state', ({ to }) => {
    if (to === 'draining') drainsSince = now()
    if (to === 'stopping') drainedMs = now() - drainsSince
  })
  const text = (index: number): string => {
    const event = events[index]
    return event === undefined ? 'a handler or a call that does not end' : `a handler of '${event}' that does not end`
  }
  return () =>
    drainedMs < DRAIN_MS
      ? []
      : Array.from({ length: active }, (_, index): Leak => ({ kind: 'handler', text: text(index) }))
}

/** What the thread could not undo when it was stopped, as the warnings of that time say. */
export function stopFailures(warnings: readonly P2pError[]): readonly Leak[] {
  return warnings
    .filter(({ code, details }) => code.startsWith('ERR_TRUSTP2P_THREAD_STOP_') || details?.['where'] === 'effect')
    .map(({ message }): Leak => ({ kind: 'scope', text: `what it could not undo: ${message}` }))
}
