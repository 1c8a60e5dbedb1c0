import { createNode } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { serveParent } from '../process/serve-parent'

const [, , cwd = '', name = '', caFile = '', ...urls] = process.argv

/** Peers that connect to each of the addresses, prove themselves, and say nothing more. */
serveParent(() => {
  const nodes: P2pNode[] = []
  return Promise.resolve({
    connect: async ({ peers = 0 }) => {
      while (nodes.length < peers) nodes.push(await connectOne(nodes.length))
      return {}
    }
  })
})

async function connectOne(index: number): Promise<P2pNode> {
  const node = await createNode({
    cwd,
    name: `${name}-${index}`,
    auth: 'required',
    store: false,
    log: { level: 'silent' },
    drivers: { tls: { caFile } },
    peers: { closeDuplicates: false }
  })
  await Promise.all(urls.map((url) => node.connect(url)))
  return node
}
