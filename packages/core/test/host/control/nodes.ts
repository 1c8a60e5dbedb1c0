import { createServer } from '../../../src/create'
import type { CreateOptions } from '../../../src/create'
import { ControlClient } from '../../../src/host/control/control-client'
import type { P2pNode } from '../../../src/node'

const closings: (() => Promise<void>)[] = []

/** A node with a control socket, closed after the test. */
export async function startNode(cwd: string, options: Partial<CreateOptions> = {}): Promise<P2pNode> {
  const node = await createServer({
    cwd,
    listen: ['ws://127.0.0.1:0'],
    control: true,
    auth: 'off',
    log: { level: 'silent' },
    ...options
  })
  closings.push(() => node.close({ timeoutMs: 0 }))
  return node
}

/** A connection to its control socket, closed after the test. */
export async function connectTo(cwd: string, name = 'server'): Promise<ControlClient> {
  const client = await ControlClient.connect({ cwd, name })
  closings.push(() => client.close())
  return client
}

/** Closes the clients and nodes of a test. */
export async function closeAll(): Promise<void> {
  for (const close of closings.splice(0).reverse()) await close()
}
