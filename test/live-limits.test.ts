import { createTestKit } from '@trustp2p/testing'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import {
  CP2pPackage,
  createIdentity,
  createMemoryDriver,
  createNode,
  createServer,
  createThreadList,
  DriverRegistry,
  MemoryNetwork,
  PackageType
} from 'trustp2p'
import { WebSocket } from 'ws'
import type { CreateOptions, LimitsConfig, P2pNode, P2pSocket } from 'trustp2p'
import { codeOf } from './code-of'
import { addressOf, closeOf, LISTEN, QUIET, refusalOf } from './pair'
import { startRawServer } from './raw-server'
import { closing, createProject, disposeAll, disposeLater, until } from './project'
import type { Project } from './project'

const ECHO = 'module.exports = class { get eventMap() { return { 30: { echo: (_socket, { body }) => body } } } }'
const KEEP = `module.exports = class extends require('trustp2p').Thread {
  get eventMap() { return { 30: { keep: (_socket, { body }) => this.store.put('a', body) } } }
}`
const WAIT = `module.exports = class {
  get eventMap() { return { 30: { wait: this.wait } } }
  wait(_socket, { signal }) { return new Promise((_, reject) => signal.addEventListener('abort', reject)) }
}`
const FULL = [1013, 'inbound connections maxed out']
const TOO_OFTEN = [1013, 'connects too often']
const TOO_MUCH = [1008, 'sends too much']

let project: Project

beforeEach(() => {
  project = createProject()
  project.thread('echo.js', ECHO)
  project.thread('keep.js', KEEP)
})
afterEach(disposeAll)

async function serve(limits: Partial<LimitsConfig> = {}, options: Partial<CreateOptions> = {}): Promise<P2pNode> {
  const more = { limits: { offencesPerHour: 0, ...limits }, ...options }
  return closing(createServer({ cwd: project.cwd, ...LISTEN, auth: 'off', ...more }))
}

let clients = 0

function createClient(): Promise<P2pNode> {
  const name = `client-${++clients}`
  return closing(
    createNode({ cwd: createProject().cwd, ...QUIET, name, auth: 'off', peers: { closeDuplicates: false } })
  )
}

/** Dials with a node of its own. */
async function refusedAt(server: P2pNode): Promise<readonly unknown[]> {
  return refusalOf(await createClient(), addressOf(server))
}

async function join(
  server: P2pNode
): Promise<{ client: P2pNode; ask: (body: unknown, event?: string) => Promise<unknown> }> {
  const client = await createClient()
  const socket = await client.connect(addressOf(server))
  return { client, ask: (body, event = 'echo') => client.request(socket, event, body) }
}

/** Dials as a peer that proves itself, of whom one socket is not too many. */
function createProved(cwd = createProject().cwd): Promise<P2pNode> {
  return closing(createNode({ cwd, ...QUIET, name: 'proved', peers: { closeDuplicates: false } }))
}

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

const GARBAGE = Uint8Array.of(0xff, 0xff, 0xff)

/** A bare WebSocket, from an address of 127.0.0.0/8, and how it ends. */
async function dialRawly(server: P2pNode, localAddress = '127.0.0.1') {
  const raw = new WebSocket(addressOf(server), { localAddress })
  disposeLater(() => raw.terminate())
  const closed = new Promise((resolve) => raw.on('close', (code, reason) => resolve([code, String(reason)])))
  await once(raw, 'open')
  return { raw, closed }
}

