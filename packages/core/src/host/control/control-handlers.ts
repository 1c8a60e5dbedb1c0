import type { ControlHandler } from './control-router'
import { textField } from './control-router'
import { ControlEvent } from './control-events'
import type { ThreadChange } from './control-events'
import { explainQueryOf } from './explain-request'
import type { FrameWatches } from './frame-watches'
import { nodeReport, threadReport } from './node-report'
import type { ControlledNode } from './node-report'
import { peerHandlers } from './peer-requests'

export interface ControlHandlerOptions {
  readonly cwd: string
  /** How long the node is up, in ms. */
  readonly upMs: () => number
  readonly watches: FrameWatches
}

/** What a node answers on its control socket. */
export function controlHandlers(node: ControlledNode, options: ControlHandlerOptions): Record<string, ControlHandler> {
  const { cwd, upMs, watches } = options
  return {
    [ControlEvent.STATUS]: () => nodeReport(node, cwd, upMs()),
    [ControlEvent.LIST_THREADS]: () => node.threads.list().map(threadReport),
    [ControlEvent.ENABLE_THREAD]: (body) => enable(node, textField(body, 'name')),
    [ControlEvent.DISABLE_THREAD]: (body) => disable(node, textField(body, 'name')),
    [ControlEvent.RELOAD_THREAD]: (body) => reload(node, textField(body, 'name')),
    [ControlEvent.RESET_THREAD]: (body) => reset(node, textField(body, 'name')),
    [ControlEvent.EXPLAIN]: (body) => node.explain(explainQueryOf(body)),
    ...peerHandlers(node),
    [ControlEvent.START_WATCH]: (body, socket) => watches.start(body, socket),
    [ControlEvent.STOP_WATCH]: (_, socket) => watches.stop(socket)
  }
}

async function enable(node: ControlledNode, name: string): Promise<ThreadChange> {
  const wasListed = find(node, name) !== undefined
  await node.threads.enable(name)
  return changeOf(node, name, !wasListed)
}

async function disable(node: ControlledNode, name: string): Promise<ThreadChange> {
  const wasListed = find(node, name) !== undefined
  await node.threads.disable(name)
  return { changed: wasListed }
}

async function reload(node: ControlledNode, name: string): Promise<ThreadChange> {
  await node.threads.reload(name)
  return changeOf(node, name, true)
}

async function reset(node: ControlledNode, name: string): Promise<ThreadChange> {
  const ran = find(node, name)?.state === 'running'
  await node.threads.reset(name)
  return changeOf(node, name, !ran)
}

function changeOf(node: ControlledNode, name: string, changed: boolean): ThreadChange {
  const info = find(node, name)
  return { changed, ...(info !== undefined && { thread: threadReport(info) }) }
}

function find(node: ControlledNode, name: string) {
  return node.threads.list().find((thread) => thread.name === name)
}
