import { createThreadList, ThreadBootstrap } from 'trustp2p'
import type { Kit, ThreadList, ThreadNode } from 'trustp2p'

const TIMES = { startTimeoutMs: 0, stopTimeoutMs: 0, drainTimeoutMs: 0, handlerTimeoutMs: 0, restart: {}, quotas: {} }

const refuse = (): never => {
  throw new Error('this thread does no such thing')
}

/** A node without addresses that refuses whatever it is asked: a test gives what its thread needs. */
export const REFUSING: Omit<ThreadNode, 'sockets'> = {
  id: undefined,
  server: null,
  client: null,
  addresses: [],
  request: refuse,
  talk: refuse,
  broadcast: refuse,
  peers: { list: refuse, get: refuse },
  connect: refuse,
  reach: refuse,
  sign: refuse,
  verify: refuse
}

/** Starts threads in such a node, under their names, without limits of time. */
export async function runThreads(
  classes: Parameters<typeof createThreadList>[0],
  { kit, node, config }: { readonly kit: Kit; readonly node: ThreadNode; readonly config: object }
): Promise<{ readonly list: ThreadList; readonly threads: ThreadBootstrap }> {
  const list = createThreadList(classes)
  const threads = new ThreadBootstrap({
    source: list,
    kit,
    node,
    settings: () => ({ ...TIMES, config }),
    events: {
      emit: () => undefined,
      moved: () => undefined,
      critical: () => undefined,
      warning: () => undefined,
      on: () => () => undefined
    }
  })
  await threads.start()
  return { list, threads }
}