describe('limits of a running node', () => {
  it('change, and are those of its configuration then, which stays frozen', async () => {
    const server = await serve({ banMs: 5 })
    const before = server.config
    expect(server.limits.set({ banMs: 7, admitMs: 8 })).toMatchObject({ banMs: 7, admitMs: 8, offencesPerHour: 0 })
    expect([before.limits.banMs, server.config.limits.banMs, server.config.limits.admitMs]).toEqual([5, 7, 8])
    expect([Object.isFrozen(server.config), Object.isFrozen(server.config.limits)]).toEqual([true, true])
    expect({ ...server.config, limits: {} }).toEqual({ ...before, limits: {} })
  })

  it('show nothing of what else the node is told', async () => {
    const { limits } = await serve()
    expect(Reflect.ownKeys(limits)).toEqual(['set'])
    const { set } = limits
    expect(set({ banMs: 9 }).banMs).toBe(9)
  })

  it.each([
    [{ inboundSocket: 5 }, 'inboundSockets'],
    [{ inboundSockets: -1 }, 'a whole number from 0'],
    [{ frameBytes: 1024, sendQueueBytes: 512 }, 'the longest frame must fit into the queue'],
    ['none', 'an object']
  ])('are refused as a whole where they are none: %j', async (changes, text) => {
    const server = await serve()
    const before = server.config
    const set = (): unknown => server.limits.set(changes as Partial<LimitsConfig>)
    expect(set).toThrow(text)
    expect(set).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_CONFIG_INVALID' }))
    expect(server.config).toBe(before)
  })

  it('inboundSockets: of one more and one less', async () => {
    const server = await serve({ inboundSockets: 1 })
    await join(server)
    expect(await refusedAt(server)).toEqual(FULL)
    server.limits.set({ inboundSockets: 2 })
    await join(server)
    expect(await refusedAt(server)).toEqual(FULL)
    server.limits.set({ inboundSockets: 1 })
    expect(await refusedAt(server)).toEqual(FULL)
    expect(server.sockets).toHaveLength(2)
  })

  it('inboundSocketsPerSecond: from none to two, and back', async () => {
    const server = await serve({ inboundSocketsPerSecond: 0 })
    await join(server)
    server.limits.set({ inboundSocketsPerSecond: 2 })
    await join(server)
    await join(server)
    expect(await refusedAt(server)).toEqual(TOO_OFTEN)
    server.limits.set({ inboundSocketsPerSecond: 0 })
    await join(server)
  })

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
    project.thread('wait.js', WAIT)
    const server = await serve()
    const { ask } = await join(server)
    server.limits.set({ runningRequests: 1 })
    void codeOf(ask(1, 'wait'))
    await until(() => server.status().runningRequests === 1, 'a request that runs')
    expect(await codeOf(ask(2))).toBe('ERR_TRUSTP2P_LIMIT_BUSY')
    server.limits.set({ runningRequests: 2 })
    expect(await ask(3)).toBe(3)
  })

  it('idleMs: on sockets that are open, and no more once it is 0', async () => {
    const server = await serve()
    const { client } = await join(server)
    const closed = closeOf(client)
    server.limits.set({ idleMs: 20 })
    expect(await closed).toEqual([1000, 'idle'])
    server.limits.set({ idleMs: 0 })
    const { client: other } = await join(server)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(other.sockets).toHaveLength(1)
  })

  it('idleMs: never on sockets that are not open yet', async () => {
    const server = await serve({}, { auth: 'required' })
    const silent = new WebSocket(addressOf(server))
    disposeLater(() => silent.terminate())
    const closes: unknown[] = []
    silent.on('close', (code) => closes.push(code))
    await once(silent, 'open')
    server.limits.set({ idleMs: 20 })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(closes).toEqual([])
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

  it.each(['ws', 'tcp'])('handshakeMs: of connections that come from then on, over %s://', async (scheme) => {
    const server = await serve({}, { listen: [`${scheme}://127.0.0.1:0`] })
    server.limits.set({ handshakeMs: 20 })
    const raw = connect(Number(new URL(addressOf(server)).port), '127.0.0.1')
    disposeLater(() => raw.destroy())
    raw.resume()
    await new Promise((resolve) => raw.once('close', resolve))
    expect(server.sockets).toEqual([])
  })

  it('inboundSocketsPerHost: from none to one, and back', async () => {
    const server = await serve({ inboundSocketsPerHost: 0 })
    await join(server)
    server.limits.set({ inboundSocketsPerHost: 1 })
    expect(await refusedAt(server)).toEqual([1013, 'too many connections from your host'])
    server.limits.set({ inboundSocketsPerHost: 2 })
    await join(server)
    expect(await refusedAt(server)).toEqual([1013, 'too many connections from your host'])
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
    project.thread('wait.js', WAIT)
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

  it('greetingBytes: of greetings that come from then on', async () => {
    const server = await serve()
    server.limits.set({ greetingBytes: 1_024 })
    const { raw, closed } = await dialRawly(server)
    const body = { protocol_version: '1.0', alt: '1', encodings: [0], filler: 'x'.repeat(1_024) }
    raw.send(CP2pPackage.encode({ type: PackageType.TALK, event: 'version', body }))
    expect(await closed).toEqual([1009, 'greeting too large'])
  })

  it('runningBytes and nodeRunningBytes: from the next request on', async () => {
    project.thread('wait.js', WAIT)
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

  it('greetingMs: of peers that come from then on', async () => {
    const server = await serve({}, { auth: 'required' })
    server.limits.set({ greetingMs: 20 })
    const { closed } = await dialRawly(server)
    expect(await closed).toEqual([1008, 'proof timeout'])
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

  it('inboundSocketsPerPeer: of one more', async () => {
    const server = await serve({}, { auth: 'required' })
    const { cwd } = createProject()
    await (await createProved(cwd)).connect(addressOf(server))
    await until(() => server.sockets.length === 1, 'a socket')
    server.limits.set({ inboundSocketsPerPeer: 1 })
    const full = [1013, 'too many connections of your peer']
    expect(await refusalOf(await createProved(cwd), addressOf(server))).toEqual(full)
    server.limits.set({ inboundSocketsPerPeer: 2 })
    await (await createProved(cwd)).connect(addressOf(server))
    await until(() => server.sockets.length === 2, 'two sockets')
    expect(await refusalOf(await createProved(cwd), addressOf(server))).toEqual(full)
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

  it('admitMs: of peers that come from then on', async () => {
    const server = await serve({}, { admit: () => new Promise<boolean>(() => undefined) })
    server.limits.set({ admitMs: 20 })
    expect(await refusedAt(server)).toEqual([1008, 'admission timeout'])
  })

  it('pendingAdmissions: of one more', async () => {
    let asked = 0
    const admit = (): Promise<boolean> => {
      asked++
      return new Promise(() => undefined)
    }
    const server = await serve({}, { admit })
    await (await createClient()).connect(addressOf(server))
    await until(() => asked === 1, 'a question')
    server.limits.set({ pendingAdmissions: 1 })
    expect(await refusedAt(server)).toEqual([1013, 'too many peers wait'])
    server.limits.set({ pendingAdmissions: 2 })
    await (await createClient()).connect(addressOf(server))
    await until(() => asked === 2, 'two questions')
    expect(await refusedAt(server)).toEqual([1013, 'too many peers wait'])
  })

  it('each have a test here that changes it', async () => {
    const { config } = await serve()
    const text = readFileSync(__filename, 'utf8')
    const changed = [...text.matchAll(/limits\.set\(\{ ([^}]+) \}\)|^ {4}\['(\w+)', PackageType/gm)].flatMap((found) =>
      [...(found[1] ?? `${found[2]}:`).matchAll(/(\w+):/g)].map(([, key]) => key)
    )
    expect(Object.keys(config.limits).filter((key) => !changed.includes(key))).toEqual([])
  })
})
