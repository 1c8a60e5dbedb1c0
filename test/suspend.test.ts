import { createServer as createTcpServer } from 'node:net'
import type { Socket } from 'node:net'
import { createNode, createNodeKit, createTcpDriver } from 'trustp2p'
import type { CreateOptions, Driver, P2pNode } from 'trustp2p'
import { createMemoryLog } from '@trustp2p/testing'
import { codeOf } from './code-of'
import { addressOf } from './pair'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'
import type { Project } from './project'

/** `wait` lasts until the test calls what it leaves. */
const ECHO = `
module.exports = class {
  get eventMap() {
    const wait = () => new Promise((resolve) => { globalThis.endWait = resolve })
    return { 30: { echo: (_socket, { body }) => body, wait } }
  }
}`

let project: Project

beforeEach(() => {
  project = createProject()
  project.thread('echo.js', ECHO)
})
afterEach(disposeAll)

async function start(name: string, options: Partial<CreateOptions>): Promise<P2pNode> {
  // A wait before a redial that no test could sit out.
  const redial = { firstMs: 1_000_000, longestMs: 1_000_000, jitter: 0 }
  return closing(createNode({ cwd: project.cwd, name, log: { level: 'silent' }, redial, ...options }))
}

async function startPair(scheme: string): Promise<{ server: P2pNode; client: P2pNode }> {
  const server = await start('server', { listen: [`${scheme}://127.0.0.1:0`] })
  return { server, client: await start('client', { connect: server.addresses }) }
}

describe.each(['ws', 'tcp'])('%s: a suspended node', (scheme) => {
  it('has left the network, and comes back on the same addresses and to its peers at once', async () => {
    const { server, client } = await startPair(scheme)
    const { addresses } = server
    const closed = once(client, 'socket:close')
    await server.suspend()
    expect((await closed).slice(1)).toEqual([1001, 'node suspended'])
    expect([server.addresses, server.sockets, server.status().state]).toEqual([[], [], 'suspended'])
    expect(await codeOf(client.connect(String(addresses[0])))).toBe('ERR_TRUSTP2P_DRIVER_DIAL_FAILED')
    await server.resume()
    expect([server.addresses, server.status().state]).toEqual([addresses, 'running'])
    await client.suspend()
    await client.resume()
    const [socket] = client.sockets
    expect(socket && (await client.request(socket, 'echo', 'again'))).toBe('again')
  })

  it('dials nobody, and says so', async () => {
    const { server, client } = await startPair(scheme)
    const [socket] = client.sockets
    if (socket === undefined) throw new Error('no socket')
    await client.suspend()
    expect(await codeOf(client.connect(addressOf(server)))).toBe('ERR_TRUSTP2P_NODE_SUSPENDED')
    expect(await codeOf(client.request(socket, 'echo', 1))).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
    await until(() => server.sockets.length === 0, 'no socket')
  })

  it('lets requests under way end within timeoutMs, and begins none', async () => {
    const { server, client } = await startPair(scheme)
    const [socket] = client.sockets
    if (socket === undefined) throw new Error('no socket')
    const waiting = client.request(socket, 'wait')
    await client.request(socket, 'echo', 1)
    const suspended = server.suspend({ timeoutMs: 60_000 })
    await until(() => server.addresses.length === 0, 'no listener')
    expect(await codeOf(client.request(socket, 'echo', 2))).toBe('ERR_TRUSTP2P_NODE_SUSPENDED')
    ;(Reflect.get(globalThis, 'endWait') as (value: string) => void)('ended')
    expect(await waiting).toBe('ended')
    await suspended
  })
})

it('stays suspended where its address is taken meanwhile, and comes back once that is free', async () => {
  const { server } = await startPair('tcp')
  const port = Number(new URL(addressOf(server)).port)
  await server.suspend()
  const thief = createTcpServer()
  await new Promise<void>((resolve) => thief.listen(port, '127.0.0.1', resolve))
  disposeLater(() => thief.close())
  expect(await codeOf(server.resume())).toBe('ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE')
  expect([server.addresses, server.status().state]).toEqual([[], 'suspended'])
  await new Promise((resolve) => thief.close(resolve))
  await server.resume()
  expect(server.addresses).toEqual([`tcp://127.0.0.1:${port}`])
})

it('is suspended again at once where a peer that it dials as it comes back does not answer', async () => {
  const server = await start('server', { listen: ['tcp://127.0.0.1:0'] })
  const limits = { handshakeMs: 300_000 }
  const client = await start('client', { connect: server.addresses, limits })
  const port = Number(new URL(addressOf(server)).port)
  await client.suspend()
  await server.close()
  const silent = createTcpServer()
  await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve))
  const dialled = new Promise<Socket>((resolve) => silent.once('connection', resolve))
  disposeLater(async () => {
    silent.close()
    ;(await dialled).destroy()
  })
  const resumed = client.resume()
  await dialled
  expect(client.status().state).toBe('running')
  await client.suspend()
  await resumed
  expect([client.status().state, client.sockets]).toEqual(['suspended', []])
})

it('follows its calls in order, however often it is called, and closes in any state', async () => {
  const { server, client } = await startPair('tcp')
  await Promise.all([server.suspend(), server.suspend(), server.resume(), server.resume(), server.suspend()])
  expect(server.status().state).toBe('suspended')
  const closed = [server.close(), client.suspend(), client.close()]
  expect(await codeOf(server.resume())).toBe('ERR_TRUSTP2P_NODE_CLOSED')
  await Promise.allSettled(closed)
  expect([server.status().state, client.status().state]).toEqual(['closed', 'closed'])
  expect(await codeOf(client.suspend())).toBe('ERR_TRUSTP2P_NODE_CLOSED')
})

describe('drivers of a suspended node', () => {
  it('one that is removed takes its addresses with it, and the node comes back', async () => {
    const { server } = await startPair('tcp')
    await server.suspend()
    await server.drivers.remove('tcp')
    await server.resume()
    expect([server.addresses, server.status().state]).toEqual([[], 'running'])
  })

  it('one that is added, or put in the place of another, listens once the node comes back', async () => {
    const { server } = await startPair('tcp')
    const { addresses } = server
    await server.suspend()
    await server.drivers.replace(tcpDriver())
    expect(server.addresses).toEqual([])
    await server.drivers.remove('tcp')
    await server.drivers.add(tcpDriver(), { listen: addresses })
    expect([server.addresses, server.drivers.list().at(-1)?.addresses]).toEqual([[], []])
    await server.resume()
    expect(server.addresses).toHaveLength(2)
    expect(server.addresses).toEqual(expect.arrayContaining(addresses))
  })

  it('one that cannot serve what the old one listens on again leaves that in its place', async () => {
    const { server } = await startPair('tcp')
    const { addresses } = server
    await server.suspend()
    expect(await codeOf(server.drivers.replace(tcpDriver(['other'])))).toBe('ERR_TRUSTP2P_DRIVER_SCHEME_UNKNOWN')
    await server.resume()
    expect(server.addresses).toEqual(addresses)
  })
})

function tcpDriver(schemes?: readonly string[]): Driver {
  const driver = createTcpDriver({ kit: createNodeKit({ log: createMemoryLog() }), config: { keepAliveMs: 0 } })
  return {
    name: driver.name,
    schemes: schemes ?? driver.schemes,
    supports: driver.supports,
    listen: (url, options) => driver.listen(url, options),
    dial: (url, options) => driver.dial(url, options),
    close: () => driver.close()
  }
}
