import { createServer } from 'node:net'
import type { CreateOptions, P2pNode } from 'trustp2p'
import { codeOf } from './code-of'
import { useEchoNodes } from './echo-nodes'
import { addressOf, ISOLATIONS, pinned } from './pair'
import { disposeLater, until } from './project'

/** Does what it is asked with its node. */
const DIALLER = `
  const { Thread, errorCode } = require('trustp2p')
  module.exports = class extends Thread {
    static manifest = { handles: [], sends: [] }
    async dial(url, options) {
      const socket = await this.node.connect(url, options).catch((error) => error)
      return socket instanceof Error ? errorCode(socket) ?? socket.name : [socket.url, socket.state, socket.peerId]
    }
    reach(url, options) {
      return this.node.reach(url, options).then(() => 'there', (error) => errorCode(error) ?? error.name)
    }
    aborted(url) {
      return this.reach(url, { signal: AbortSignal.abort() })
    }
    list(query) { return this.node.peers.list(query).catch((error) => error.name) }
    get(peer) { return this.node.peers.get(peer).catch((error) => errorCode(error)) }
  }`

const SCHEMES = ['ws', 'tcp'] as const

const nodes = useEchoNodes()
const { start } = nodes

const serve = (name = 'server', scheme: string = 'ws', options: Partial<CreateOptions> = {}): Promise<P2pNode> =>
  start(name, { listen: [`${scheme}://127.0.0.1:0`], ...options })

/** All that a node tells of its sockets. */
function toldBy(node: P2pNode): string[] {
  const told: string[] = []
  for (const name of ['socket:open', 'socket:connection', 'socket:error', 'socket:close', 'warning'] as const)
    node.on(name, () => told.push(name))
  return told
}

/** The address of a listener that says nothing. */
async function silentAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  disposeLater(() => void server.close())
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

describe.each(SCHEMES)('T23 reach, over %s,', (scheme) => {
  it('remembers where a peer is that it had never met, and neither has a socket', async () => {
    const [server, client] = [await serve('server', scheme), await start('client')]
    const told = [toldBy(server), toldBy(client)]
    await client.reach(pinned(server, addressOf(server)))
    expect(client.peers.list()).toMatchObject([
      { id: server.id, kind: 'peer', addresses: [addressOf(server)], host: '127.0.0.1' }
    ])
    expect([client.sockets, server.sockets, server.peers.list()]).toEqual([[], [], []])
    await client.close()
    expect(told).toEqual([[], []])
    expect(client.explain()).toEqual([])
  })

  it('leaves the socket of either side alone, and what is under way on it', async () => {
    const [one, two] = [await serve('one', scheme), await serve('two', scheme)]
    const socket = await one.connect(addressOf(two))
    await until(() => two.sockets.length === 1, 'the other end')
    const told = [toldBy(one), toldBy(two)]
    for (const [from, to] of [
      [one, two],
      [two, one]
    ] as const) {
      for (let count = 0; count < 3; count++) await from.reach(pinned(to, addressOf(to)))
    }
    expect(await one.request(socket, 'echo', 1)).toBe(1)
    expect([one.sockets.length, two.sockets.length]).toEqual([1, 1])
    expect(one.sockets[0]).toBe(socket)
    expect(told).toEqual([[], []])
    expect(two.peers.get(String(one.id))?.addresses).toEqual([addressOf(one)])
  })

  it('rejects where another peer answers, and remembers nobody', async () => {
    const [server, other, client] = [await serve('server', scheme), await serve('other', scheme), await start('client')]
    expect(await codeOf(client.reach(pinned(other, addressOf(server))))).toBe('ERR_TRUSTP2P_PROOF_WRONG_PEER')
    expect(client.peers.list()).toEqual([])
    expect(client.explain({ about: 'ERR_TRUSTP2P_PROOF_WRONG_PEER' })).toHaveLength(1)
  })

  it('rejects where nobody listens, or who does says nothing in time', async () => {
    const [server, client] = [
      await serve('server', scheme),
      await start('client', { limits: { greetingMs: 200, handshakeMs: 200 } })
    ]
    const silent = pinned(server, `${scheme}://${await silentAddress()}`)
    const gone = pinned(server, addressOf(server))
    await server.close()
    expect(await codeOf(client.reach(gone))).toBe('ERR_TRUSTP2P_DRIVER_DIAL_FAILED')
    expect(await codeOf(client.reach(silent))).toBe('ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT')
    expect(client.explain({ about: 'dial' }).length).toBeGreaterThan(0)
    expect(client.peers.list()).toEqual([])
  })
})

it('T23 reach wants an address that names a peer, and a node that can tell who it is', async () => {
  const [server, client] = [await serve(), await start('client', { auth: 'off' })]
  await expect(client.reach(addressOf(server))).rejects.toThrow(TypeError)
  expect(await codeOf(client.reach(pinned(server, addressOf(server))))).toBe('ERR_TRUSTP2P_PROOF_OFF')
})

it('T23 reach does not find a peer that a rule or a ban keeps out', async () => {
  const [server, client] = [await serve(), await start('client')]
  const url = pinned(server, addressOf(server))
  client.rules.deny(String(server.id))
  expect(await codeOf(client.reach(url))).toBe('ERR_TRUSTP2P_RULE_DENIED')
  client.rules.remove(String(server.id))
  await client.peers.ban(String(server.id))
  expect(await codeOf(client.reach(url))).toBe('ERR_TRUSTP2P_RULE_BANNED')
})

