import type { P2pNode, P2pSocket } from 'trustp2p'
import { createLog, createNode, createThreadList } from 'trustp2p'

/** Connects to a peer with a node that has no threads and no listeners, does something, and closes it. */
export async function withPeer<Result>(
  url: string,
  cwd: string,
  use: (node: P2pNode, socket: P2pSocket) => Promise<Result>
): Promise<Result> {
  const node = await createNode({
    cwd,
    listen: [],
    control: false,
    connect: [],
    source: createThreadList({}),
    logger: createLog({ level: 'silent' })
  })
  try {
    return await use(node, await node.connect(url))
  } finally {
    await node.close()
  }
}
