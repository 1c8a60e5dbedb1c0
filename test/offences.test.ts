import { connect } from 'node:net'
import { CP2pPackage, createNode, createServer, PackageType } from 'trustp2p'
import type { AuthMode, NodeStatus, P2pNode } from 'trustp2p'
import { WebSocket } from 'ws'
import { LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, once, until } from './project'

afterEach(disposeAll)

const OPEN_DOOR = { inboundSocketsPerSecond: 0 }

async function createServerWith(limits: object, auth: AuthMode = 'off'): Promise<P2pNode> {
  return closing(createServer({ cwd: createProject().cwd, ...LISTEN, auth, limits: { ...OPEN_DOOR, ...limits } }))
}

/** Opens a WebSocket from an address of 127.0.0.0/8, sends, and gives how it ended: the close code, or that it was dropped. */
function sendFrom(
  localAddress: string,
  url: string,
  frames: readonly Uint8Array[],
  headers: Readonly<Record<string, string>> = {}
): Promise<number | 'dropped'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { localAddress, headers })
    socket.on('error', () => resolve('dropped'))
    socket.on('close', (code) => resolve(code))
    socket.on('open', () => {
      for (const frame of frames) socket.send(frame)
    })
  })
}

function bansOf(node: P2pNode): string[] {
  return node.peers.list().flatMap(({ ban }) => (ban === undefined ? [] : [ban.id]))
}

const GARBAGE = Uint8Array.of(0xff, 0xff, 0xff)

function frame(type: PackageType, event: string, tag = ''): Uint8Array {
  return CP2pPackage.encode({ type, event, body: {}, tag })
}

function counters(node: P2pNode): NodeStatus['counters'] {
  return node.status().counters
}

describe('limits.offencesPerHour of 2', () => {
  const limits = { offencesPerHour: 2 }

  it('bans a host at its third offence: its connections are dropped before their handshake, from whatever port, and others are welcome', async () => {
    const server = await createServerWith(limits)
    const url = String(server.addresses[0])
    const warned = once(server, 'warning')
    for (let count = 0; count < 3; count++) expect(await sendFrom('127.0.0.9', url, [GARBAGE])).toBe(1002)
    expect((await warned)[0]).toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_HOST_BANNED' })
    expect(bansOf(server)).toEqual(['127.0.0.9'])
    expect(await sendFrom('127.0.0.9', url, [])).toBe('dropped')
    const other = await closing(createNode({ cwd: createProject().cwd, ...QUIET }))
    expect((await other.connect(url)).state).toBe('open')
    expect(await server.peers.unban('127.0.0.9')).toBe(true)
    expect(await sendFrom('127.0.0.9', url, [GARBAGE])).toBe(1002)
  })

  it('counts a frame over the limit, and text, for what the peer is to blame', async () => {
    const server = await createServerWith({ ...limits, frameBytes: 1024 })
    const url = String(server.addresses[0])
    expect(await sendFrom('127.0.0.9', url, [new Uint8Array(1025)])).toBe(1009)
    expect(await sendFrom('127.0.0.9', url, ['text'] as never)).toBe(1003)
    expect(bansOf(server)).toEqual([])
    expect(await sendFrom('127.0.0.9', url, [GARBAGE])).toBe(1002)
    expect(bansOf(server)).toHaveLength(1)
  })

  it.each([undefined, 'unknown', 'fe80::7%eth0'])(
    'T19 bans no proxy for what it passes on, whatever it says of its client: %s',
    async (forwarded) => {
      const cwd = createProject().cwd
      const trustProxy = ['127.0.0.9']
      const server = await closing(
        createServer({ cwd, ...LISTEN, auth: 'off', trustProxy, limits: { ...OPEN_DOOR, ...limits } })
      )
      const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
      const url = String(server.addresses[0])
      for (let count = 0; count < 4; count++) await sendFrom('127.0.0.9', url, [GARBAGE], headers)
      expect(bansOf(server)).toEqual(forwarded === 'fe80::7%eth0' ? ['fe80:0:0:0::/64'] : [])
      expect(await sendFrom('127.0.0.9', url, [GARBAGE], { 'x-forwarded-for': '203.0.113.7' })).toBe(1002)
    }
  )

  it('blames nobody whose connection breaks', async () => {
    const server = await createServerWith(limits)
    const url = String(server.addresses[0])
    for (let count = 0; count < 4; count++) {
      const socket = new WebSocket(url, { localAddress: '127.0.0.9' })
      const closed = once(server, 'socket:close')
      await Promise.all([once(server, 'socket:connection'), new Promise((resolve) => socket.once('open', resolve))])
      socket.terminate()
      await closed
    }
    expect(bansOf(server)).toEqual([])
  })

  it('holds on tcp:// too', async () => {
    const server = await closing(
      createServer({
        cwd: createProject().cwd,
        ...QUIET,
        listen: ['tcp://127.0.0.1:0'],
        limits: { ...OPEN_DOOR, ...limits }
      })
    )
    const { port } = new URL(String(server.addresses[0]))
    const knock = (text: Uint8Array | string) =>
      new Promise<number>((resolve) => {
        let bytes = 0
        const socket = connect({ host: '127.0.0.1', port: Number(port), localAddress: '127.0.0.9' })
        socket.on('data', (chunk) => (bytes += chunk.length))
        socket.on('error', () => undefined)
        socket.on('close', () => resolve(bytes))
        socket.on('connect', () => socket.write(text))
      })
    const bad = Buffer.concat([Buffer.from('trustp2p/1\n'), Buffer.from([0x80, 0x80, 0x00])])
    for (let count = 0; count < 3; count++) expect(await knock(bad)).toBeGreaterThan(0)
    expect(bansOf(server)).toHaveLength(1)
    expect(await knock(bad)).toBe(0)
  })
})

