import { CP2pPackage, PackageType } from 'trustp2p'
import type { P2pSocket } from 'trustp2p'
import { WebSocket } from 'ws'
import { codeOf } from './code-of'
import { createClient, dialRawly, GARBAGE, join, useLimitedNodes } from './live-limits-nodes'
import { addressOf, closeOf } from './pair'
import { until } from './project'
import { startRawServer } from './raw-server'

const KEEP = `module.exports = class extends require('trustp2p').Thread {
  get eventMap() { return { 30: { keep: (_socket, { body }) => this.store.put('a', body) } } }
}`
const WAIT = `module.exports = class {
  get eventMap() { return { 30: { wait: this.wait } } }
  wait(_socket, { signal }) { return new Promise((_, reject) => signal.addEventListener('abort', reject)) }
}`
const TOO_MUCH = [1008, 'sends too much']

const { nodes, serve } = useLimitedNodes()

describe('limits of a running node, on traffic', () => {
  it('framesPerSecond: on sockets that are open', async () => {
    const server = await serve()
    const { client, ask } = await join(server)
    for (let count = 0; count < 20; count++) await ask(count)
    server.limits.set({ framesPerSecond: 3 })
    const closed = closeOf(client)
    const answers = await Promise.all([1, 2, 3, 4].map((body) => codeOf(ask(body))))
    expect(answers).toContain('ERR_TRUSTP2P_SOCKET_CLOSED')
    expect(await closed).toEqual(TOO_MUCH)
  })

  it('framesPerSecond: counts on where another limit changes', async () => {
    const server = await serve({ framesPerSecond: 3 })
    const { client, ask } = await join(server)
    const closed = closeOf(client)
    const codes = new Set<unknown>()
    for (let count = 0; count < 60 && codes.size < 2; count++) {
      codes.add(await codeOf(ask(count)))
      server.limits.set({ banMs: 1_000 + count })
    }
    expect([...codes]).toEqual([undefined, 'ERR_TRUSTP2P_SOCKET_CLOSED'])
    expect(await closed).toEqual(TOO_MUCH)
  })

  it('runningRequests: from the next request on', async () => {
    nodes.project.thread('wait.js', WAIT)
    const server = await serve()
    const { ask } = await join(server)
    server.limits.set({ runningRequests: 1 })
    void codeOf(ask(1, 'wait'))
    await until(() => server.status().runningRequests === 1, 'a request that runs')
    expect(await codeOf(ask(2))).toBe('ERR_TRUSTP2P_LIMIT_BUSY')
    server.limits.set({ runningRequests: 2 })
    expect(await ask(3)).toBe(3)
  })

  it('bodyDepth: of what is sent from then on', async () => {
    const server = await serve()
    const { client, ask } = await join(server)
    client.limits.set({ bodyDepth: 3 })
    await expect(ask([[[[1]]]])).rejects.toThrow(RangeError)
    expect(await ask([[[1]]])).toEqual([[[1]]])
  })

  it.each([
    ['inline', [undefined, 'ERR_TRUSTP2P_BODY_TOO_DEEP', 'ERR_TRUSTP2P_BODY_TOO_DEEP']],
    ['worker', [undefined, undefined, 'ERR_TRUSTP2P_BODY_TOO_DEEP']]
  ] as const)(
    'bodyDepth: of sockets that open from then on, and of a thread that runs %s',
    async (isolation, codes) => {
      const server = await serve({}, { threads: { echo: { isolation } } })
      const before = await join(server)
      server.limits.set({ bodyDepth: 3 })
      const after = await join(server)
      const deep = [[[[1]]]]
      const found = [await codeOf(before.ask(deep)), await codeOf(after.ask(deep))]
      await server.threads.reload('echo')
      expect([...found, await codeOf(after.ask(deep))]).toEqual(codes)
      expect(await after.ask([[[1]]])).toEqual([[[1]]])
    }
  )

  it('threadStoreBytes: at the next write', async () => {
    nodes.project.thread('keep.js', KEEP)
    const server = await serve({}, { store: false })
    const { ask } = await join(server)
    await ask('x'.repeat(1000), 'keep')
    server.limits.set({ threadStoreBytes: 500 })
    expect(await codeOf(ask('x'.repeat(1001), 'keep'))).toBe('ERR_TRUSTP2P_STORE_QUOTA')
    server.limits.set({ threadStoreBytes: 5000 })
    await ask('x'.repeat(1001), 'keep')
  })

  it.each(['ws', 'tcp'])('frameBytes: of sockets that open from then on, over %s://', async (scheme) => {
    const server = await serve({}, { listen: [`${scheme}://127.0.0.1:0`] })
    const { ask } = await join(server)
    server.limits.set({ frameBytes: 5_000 })
    const { client, ask: askLater } = await join(server)
    expect(await askLater('x'.repeat(4_000))).toHaveLength(4_000)
    const closed = closeOf(client)
    expect(await codeOf(askLater('x'.repeat(6_000)))).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
    expect((await closed)[0]).toBe(1009)
    expect(await codeOf(ask('x'.repeat(6_000)))).toBe('ERR_TRUSTP2P_WIRE_TOO_LARGE')
  })

  it('bytesPerSecond: on sockets that are open', async () => {
    const server = await serve({ frameBytes: 2_000 })
    const { client, ask } = await join(server)
    for (let count = 0; count < 5; count++) await ask('x'.repeat(1_500))
    server.limits.set({ bytesPerSecond: 1 })
    await ask('x'.repeat(1_500))
    const closed = closeOf(client)
    expect(await codeOf(ask('x'.repeat(1_500)))).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
    expect(await closed).toEqual(TOO_MUCH)
  })

  it('pendingRequests: of sockets that open from then on', async () => {
    nodes.project.thread('wait.js', WAIT)
    const server = await serve()
    const { client, ask } = await join(server)
    client.limits.set({ pendingRequests: 1 })
    const before = [ask(1, 'wait'), ask(2, 'wait')].map(codeOf)
    await until(() => server.status().runningRequests === 2, 'two requests that run')
    const closed = closeOf(client)
    client.sockets[0]?.close()
    await closed
    expect(await Promise.all(before)).toEqual(Array(2).fill('ERR_TRUSTP2P_SOCKET_CLOSED'))
    const socket = await client.connect(addressOf(server))
    void codeOf(client.request(socket, 'wait'))
    expect(await codeOf(client.request(socket, 'wait'))).toBe('ERR_TRUSTP2P_LIMIT_PENDING')
  })

  it('badFrames: on sockets that are open', async () => {
    const server = await serve({ badFrames: 0 })
    const { raw, closed } = await dialRawly(server)
    for (let count = 0; count < 3; count++) raw.send(GARBAGE)
    await until(() => server.status().counters.badFrames === 3, 'three bad frames')
    server.limits.set({ badFrames: 5 })
    raw.send(GARBAGE)
    await until(() => server.status().counters.badFrames === 4, 'four bad frames')
    expect(raw.readyState).toBe(WebSocket.OPEN)
    raw.send(GARBAGE)
    expect(await closed).toEqual([1002, 'undecodable frames'])
  })

  it.each([
    ['unknownEvents', PackageType.TALK, 'unknown talks'],
    ['uselessFrames', PackageType.HEARTBEAT_PING, 'useless frames']
  ])('%s: of sockets that open from then on', async (key, type, reason) => {
    const server = await serve()
    const old = await dialRawly(server)
    server.limits.set({ [key]: 2 })
    const { raw, closed } = await dialRawly(server)
    const frame = CP2pPackage.encode({ type, event: 'unheard', body: {}, tag: 'a' })
    for (const each of [old.raw, raw]) for (let count = 0; count < 3; count++) each.send(frame)
    expect(await closed).toEqual([1003, reason])
    expect(old.raw.readyState).toBe(WebSocket.OPEN)
  })

  it('runningBytes and nodeRunningBytes: from the next request on', async () => {
    nodes.project.thread('wait.js', WAIT)
    const server = await serve({ frameBytes: 1_024, runningBytes: 1_024, nodeRunningBytes: 2_048 })
    const [one, two] = [await join(server), await join(server)]
    void codeOf(one.ask(1, 'wait'))
    await until(() => server.status().runningRequests === 1, 'a request that runs')
    expect(await codeOf(one.ask(2))).toBe('ERR_TRUSTP2P_LIMIT_BUSY')
    expect(await two.ask(3)).toBe(3)
    server.limits.set({ nodeRunningBytes: 1_024 })
    expect(await codeOf(two.ask(4))).toBe('ERR_TRUSTP2P_LIMIT_BUSY')
    server.limits.set({ runningBytes: 2_048, nodeRunningBytes: 2_048 })
    expect(await one.ask(5)).toBe(5)
  })

  it('sendQueueBytes: of sockets that open from then on', async () => {
    const client = await createClient()
    const connect = async () => client.connect(await startRawServer((socket) => socket.pause()))
    const talk = (socket: P2pSocket): unknown => client.talk(socket, 'much', 'x'.repeat(800))
    const before = await connect()
    client.limits.set({ frameBytes: 1_024, sendQueueBytes: 1_024 })
    const after = await connect()
    talk(before)
    talk(before)
    talk(after)
    expect(() => talk(after)).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE' }))
  })
})