it.each(['connect', 'reach'] as const)('T23 %s goes to no host but those that are meant', async (how) => {
  const [server, client] = [await serve(), await start('client')]
  const url = pinned(server, addressOf(server))
  const named = url.replace('127.0.0.1', 'localhost')
  const told = toldBy(server)
  const codeWith = (to: string, hosts: readonly string[]): Promise<string | undefined> =>
    codeOf(client[how](to, { hosts }))
  for (const [to, hosts] of [
    [url, ['192.0.2.1']],
    [url, ['10.0.0.0/8']],
    [url, ['public', 'private']],
    [url, []],
    [named, ['192.0.2.1']],
    [named, ['public']]
  ] as const) {
    expect(await codeWith(to, hosts)).toBe('ERR_TRUSTP2P_DRIVER_HOST_REFUSED')
  }
  expect(told).toEqual([])
  expect(client.explain({ about: 'ERR_TRUSTP2P_DRIVER_HOST_REFUSED' }).map(({ count }) => count)).toEqual([2, 4])
  for (const [to, hosts] of [
    [named, ['loopback']],
    [named, ['LOCALHOST']],
    [url, ['loopback']],
    [url, ['127.0.0.0/8']],
    [url, ['::ffff:127.0.0.1']]
  ] as const) {
    expect(await codeWith(to, hosts)).toBeUndefined()
  }
})

it('T23 no way of writing it leads to this machine where that is not meant', async () => {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, resolve))
  disposeLater(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const [client, peer] = [await start('client'), await start('peer')]
  const hosts = ['127.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '127.0.0.1.', 'localhost', 'localhost.']
  hosts.push('a.localhost', '0', '0.0.0.0', '[::1]', '[::]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]')
  hosts.push('１２７.0.0.1', '127.0.0.1%00', '%31%32%37.0.0.1')
  for (const host of hosts) {
    for (const scheme of ['ws', 'wss', 'tcp', 'tls']) {
      const url = pinned(peer, `${scheme}://${host}:${port}`)
      expect(await codeOf(client.reach(url, { hosts: ['public', '192.0.2.1'] }))).toMatch(/HOST_REFUSED|DIAL_FAILED/)
    }
  }
  expect(connections).toBe(0)
})

it('T23 a name that a proxy would look up is not dialled where hosts are meant', async () => {
  const client = await start('client', { proxy: { url: 'socks5://127.0.0.1:9' } })
  const url = 'ws://peer.example:1107'
  expect(await codeOf(client.connect(url, { hosts: ['public'] }))).toBe('ERR_TRUSTP2P_DRIVER_HOST_REFUSED')
  expect(await codeOf(client.connect(url))).toBe('ERR_TRUSTP2P_DRIVER_PROXY_FAILED')
})

it('T23 dialable peers are those that were reached and that nothing keeps out', async () => {
  const client = await serve('client')
  const servers = await Promise.all(['one', 'two', 'three'].map((name) => serve(name)))
  for (const server of servers) await client.reach(pinned(server, addressOf(server)))
  await (await start('stranger')).connect(addressOf(client))
  const ids = servers.map(({ id }) => String(id))
  await until(() => client.peers.list().length === 4, 'the stranger')
  expect(client.peers.list({ dialable: true }).map(({ id }) => id)).toEqual([...ids].reverse())
  expect(client.peers.list({ dialable: true, limit: 2 })).toHaveLength(2)
  client.rules.deny(String(ids[0]))
  await client.peers.ban(String(ids[1]))
  expect(client.peers.list({ dialable: true }).map(({ id }) => id)).toEqual([ids[2]])
  for (const query of [{ most: 1 }, { dialable: 1 }, null])
    expect(() => client.peers.list(query as never)).toThrow(TypeError)
  for (const limit of [0, 1.5, -1]) expect(() => client.peers.list({ limit })).toThrow(RangeError)
})

describe.each(ISOLATIONS)('T23 a thread, %s,', (isolation) => {
  function startDialler(): Promise<P2pNode> {
    nodes.project.thread('dialler.js', DIALLER)
    return start('client', { threads: { dialler: { isolation } } })
  }

  it('dials, reaches peers and reads what is known of them', async () => {
    const [server, other] = [await serve('server'), await serve('other')]
    const client = await startDialler()
    const { dial, reach, list, get, aborted } = client.threads.get('dialler')
    const url = addressOf(server)
    expect(await reach?.(pinned(other, addressOf(other)))).toBe('there')
    expect(await dial?.(url)).toEqual([url, 'open', server.id])
    expect(client.sockets).toHaveLength(1)
    expect(await dial?.(pinned(other, url))).toBe('ERR_TRUSTP2P_PROOF_WRONG_PEER')
    expect(await dial?.(url.replace('127', '126'), { hosts: ['loopback'] })).toBe('ERR_TRUSTP2P_DRIVER_HOST_REFUSED')
    expect(await reach?.(pinned(other, url))).toBe('ERR_TRUSTP2P_PROOF_WRONG_PEER')
    expect(await reach?.(pinned(other, url), { hosts: ['public'] })).toBe('ERR_TRUSTP2P_DRIVER_HOST_REFUSED')
    expect(await aborted?.(pinned(other, addressOf(other)))).toBe('ERR_TRUSTP2P_DRIVER_DIAL_ABORTED')
    for (const wrong of [undefined, 7, url]) expect(await reach?.(wrong)).toBe('TypeError')
    expect(await reach?.(pinned(other, url), { hosts: 'public' })).toBe('TypeError')
    expect(await list?.()).toEqual(client.peers.list())
    expect(await list?.({ limit: 1 })).toHaveLength(1)
    expect(await list?.({ limit: 0 })).toBe('RangeError')
    expect(await get?.(other.id)).toMatchObject({ id: other.id, addresses: [addressOf(other)] })
    expect(await get?.('x')).toBe('ERR_TRUSTP2P_RULE_INVALID')
    expect(await get?.('192.0.2.1')).toBeUndefined()
  })
})