describe('limits.uselessFrames of 5', () => {
  it.each([
    ['pings', () => frame(PackageType.HEARTBEAT_PING, 'ping', 'a')],
    ['empty frames', () => new Uint8Array(0)],
    ['answers that nobody waits for', () => frame(PackageType.RESPONSE, 'echo', 'a')]
  ])('lets five %s within a minute pass, and closes with 1003 at the sixth', async (_name, make) => {
    const server = await createServerWith({ uselessFrames: 5 })
    const url = String(server.addresses[0])
    const socket = new WebSocket(url)
    const closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve([code, String(reason)])))
    await new Promise((resolve) => socket.once('open', resolve))
    for (let count = 0; count < 5; count++) socket.send(make())
    const answered = new Promise((resolve) => socket.on('message', resolve))
    socket.send(frame(PackageType.REQUEST, 'anything', 'r'))
    await answered
    expect(socket.readyState).toBe(WebSocket.OPEN)
    socket.send(make())
    expect(await closed).toEqual([1003, 'useless frames'])
  })
})

describe('limits.framesPerSecond and limits.bytesPerSecond', () => {
  it.each([{ framesPerSecond: 3 }, { bytesPerSecond: 1000, frameBytes: 1000 }])(
    '%j: a socket that sends more is closed with 1008, and counted',
    async (limits) => {
      const server = await createServerWith(limits)
      const errors: unknown[] = []
      server.on('socket:error', (error) => errors.push(error.code))
      const frames = Array.from({ length: 60 }, () => frame(PackageType.REQUEST, 'unknown', 'a'))
      expect(await sendFrom('127.0.0.9', String(server.addresses[0]), frames)).toBe(1008)
      expect(counters(server).limitedFrames).toBe(1)
      expect(errors).toEqual(['ERR_TRUSTP2P_LIMIT_TRAFFIC'])
    }
  )
})

describe('limits.greetingBytes', () => {
  it.each(['off', 'optional', 'required'] as const)('auth %s: a longer greeting is refused with 1009', async (auth) => {
    const server = await createServerWith({ greetingBytes: 2_000 }, auth)
    const socket = new WebSocket(String(server.addresses[0]))
    const closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve([code, String(reason)])))
    const greeting = await new Promise<Buffer>((resolve) => socket.once('message', resolve))
    const { body } = CP2pPackage.decode(greeting)
    const padded = { ...(body as object), padding: 'x'.repeat(2_000) }
    socket.send(CP2pPackage.encode({ type: PackageType.TALK, event: 'version', body: padded }))
    expect(await closed).toEqual([1009, 'greeting too large'])
    expect(server.peers.get('127.0.0.1')?.invalid).toBe(1)
    const explained = (): unknown => server.explain().find(({ code }) => code === 'ERR_TRUSTP2P_LIMIT_GREETING')
    expect(await until(explained, 'a record')).toBeDefined()
  })
})

describe('limits.inboundSocketsPerPeer', () => {
  it('lets N sockets of a proved peer in, closes the next with 1013 and says why, and lets one in again once one has gone', async () => {
    const server = await createServerWith({ inboundSocketsPerPeer: 2 }, 'required')
    const { cwd } = createProject()
    const dial = async (localUrl: string): Promise<P2pNode> => {
      // One folder and one name: one peer.
      const node = await closing(createNode({ cwd, name: 'one', ...QUIET }))
      await node.connect(localUrl)
      return node
    }
    const url = String(server.addresses[0])
    const [first] = [await dial(url), await dial(url)]
    await until(() => server.sockets.length === 2, 'two sockets')
    const third = await closing(createNode({ cwd, name: 'one', ...QUIET }))
    const closed = once(third, 'socket:close')
    await third.connect(url)
    expect((await closed).slice(1)).toEqual([1013, 'too many connections of your peer'])
    expect(server.explain()[0]).toMatchObject({
      code: 'ERR_TRUSTP2P_LIMIT_INBOUND_SOCKETS',
      peerId: first.id,
      close: { by: 'us', code: 1013 }
    })
    await first.close()
    await until(() => server.sockets.length === 1, 'one socket')
    await dial(url)
    await until(() => server.sockets.length === 2, 'two sockets')
  })
})
