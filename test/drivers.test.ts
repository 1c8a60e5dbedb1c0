import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode, createNodeKit, createTcpDriver } from 'trustp2p'
import type { ConfigInput, Driver, P2pNode, P2pSocket } from 'trustp2p'
import { createMemoryLog } from '@trustp2p/testing'

let folder: string
let nodes: P2pNode[]

/** `wait` answers once `release` was told; `echo` at once. */
const THREAD = `module.exports = class {
  #waiting = []
  get eventMap() {
    return {
      20: { release: () => { for (const answer of this.#waiting.splice(0)) answer() } },
      30: {
        echo: (_socket, { body }) => body,
        wait: (_socket, { body }) => new Promise((resolve) => this.#waiting.push(() => resolve(body)))
      }
    }
  }
}`

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drivers-'))
  nodes = []
  mkdirSync(join(folder, 'threads-enabled'))
  writeFileSync(join(folder, 'threads-enabled', 'answers.js'), THREAD)
})

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close({ timeoutMs: 0 })))
  rmSync(folder, { recursive: true, force: true })
})

async function start(config: ConfigInput): Promise<P2pNode> {
  const node = await createNode({ cwd: folder, log: { level: 'silent' }, ...config })
  nodes.push(node)
  return node
}

function tcpDriver(change: Partial<Driver> = {}): Driver {
  const driver = createTcpDriver({ kit: createNodeKit({ log: createMemoryLog() }), config: { keepAliveMs: 0 } })
  return {
    name: driver.name,
    schemes: driver.schemes,
    supports: driver.supports,
    listen: (url, options) => driver.listen(url, options),
    dial: (url, options) => driver.dial(url, options),
    close: () => driver.close(),
    ...change
  }
}

function closeOf(node: P2pNode): Promise<readonly [P2pSocket, number, string]> {
  return new Promise((resolve) => node.on('socket:close', (...end) => resolve(end)))
}

async function pair(): Promise<{ server: P2pNode; client: P2pNode; socket: P2pSocket; address: string }> {
  const server = await start({ listen: ['tcp://127.0.0.1:0'] })
  const client = await start({ name: 'client' })
  const [address = ''] = server.addresses
  // The side that listens is open a moment after the one that dialled.
  const connected = new Promise((resolve) => server.on('socket:connection', resolve))
  const socket = await client.connect(address)
  await connected
  return { server, client, socket, address }
}

