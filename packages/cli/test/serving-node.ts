import { createServer, createThreadList } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { cleanUp } from './command'

const nodes: P2pNode[] = []

/** A node without threads that serves, and can be driven from its folder. */
export async function startServing(cwd: string, name = 'server'): Promise<P2pNode> {
  const quiet = { cwd, name, control: true, log: { level: 'silent' }, source: createThreadList({}) } as const
  const node = await createServer({ ...quiet, listen: ['ws://127.0.0.1:0'] })
  nodes.push(node)
  return node
}

/** Closes those nodes, then as cleanUp; call it in afterEach. */
export async function closeServing(): Promise<void> {
  for (const node of nodes.splice(0)) await node.close({ timeoutMs: 0 })
  await cleanUp()
}
