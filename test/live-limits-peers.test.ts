import { createTestKit } from '@trustp2p/testing'
import {
  createIdentity,
  createMemoryDriver,
  createNode,
  createThreadList,
  DriverRegistry,
  MemoryNetwork
} from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { codeOf } from './code-of'
import { createProved, dialRawly, GARBAGE, refusedAt, useLimitedNodes } from './live-limits-nodes'
import { addressOf, closeOf, refusalOf } from './pair'
import { closing, until } from './project'

/** A proved peer that has sent too much once, and so has a score of -1. */
async function offend(server: P2pNode, client?: P2pNode): Promise<{ client: P2pNode; id: string }> {
  const offender = client ?? (await createProved())
  const closed = closeOf(offender)
  const socket = await offender.connect(addressOf(server))
  for (let sent = 0; sent < 20; sent++) void codeOf(offender.request(socket, 'echo'))
  await closed
  return { client: offender, id: String(offender.id) }
}

/** A node on a clock that is set by hand, and how a new peer comes and goes. */
async function createClocked() {
  const kit = createTestKit()
  const network = new MemoryNetwork(kit)
  const create = async (listen: readonly string[]): Promise<P2pNode> => {
    const registry = new DriverRegistry()
    registry.add(createMemoryDriver({ kit, network }))
    const identity = createIdentity(kit.crypto)
    return closing(createNode({ kit, registry, source: createThreadList({}), listen, identity }))
  }
  const server = await create(['memory://server'])
  const meet = async (): Promise<void> => {
    const client = await create([])
    await client.connect('memory://server')
    await until(() => server.sockets.length > 0, 'the peer')
    await client.close()
    await until(() => server.sockets.length === 0, 'its end')
    kit.clock.advance(1_000)
  }
  return { server, meet, clock: kit.clock }
}

/** Time between two looks for what is over, in ms. */
const LOOK_MS = 600_000

const { serve } = useLimitedNodes()

describe('limits of a running node, on what it knows of peers', () => {
  it('offencesPerHour and banMs: at the next offence', async () => {
    const server = await serve()
    const offend = async (): Promise<void> => {
      const { raw, closed } = await dialRawly(server, '127.0.0.9')
      raw.send(GARBAGE)
      await closed
    }
    for (let count = 0; count < 3; count++) await offend()
    expect(server.peers.get('127.0.0.9')?.ban).toBeUndefined()
    server.limits.set({ offencesPerHour: 1, banMs: 60_000 })
    for (let count = 0; count < 2; count++) await offend()
    const { since = 0, until: end = 0 } = server.peers.get('127.0.0.9')?.ban ?? {}
    expect(end - since).toBe(60_000)
  })

  it('explainRecords: the newest that fit stay', async () => {
    const server = await serve({ inboundSockets: 0 })
    await refusedAt(server)
    await until(() => server.explain().length === 1, 'a record')
    server.limits.set({ explainRecords: 0 })
    expect(server.explain()).toEqual([])
    await refusedAt(server)
    server.limits.set({ explainRecords: 10 })
    await refusedAt(server)
    expect(await until(() => server.explain().length === 1 && server.explain(), 'a record')).toMatchObject([
      { count: 1 }
    ])
  })

  it('refuseScore: at once, of peers whose sockets are open too', async () => {
    const server = await serve({ framesPerSecond: 5, refuseScore: 0 }, { auth: 'required' })
    const { client } = await offend(server)
    await client.connect(addressOf(server))
    const closed = closeOf(client)
    server.limits.set({ refuseScore: -0.5 })
    expect(await closed).toEqual([1008, 'low score'])
    expect(await refusalOf(client, addressOf(server))).toEqual([1008, 'low score'])
    server.limits.set({ refuseScore: -1.5 })
    expect((await client.connect(addressOf(server))).state).toBe('open')
  })

  it('banScore: at the next offence', async () => {
    const server = await serve({ framesPerSecond: 5, banScore: 0 }, { auth: 'required' })
    const { client, id } = await offend(server)
    server.limits.set({ banScore: -1.5 })
    expect(server.peers.get(id)?.ban).toBeUndefined()
    await offend(server, client)
    expect(server.peers.get(id)?.ban?.by).toBe('score')
  })

  it('scoreHalfLifeMs: at the next look at a score', async () => {
    const server = await serve({ framesPerSecond: 5 }, { auth: 'required' })
    const { id } = await offend(server)
    expect(server.peers.get(id)?.score).toBeLessThan(-0.9)
    server.limits.set({ scoreHalfLifeMs: 1 })
    expect(await until(() => (server.peers.get(id)?.score ?? -1) > -0.01, 'a score of nothing')).toBe(true)
  })

  it('knownPeers: at the next look for what is over', async () => {
    const { server, meet, clock } = await createClocked()
    for (let met = 0; met < 4; met++) await meet()
    expect(server.peers.list()).toHaveLength(4)
    server.limits.set({ knownPeers: 3 })
    clock.advance(LOOK_MS)
    expect(server.peers.list()).toHaveLength(3)
    await meet()
    expect(server.peers.list()).toHaveLength(3)
    server.limits.set({ knownPeers: 4 })
    await meet()
    expect(server.peers.list()).toHaveLength(4)
  })

  it('forgetMs: at the next look for what is over', async () => {
    const { server, meet, clock } = await createClocked()
    await meet()
    clock.advance(LOOK_MS)
    expect(server.peers.list()).toHaveLength(1)
    server.limits.set({ forgetMs: LOOK_MS })
    clock.advance(LOOK_MS)
    expect(server.peers.list()).toEqual([])
  })
})
