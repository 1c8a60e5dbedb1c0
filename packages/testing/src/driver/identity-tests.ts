import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import {
  createIdentity,
  createNode,
  createNodeKit,
  createPlainContext,
  createThreadList,
  DriverRegistry
} from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { createMemoryLog } from '../memory-log'
import type { DriverBench } from './driver-bench'
import { rejectsWith } from './proofs'
import type { TestRunner } from './runner'

/** Nodes that prove who they are over the driver. */
export function describeIdentity(bench: DriverBench, { describe, it }: TestRunner): void {
  const { subject } = bench

  describe('the identity of a peer', () => {
    it('is proved to both ends, where the address names it', async () => {
      await withNodes(bench, async (server, client) => {
        const inbound = new Promise<unknown>((resolve) => {
          server.on('socket:connection', ({ peerId }) => resolve(peerId))
        })
        const socket = await client.connect(naming(String(server.id), server))
        strictEqual(socket.peerId, server.id)
        strictEqual(await inbound, client.id)
      })
    })

    it('is wrong where another peer answers: the dial rejects, and nobody has a socket', async () => {
      await withNodes(bench, async (server, client) => {
        const url = naming(String(client.id), server)
        await rejectsWith(client.connect(url), 'ERR_TRUSTP2P_PROOF_WRONG_PEER', String(client.id))
        deepStrictEqual([client.sockets, server.sockets], [[], []])
      })
    })
  })

  function naming(peerId: string, { addresses: [address = ''] }: P2pNode): string {
    return address.replace('://', `://${peerId}@`)
  }

  async function withNodes(
    drivers: DriverBench,
    use: (server: P2pNode, client: P2pNode) => Promise<void>
  ): Promise<void> {
    const server = await createProvingNode(drivers, [subject.listenUrl])
    const client = await createProvingNode(drivers, [])
    try {
      await use(server, client)
    } finally {
      await client.close()
      await server.close()
    }
  }
}

function createProvingNode(bench: DriverBench, listen: readonly string[]): Promise<P2pNode> {
  const kit = createNodeKit({ log: createMemoryLog(), context: createPlainContext() })
  const registry = new DriverRegistry()
  registry.add(bench.createDriver())
  const identity = createIdentity(kit.crypto)
  return createNode({ kit, registry, identity, listen, auth: 'required', source: createThreadList({}) })
}
