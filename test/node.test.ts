import { createServer as createTcpServer } from 'node:net'
import { createClient, createNode, createServer, PackageType } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { WebSocket } from 'ws'
import { createPair, LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, once } from './project'

/** Answers with what it was asked, and notes what it hears. */
const ECHO = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Echo extends Thread {
    heard = []
    get eventMap() {
      return {
        [PackageType.REQUEST]: { echo: this.onEcho, heard: () => this.heard, fail: this.onFail },
        [PackageType.TALK]: { note: this.onNote },
        [PackageType.SYSTEM]: { note: this.onNote }
      }
    }
    onEcho(socket, message) { return message.body }
    onNote(socket, message) { this.heard.push([message.type, message.body]) }
    onFail() { throw Object.assign(new Error('no such room\\n    at secret.js:1'), { code: 'CHAT_NO_ROOM' }) }
  }
`

afterEach(disposeAll)

describe('T1 a node', () => {
  it('starts from a folder alone, tells its real address, and frees its port when it closes', async () => {
    const project = createProject()
    const server = await createServer({ cwd: project.cwd, ...LISTEN })
    expect(server.addresses).toEqual([expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/)])
    const [address] = server.addresses
    await server.close()
    const again = await closing(createServer({ cwd: project.cwd, ...QUIET, listen: [String(address)] }))
    expect(again.addresses).toEqual([address])
  })

  it('without a list of addresses opens nothing as createNode', async () => {
    const node = await closing(createNode({ cwd: createProject().cwd, ...QUIET }))
    expect([node.addresses, node.sockets]).toEqual([[], []])
  })

  it.each(['missing', 'file.txt'])('refuses %s as its folder with a coded error', async (path) => {
    const project = createProject()
    project.write('file.txt', '')
    await expect(createServer({ cwd: `${project.cwd}/${path}`, ...LISTEN })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_NODE_FOLDER_INVALID'
    })
  })
})

describe('T9 a package', () => {
  it.each([
    ['an object', { a: [1, 'é', null, { b: true }] }],
    ['a text', 'x'.repeat(100_000)],
    ['null', null],
    ['false', false],
    ['bytes', new Uint8Array([0, 255, 128])],
    ['no bytes', new Uint8Array(0)]
  ])('carries %s as body from client to server and from server to client', async (_, body) => {
    const pair = await createPair({ 'echo.js': ECHO })
    const there = await pair.client.request(pair.out, 'echo', body)
    const back = await pair.server.request(pair.in, 'echo', body)
    const plain = (value: unknown) => (value instanceof Uint8Array ? [...value] : value)
    expect([plain(there), plain(back)]).toEqual([plain(body), plain(body)])
  })

  it('of type TALK and SYSTEM reaches threads on both sides', async () => {
    const pair = await createPair({ 'echo.js': ECHO })
    expect(pair.client.talk(pair.out, 'note', 1)).toBe(true)
    pair.client.talk(pair.out, 'note', 2, { type: PackageType.SYSTEM })
    pair.server.talk(pair.in, 'note', 3)
    await expect(pair.client.request(pair.out, 'heard')).resolves.toEqual([
      [PackageType.TALK, 1],
      [PackageType.SYSTEM, 2]
    ])
    await expect(pair.server.request(pair.in, 'heard')).resolves.toEqual([[PackageType.TALK, 3]])
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'with the event %s has a plain name',
    async (event) => {
      const pair = await createPair({
        'proto.js': `
      const { Thread, PackageType } = require('trustp2p')
      module.exports = class extends Thread {
        get eventMap() { return { [PackageType.REQUEST]: { ['__proto__']: () => 'proto' } } }
      }
    `
      })
      const answer = pair.client.request(pair.out, event)
      if (event === '__proto__') await expect(answer).resolves.toBe('proto')
      else await expect(answer).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
    }
  )
})

describe('T11 a handler that throws', () => {
  it('answers with its code and the first line of its text', async () => {
    const pair = await createPair({ 'echo.js': ECHO })
    await expect(pair.client.request(pair.out, 'fail')).rejects.toMatchObject({
      code: 'CHAT_NO_ROOM',
      message: 'no such room'
    })
  })
})

describe('T17 limits.inboundSockets', () => {
  it('of 2 accepts exactly two; the next is closed with `inbound connections maxed out`', async () => {
    const server = await closing(createServer({ cwd: createProject().cwd, ...LISTEN, limits: { inboundSockets: 2 } }))
    const client = async () => closing(createNode({ cwd: createProject().cwd, ...QUIET }))
    const url = String(server.addresses[0])
    const kept = await Promise.all([(await client()).connect(url), (await client()).connect(url)])
    const refused = await client()
    await expect(refused.connect(url)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_SOCKET_CLOSED',
      details: { code: 1013, reason: 'inbound connections maxed out' }
    })
    expect([server.sockets.length, kept.map(({ state }) => state)]).toEqual([2, ['open', 'open']])
  })
})

describe('limits by host', () => {
  it.each([
    [{ inboundSocketsPerHost: 2 }, 'too many connections from your host'],
    [{ inboundSocketsPerSecond: 2 }, 'connects too often']
  ])('%j refuse the third socket, which is counted, and another host is welcome', async (limits, reason) => {
    const project = createProject().cwd
    const proxied = { trustProxy: ['127.0.0.1'], ...LISTEN, limits }
    const server = await closing(createServer({ cwd: project, ...proxied }))
    const url = String(server.addresses[0])
    const connect = async (client: P2pNode) => (await client.connect(url)).state
    const clients = await Promise.all([1, 2, 3].map(() => closing(createNode({ cwd: createProject().cwd, ...QUIET }))))
    const [first, second, third] = clients as [P2pNode, P2pNode, P2pNode]
    expect([await connect(first), await connect(second)]).toEqual(['open', 'open'])
    await expect(connect(third)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_SOCKET_CLOSED',
      details: { code: 1013, reason }
    })
    expect(server.status().counters.refusedSockets).toBe(1)
    const other = new WebSocket(url, { headers: { 'x-real-ip': '192.0.2.7' } })
    // What a peer of 2018 greets with.
    other.once('open', () => other.send(Buffer.alloc(0)))
    await once(server, 'socket:connection')
    other.terminate()
  })
})

describe('T18 connecting', () => {
  async function freePort(): Promise<number> {
    const probe = createTcpServer()
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
    const address = probe.address()
    await new Promise((resolve) => probe.close(resolve))
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  it('to a dead port rejects', async () => {
    const node = await closing(createNode({ cwd: createProject().cwd, ...QUIET }))
    await expect(node.connect(`ws://127.0.0.1:${await freePort()}`)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
      message: expect.stringContaining('ECONNREFUSED') as string
    })
  })

  it('to a connected URL gives the same socket and a `duplicate driver` warning', async () => {
    const pair = await createPair({ 'echo.js': ECHO })
    const warned = once(pair.client, 'warning')
    await expect(pair.client.connect(String(pair.server.addresses[0]))).resolves.toBe(pair.out)
    expect(await warned).toMatchObject([{ code: 'ERR_TRUSTP2P_SOCKET_DUPLICATE' }])
    expect(pair.server.sockets).toHaveLength(1)
  })

  it('twice at once to one URL makes one connection', async () => {
    const server = await closing(createServer({ cwd: createProject().cwd, ...LISTEN }))
    const node = await closing(createNode({ cwd: createProject().cwd, ...QUIET }))
    const url = String(server.addresses[0])
    const [one, two] = await Promise.all([node.connect(url), node.connect(url)])
    expect(one).toBe(two)
    expect(node.sockets).toHaveLength(1)
  })

  it('to an address that comes later happens by redialling, and a lost connection is dialled again', async () => {
    const cwd = createProject().cwd
    const url = `ws://127.0.0.1:${await freePort()}`
    const redial = { firstMs: 20, longestMs: 50 }
    const client = await closing(createClient({ cwd, ...QUIET, connect: [url], redial }))
    expect(client.sockets).toEqual([])
    const opened = once(client, 'socket:open')
    const first = await createServer({ cwd, ...QUIET, listen: [url] })
    await opened
    const closed = once(client, 'socket:close')
    await first.close()
    expect((await closed).slice(1)).toEqual([1001, 'node stopping'])
    const reopened = once(client, 'socket:open')
    await closing(createServer({ cwd, ...QUIET, listen: [url] }))
    await reopened
    expect(client.sockets.map(({ state }) => state)).toEqual(['open'])
  })

  it('a busy port rejects the start, and nothing stays open', async () => {
    const project = createProject()
    const server = await closing(createServer({ cwd: project.cwd, ...LISTEN }))
    const busy = String(server.addresses[0])
    const free = `ws://127.0.0.1:${await freePort()}`
    await expect(createServer({ cwd: project.cwd, ...QUIET, listen: [free, busy] })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE'
    })
    await closing(createServer({ cwd: project.cwd, ...QUIET, listen: [free] }))
  })
})