describe('U7 drivers of a running node', () => {
  it('U7 are listed, with what they serve and what they listen on', async () => {
    const { server, address } = await pair()
    expect(server.drivers.list().map(({ name, schemes, addresses }) => ({ name, schemes, addresses }))).toEqual([
      { name: 'ws', schemes: ['ws', 'wss'], addresses: [] },
      { name: 'tcp', schemes: ['tcp'], addresses: [address] },
      { name: 'tls', schemes: ['tls'], addresses: [] },
      { name: 'unix', schemes: ['unix'], addresses: [] }
    ])
  })

  it('U7 a driver that is removed answers what is under way, begins nothing, and ends its sockets with 1001', async () => {
    const { server, client, socket, address } = await pair()
    const closed = closeOf(client)
    const answer = client.request(socket, 'wait', 'held')
    while (server.status().runningRequests === 0) await client.request(socket, 'echo', 1)
    const removed = server.drivers.remove('tcp')
    const [inbound] = server.sockets
    if (inbound === undefined) throw new Error('no socket')
    while (server.addresses.length > 0) await new Promise(setImmediate)
    await new Promise(setImmediate)
    await expect(server.request(inbound, 'echo', 1)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_REMOVED' })
    await expect(client.request(socket, 'echo', 1)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_REMOVED' })
    client.talk(socket, 'release')
    expect(await answer).toBe('held')
    await removed
    expect((await closed).slice(1)).toEqual([1001, 'driver removed'])
    expect([server.addresses, server.sockets, server.drivers.list().map(({ name }) => name)]).toEqual([
      [],
      [],
      ['ws', 'tls', 'unix']
    ])
    await expect(client.connect(address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED' })
    await expect(server.connect(address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_SCHEME_UNKNOWN' })
  })

  it('U7 what is not answered in time fails with a code, at both ends', async () => {
    const { server, client, socket } = await pair()
    const [inbound] = server.sockets
    if (inbound === undefined) throw new Error('no socket')
    const outcomes = Promise.allSettled([client.request(socket, 'wait', 1), server.request(inbound, 'wait', 2)])
    while (server.status().runningRequests + client.status().runningRequests < 2) await new Promise(setImmediate)
    await server.drivers.remove('tcp', { timeoutMs: 20 })
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_TRUSTP2P_SOCKET_CLOSED' } })
    }
  })

  it('U7 a driver that is added listens on the addresses of the configuration, and on those that are given', async () => {
    const { server, client, address } = await pair()
    await server.drivers.remove('tcp')
    await server.drivers.add(tcpDriver(), { listen: [address.replace(/:\d+$/, ':0')] })
    expect(server.addresses).toHaveLength(1)
    await server.drivers.remove('tcp')
    await server.drivers.add(tcpDriver(), { listen: [address] })
    expect(server.addresses).toHaveLength(2)
    expect(server.addresses).toContain(address)
    for (const url of server.addresses) expect(await client.request(await client.connect(url), 'echo', url)).toBe(url)
  })

  it('U7 a driver that is replaced goes on at the same address, while the old one finishes', async () => {
    const { server, client, socket, address } = await pair()
    const answer = client.request(socket, 'wait', 'old')
    while (server.status().runningRequests === 0) await client.request(socket, 'echo', 1)
    let accepted = 0
    const plain = tcpDriver()
    const counting = tcpDriver({
      listen: (url, options) =>
        plain.listen(url, { ...options, onSocket: (taken) => options.onSocket((accepted++, taken)) }),
      close: () => plain.close()
    })
    const replaced = server.drivers.replace(counting)
    while (server.drivers.list().every(({ name, addresses }) => name !== 'tcp' || addresses.length === 0)) {
      await new Promise(setImmediate)
    }
    const other = await start({ name: 'other' })
    expect(await other.request(await other.connect(address), 'echo', 'new')).toBe('new')
    client.talk(socket, 'release')
    expect(await answer).toBe('old')
    await replaced
    expect(accepted).toBe(1)
    expect(server.sockets).toHaveLength(1)
  })

  it('U7 where the new driver cannot listen the old one goes on', async () => {
    const { server, client, socket, address } = await pair()
    const failing = tcpDriver({ listen: () => Promise.reject(new Error('no')) })
    await expect(server.drivers.replace(failing)).rejects.toThrow('no')
    expect(server.addresses).toEqual([address])
    expect(await client.request(socket, 'echo', 1)).toBe(1)
    const other = await start({ name: 'other' })
    expect(await other.request(await other.connect(address), 'echo', 2)).toBe(2)
  })

  it('U7 what is no driver, has the scheme of another one, or is not there is refused with a code', async () => {
    const { server, client, socket } = await pair()
    const { drivers } = server
    const none = { ...tcpDriver(), dial: undefined } as unknown as Driver
    await expect(drivers.add(none)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_INVALID' })
    const taken = { code: 'ERR_TRUSTP2P_DRIVER_SCHEME_TAKEN' }
    await expect(drivers.add(tcpDriver())).rejects.toMatchObject(taken)
    await expect(drivers.add(tcpDriver({ schemes: ['other'] }))).rejects.toMatchObject(taken)
    const missing = { code: 'ERR_TRUSTP2P_DRIVER_NOT_FOUND' }
    await expect(drivers.remove('carrier-pigeon')).rejects.toMatchObject(missing)
    await expect(drivers.replace(tcpDriver({ name: 'other' }))).rejects.toMatchObject(missing)
    expect(await client.request(socket, 'echo', 1)).toBe(1)
  })

  it('U7 a node that closes ends what is under way, and takes no driver any more', async () => {
    const { server, client, socket } = await pair()
    client.request(socket, 'wait', 1).catch(() => undefined)
    while (server.status().runningRequests === 0) await client.request(socket, 'echo', 1)
    const removed = server.drivers.remove('tcp')
    while (server.addresses.length > 0) await new Promise(setImmediate)
    await Promise.all([removed, server.close({ timeoutMs: 0 })])
    await expect(server.drivers.add(tcpDriver())).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_NODE_CLOSED' })
  })
})
