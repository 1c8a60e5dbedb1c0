import { generateKeyPairSync } from 'node:crypto'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createNode, errorCode, formatPeerId } from 'trustp2p'
import type { ConfigInput, CreateOptions, P2pNode, P2pSocket } from 'trustp2p'
import PeerExchange from '../threads-available/peer-exchange'
import { codeOf } from './code-of'
import { readBlocks, readDocument } from './documents/markdown'
import { ISOLATIONS, QUIET, addressOf } from './pair'
import type { Isolation } from './pair'
import { closing, createProject, disposeAll, disposeLater, until } from './project'
import type { Project } from './project'

const EXCHANGE = join(__dirname, '../threads-available/peer-exchange')
/** Answers `get_peers` with what the test says. */
const LIAR = `
  module.exports = class {
    answer = { peers: [] }
    asked = 0
    get eventMap() {
      return { 30: {
        get_peers: () => { this.asked++; return this.answer },
        say: (_socket, { body }) => { this.answer = body },
        asked: () => this.asked
      } }
    }
  }`

afterEach(disposeAll)

interface Running extends Partial<CreateOptions> {
  readonly isolation?: Isolation
  readonly exchange?: object
  readonly project?: Project
}

/** A node with the thread, in a folder of its own. */
function start({
  isolation = 'inline',
  exchange = {},
  project = withExchange(),
  ...options
}: Running = {}): Promise<P2pNode> {
  const threads = { 'peer-exchange': { isolation, config: { everyMs: 200, ...exchange } } }
  return closing(createNode({ cwd: project.cwd, ...QUIET, listen: ['ws://127.0.0.1:0'], threads, ...options }))
}

function withExchange(): Project {
  const project = createProject()
  cpSync(EXCHANGE, join(project.cwd, 'threads-available/peer-exchange'), { recursive: true })
  project.link('peer-exchange', 'threads-available/peer-exchange')
  return project
}

/** A node that has nothing but what the test does with it. */
function startPlain(options: ConfigInput = {}): Promise<P2pNode> {
  return closing(createNode({ cwd: createProject().cwd, ...QUIET, ...options }))
}

function idOf({ id }: P2pNode): string {
  if (id === undefined) throw new Error('the node proves nothing')
  return id
}

function pinned(id: string, url: string): string {
  return url.replace('://', `://${id}@`)
}

const peersOf = (node: P2pNode): string[] => node.sockets.map(({ peerId = '' }) => peerId).sort()
const others = (nodes: readonly P2pNode[], node: P2pNode): string[] =>
  nodes
    .filter((one) => one !== node)
    .map(idOf)
    .sort()

function untilMeshed(nodes: readonly P2pNode[]): Promise<unknown> {
  const isMeshed = (): boolean => nodes.every((node) => String(peersOf(node)) === String(others(nodes, node)))
  return until(isMeshed, 'a socket to each other node')
}

interface Answer {
  readonly peers: readonly { readonly id: string; readonly addresses: readonly string[] }[]
}

const peersFrom = async (node: P2pNode, socket: P2pSocket): Promise<Answer['peers']> =>
  ((await node.request(socket, 'get_peers', {})) as Answer).peers

/** Claims addresses; gives those that are believed, or a code. */
function claim(node: P2pNode, socket: P2pSocket, addresses: unknown): Promise<unknown> {
  const reachedOf = (answer: unknown): unknown => (answer as { reached: unknown }).reached
  return node.request(socket, 'my_addresses', { addresses }).then(reachedOf, errorCode)
}

/** Counts who connects; speaks no word. */
async function startVictim(): Promise<{ readonly port: number; readonly connections: () => number }> {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.on('error', () => undefined)
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  disposeLater(() => void server.close())
  const address = server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, connections: () => connections }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Peer ids of nobody. */
function strangers(count: number): string[] {
  return Array.from({ length: count }, () => {
    const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
    return formatPeerId(Buffer.from(x, 'base64url'))
  })
}

describe.each(ISOLATIONS)('T23 peer exchange, %s,', (isolation) => {
  it('connects three nodes of which two know the first alone', async () => {
    const first = await start({ isolation })
    const connect = [addressOf(first)]
    const nodes = [first, await start({ isolation, connect }), await start({ isolation, connect })]
    await untilMeshed(nodes)
    for (const node of nodes) {
      const known = (): string[] => node.peers.list({ dialable: true }).map(({ id }) => id)
      await until(() => String(known().sort()) === String(others(nodes, node)), 'each other one in the book')
    }
    // The first one has dialled nobody but to see whether they are there.
    expect(
      first.peers
        .list()
        .flatMap(({ addresses }) => addresses)
        .sort()
    ).toEqual(nodes.slice(1).map(addressOf).sort())
  })
})

/** A hub that dials nobody of its own accord, and one that claims what the test says. */
async function startHub(exchange: object = {}, options: Running = {}): Promise<readonly [P2pNode, P2pNode, P2pSocket]> {
  const hub = await start({ exchange: { target: 0, claimMs: 0, ...exchange }, ...options })
  const peer = await startPlain({ listen: ['ws://127.0.0.1:0'] })
  return [hub, peer, await peer.connect(addressOf(hub))]
}

const named = (node: P2pNode): object => ({ id: idOf(node), addresses: [pinned(idOf(node), addressOf(node))] })

describe('T23 get_peers', () => {
  it('names what was reached, and neither who asks nor who was never reached', async () => {
    const [hub, asker, socket] = await startHub()
    const reached = [
      await startPlain({ listen: ['ws://127.0.0.1:0'] }),
      await startPlain({ listen: ['tcp://127.0.0.1:0'] })
    ]
    for (const node of reached) await hub.reach(pinned(idOf(node), addressOf(node)))
    await (await startPlain()).connect(addressOf(hub))
    const expected = [...reached].reverse().map(named)
    await until(() => hub.sockets.length === 2, 'the stranger')
    expect(await peersFrom(asker, socket)).toEqual(expected)
    expect(await claim(asker, socket, asker.addresses)).toEqual(asker.addresses)
    expect(await peersFrom(asker, socket)).toEqual(expected)
  })

  it.each(['banned', 'denied'])('does not name a peer that is %s', async (how) => {
    const [hub, asker, socket] = await startHub()
    const node = await startPlain({ listen: ['ws://127.0.0.1:0'] })
    await hub.reach(pinned(idOf(node), addressOf(node)))
    expect(await peersFrom(asker, socket)).toEqual([named(node)])
    if (how === 'banned') await hub.peers.ban(idOf(node))
    else hub.rules.deny(idOf(node))
    while ((await peersFrom(asker, socket)).length > 0) await pause(50)
  })

  it('answers who proves nothing, too', async () => {
    const [hub, peer] = await startHub()
    await hub.reach(pinned(idOf(peer), addressOf(peer)))
    const asker = await startPlain({ auth: 'off' })
    expect(await peersFrom(asker, await asker.connect(addressOf(hub)))).toEqual([named(peer)])
  })
})

describe('T23 a claim', () => {
  it('is believed once the peer was reached there, and told to others', async () => {
    const [hub, peer, socket] = await startHub()
    const localhost = addressOf(peer).replace('127.0.0.1', 'localhost')
    await until(() => hub.peers.get(idOf(peer))?.addresses.length === 0, 'the peer')
    expect(await claim(peer, socket, [pinned(idOf(peer), addressOf(peer)), localhost])).toEqual([
      pinned(idOf(peer), addressOf(peer)),
      localhost
    ])
    expect(hub.peers.get(idOf(peer))?.addresses).toEqual([localhost, addressOf(peer)])
    const asker = await startPlain()
    const [{ addresses } = { addresses: [] }] = await peersFrom(asker, await asker.connect(addressOf(hub)))
    for (const url of addresses) await asker.reach(url)
    expect([addresses.length, hub.sockets.length, peer.sockets.length]).toEqual([2, 2, 1])
  })

  it.each(['ws://0.0.0.0', 'ws://[::]'])('of %s means where the peer comes from', async (any) => {
    const [hub, peer, socket] = await startHub()
    const { port } = new URL(addressOf(peer))
    expect(await claim(peer, socket, [`${any}:${port}`])).toEqual([`${any}:${port}`])
    expect(hub.peers.get(idOf(peer))?.addresses).toEqual([addressOf(peer)])
  })

  it('is not believed where nobody listens', async () => {
    const [hub, peer, socket] = await startHub()
    const gone = await startPlain({ listen: ['ws://127.0.0.1:0'] })
    const url = addressOf(gone)
    await gone.close()
    expect(await claim(peer, socket, [url])).toEqual([])
    expect(hub.peers.list({ dialable: true })).toEqual([])
    expect(hub.explain({ about: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED' })).toMatchObject([{ url: pinned(idOf(peer), url) }])
  })

  it('is not believed where another peer answers', async () => {
    const [hub, impostor, socket] = await startHub()
    const other = await startPlain({ listen: ['ws://127.0.0.1:0'] })
    expect(await claim(impostor, socket, [addressOf(other)])).toEqual([])
    expect(hub.peers.list({ dialable: true })).toEqual([])
    expect(hub.explain({ about: 'ERR_TRUSTP2P_PROOF_WRONG_PEER' })).toHaveLength(1)
    expect(await claim(impostor, socket, [pinned(idOf(other), addressOf(other))])).toBe('PEERS_CLAIM_INVALID')
    expect(other.sockets).toEqual([])
  })

  it('of another host has nobody dialled, whatever the scheme or the name', async () => {
    const [hub, peer, socket] = await startHub({}, { listen: ['ws://127.0.0.1:0', 'tcp://127.0.0.1:0'] })
    const { port, connections } = await startVictim()
    const hosts = ['127.0.0.2', '[::1]', '[::ffff:7f00:2]', '192.0.2.1', 'peer.invalid']
    for (const host of hosts) {
      for (const scheme of ['ws', 'tcp', 'tls', 'wss'])
        expect(await claim(peer, socket, [`${scheme}://${host}:${port}`])).toEqual([])
    }
    expect(connections()).toBe(0)
    expect(hub.peers.list({ dialable: true })).toEqual([])
    expect(hub.explain({ about: 'ERR_TRUSTP2P_DRIVER_HOST_REFUSED' }).length).toBeGreaterThan(0)
  })

  it('of another host is looked into with anyHost', async () => {
    const [hub, ,] = await startHub({ anyHost: true })
    const peer = await startPlain({ listen: ['ws://127.0.0.2:0'] })
    expect(await claim(peer, await peer.connect(addressOf(hub)), peer.addresses)).toEqual(peer.addresses)
  })

  it('of a scheme that no driver serves, or of a Unix socket, is not believed', async () => {
    const [, peer, socket] = await startHub()
    expect(await claim(peer, socket, ['gopher://127.0.0.1:70'])).toEqual([])
    expect(await claim(peer, socket, ['unix:///tmp/a'])).toBe('PEERS_CLAIM_INVALID')
  })

  it('of 4 addresses is looked into, and one of 5, or of thousands, costs nothing', async () => {
    const [, peer, socket] = await startHub()
    const { port, connections } = await startVictim()
    const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `tcp://127.0.0.1:${port}/${at}`)
    for (const count of [5, 5_000]) expect(await claim(peer, socket, many(count))).toBe('PEERS_CLAIM_INVALID')
    expect(connections()).toBe(0)
    const own = [0, 1, 2, 3].map((at) => `${addressOf(peer)}/${at}`)
    expect(await claim(peer, socket, own)).toEqual([])
    expect(
      await claim(
        peer,
        socket,
        Array.from({ length: 4 }, () => addressOf(peer))
      )
    ).toHaveLength(4)
  })

  it.each([
    undefined,
    null,
    7,
    [[]],
    'ws://127.0.0.1:1',
    [1],
    [null],
    [''],
    ['127.0.0.1:1107'],
    ['ws://'],
    ['ws://a@b:1'],
    ['ws://127.0.0.1:1/?a=b'],
    ['ws://127.0.0.1:1/#a'],
    ['ws://127.0.0.1:1/\r\nHost: a'],
    [`ws://127.0.0.1:1/${'a'.repeat(300)}`]
  ])('that is garbage, such as %j, is refused', async (addresses) => {
    const [hub, peer, socket] = await startHub()
    expect(await claim(peer, socket, addresses)).toBe('PEERS_CLAIM_INVALID')
    expect(hub.explain({ about: 'dial' })).toEqual([])
  })

  it('of 300 letters is looked into', async () => {
    const [, peer, socket] = await startHub()
    const url = `${addressOf(peer)}/`
    expect(await claim(peer, socket, [url + 'a'.repeat(300 - url.length)])).toEqual([])
    expect(await claim(peer, socket, [url + 'a'.repeat(301 - url.length)])).toBe('PEERS_CLAIM_INVALID')
  })

  it('of a peer that proves nothing is refused', async () => {
    const [hub] = await startHub()
    const peer = await startPlain({ listen: ['ws://127.0.0.1:0'], auth: 'off' })
    expect(await claim(peer, await peer.connect(addressOf(hub)), peer.addresses)).toBe('PEERS_UNPROVED')
  })

  it('is taken once in claimMs of each peer', async () => {
    const [hub, peer, socket] = await startHub({ claimMs: 60_000 })
    expect(await claim(peer, socket, peer.addresses)).toEqual(peer.addresses)
    expect(await claim(peer, socket, peer.addresses)).toBe('PEERS_CLAIM_TOO_SOON')
    const other = await startPlain({ listen: ['ws://127.0.0.1:0'] })
    expect(await claim(other, await other.connect(addressOf(hub)), other.addresses)).toEqual(other.addresses)
  })

  it.each([
    [4, 2],
    [1, 1]
  ])('is one of %i at once, and one of %i of a host', async (probes, ofHost) => {
    const hub = await start({ exchange: { target: 0, claimMs: 0, probes } })
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    disposeLater(() => void silent.close())
    const address = silent.address()
    const url = `ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const peers = await Promise.all(Array.from({ length: ofHost + 1 }, () => startPlain()))
    const controller = new AbortController()
    const claims: Promise<unknown>[] = []
    for (const peer of peers) {
      const socket = await peer.connect(addressOf(hub))
      const { signal } = controller
      claims.push(codeOf(peer.request(socket, 'my_addresses', { addresses: [url] }, { signal })))
    }
    expect(await claims.pop()).toBe('PEERS_BUSY')
    controller.abort()
    expect(new Set(await Promise.all(claims))).toEqual(new Set(['ERR_TRUSTP2P_REQUEST_ABORTED']))
    const [peer] = peers
    if (peer?.sockets[0] === undefined) throw new Error('the peer is gone')
    while ((await claim(peer, peer.sockets[0], [])) === 'PEERS_BUSY') await pause(5)
  })

  it.each([
    [3_600_000, true],
    [0, false]
  ])('that held is believed for freshMs %i without dialling again', async (freshMs, believed) => {
    const hub = await start({ exchange: { target: 0, claimMs: 0, freshMs }, listen: ['tcp://127.0.0.1:0'] })
    const peer = await startPlain({ listen: ['ws://127.0.0.1:0'] })
    const socket = await peer.connect(addressOf(hub))
    const { addresses } = peer
    expect(await claim(peer, socket, addresses)).toEqual(addresses)
    await peer.drivers.remove('ws')
    expect(await claim(peer, socket, addresses)).toEqual(believed ? addresses : [])
  })
})

describe('T23 who looks for peers', () => {
  async function startLiar(answer: unknown): Promise<{ readonly liar: P2pNode; asked(): Promise<number> }> {
    const project = createProject()
    project.thread('liar.js', LIAR)
    const liar = await closing(createNode({ cwd: project.cwd, ...QUIET, listen: ['ws://127.0.0.1:0'] }))
    const teller = await startPlain({ auth: 'off' })
    const socket = await teller.connect(addressOf(liar))
    await teller.request(socket, 'say', answer)
    const asked = async (): Promise<number> => (await teller.request(socket, 'asked')) as number
    return { liar, asked }
  }

  async function untilAsked(asked: () => Promise<number>, times: number): Promise<void> {
    while ((await asked()) < times) await pause(20)
  }

  it('dials a victim once, however many peers a liar puts there', async () => {
    const { port, connections } = await startVictim()
    const peers = strangers(1_000).map((id) => ({
      id,
      addresses: [`ws://127.0.0.1:${port}`, `ws://127.0.0.1:${port}/a`]
    }))
    const { liar, asked } = await startLiar({ peers })
    const node = await start({ connect: [addressOf(liar)], exchange: { everyMs: 100 } })
    await untilAsked(asked, 4)
    expect(connections()).toBe(1)
    expect(peersOf(node)).toEqual([idOf(liar)])
  })

  it('dials at most 4 addresses for an answer, and none that failed again', async () => {
    const victims = await Promise.all(Array.from({ length: 10 }, startVictim))
    const peers = strangers(10).map((id, at) => ({ id, addresses: [`ws://127.0.0.1:${victims[at]?.port}`] }))
    const { liar, asked } = await startLiar({ peers })
    const dialled = (): number => victims.reduce((sum, { connections }) => sum + connections(), 0)
    await start({ connect: [addressOf(liar)], exchange: { everyMs: 100 } })
    let before = 0
    do {
      const now = await asked()
      expect(dialled()).toBeLessThanOrEqual(4 * (now + 1))
      before = now
    } while (before < 6)
    expect(victims.map(({ connections }) => connections())).toEqual(victims.map(() => 1))
  })

  it.each([
    null,
    7,
    'peers',
    [],
    { peers: 'all' },
    { peers: { length: 1e9 } },
    { peers: [null, 1, 'a', [], {}, { id: 1 }, { id: 'a', addresses: [] }] },
    { peers: strangers(3).map((id) => ({ id, addresses: 'ws://127.0.0.1:1' })) },
    {
      peers: strangers(3).map((id) => ({
        id,
        addresses: [null, 1, '', 'ws://', 'unix:///a', `ws://${'a'.repeat(400)}`]
      }))
    }
  ])('makes nothing of an answer that is garbage, such as %j', async (answer) => {
    const { liar, asked } = await startLiar(answer)
    const node = await start({ connect: [addressOf(liar)], exchange: { everyMs: 100 } })
    await untilAsked(asked, 2)
    expect(node.explain({ about: 'dial' })).toEqual([])
    expect(node.threads.list()).toMatchObject([{ state: 'running' }])
  })

  it('leaves alone those that it holds, itself, and all once it has as many as it wants', async () => {
    const hub = await start()
    const node = await start({ connect: [addressOf(hub)], exchange: { target: 1, everyMs: 100 } })
    const other = await start({ connect: [addressOf(hub)], exchange: { target: 0, everyMs: 100 } })
    await until(() => hub.peers.list({ dialable: true }).length === 2, 'both claims')
    const told = { peers: [named(hub), named(node), named(other)] }
    const [one, two] = [await startLiar(told), await startLiar(told)]
    const quiet = await start({ connect: [addressOf(one.liar)], exchange: { target: 1, everyMs: 100 } })
    const eager = await start({ connect: [addressOf(two.liar)], exchange: { target: 5, everyMs: 100 } })
    await untilAsked(two.asked, 4)
    expect([quiet.sockets.length, await one.asked()]).toEqual([1, 0])
    expect(peersOf(eager)).toEqual([hub, node, other, two.liar].map(idOf).sort())
    expect(eager.explain({ about: 'dial' })).toEqual([])
  })

  it('dials those that its book knows after a restart, with no address in its configuration', async () => {
    const [hub, project] = [await start({ exchange: { target: 0 } }), withExchange()]
    const node = await start({ project, connect: [addressOf(hub)] })
    await until(() => hub.peers.get(idOf(node))?.addresses.length === 1, 'the claim')
    expect(node.status().store).toBe('@trustp2p/store')
    await node.close()
    const again = await start({ project, connect: [] })
    expect(again.peers.list({ dialable: true })).toMatchObject([{ id: idOf(hub), addresses: [addressOf(hub)] }])
    await until(() => peersOf(again).includes(idOf(hub)), 'the hub')
    expect(idOf(again)).toBe(idOf(node))
  })

  it('a claim that was believed is in the book after a restart', async () => {
    const project = withExchange()
    const [hub, peer, socket] = await startHub({}, { project })
    expect(await claim(peer, socket, peer.addresses)).toEqual(peer.addresses)
    await hub.close()
    const again = await start({ project, exchange: { target: 0 } })
    expect(again.peers.list({ dialable: true })).toMatchObject([{ id: idOf(peer), addresses: peer.addresses }])
  })
})

describe('T23 the settings of peer-exchange', () => {
  it.each([
    { targets: 1 },
    { target: -1 },
    { target: 1_001 },
    { target: 1.5 },
    { target: '8' },
    { everyMs: 99 },
    { everyMs: 1_900_000_001 },
    { peers: 0 },
    { peers: 257 },
    { probes: 0 },
    { probes: 1_001 },
    { claimMs: -1 },
    { freshMs: 1_900_000_001 },
    { anyHost: 1 },
    { addresses: 'ws://a' },
    { addresses: ['a'] },
    { addresses: ['ws://a/?b'] },
    { addresses: ['ws://a', 'ws://b', 'ws://c', 'ws://d', 'ws://e'] }
  ])('refuse %j', async (config) => {
    const node = await start({ exchange: config })
    expect(node.threads.list()).toMatchObject([{ error: { code: 'ERR_TRUSTP2P_CONFIG_INVALID' } }])
  })

  it.each([
    { target: 0, everyMs: 100, peers: 1, probes: 1, claimMs: 0, freshMs: 0, addresses: [] },
    { target: 1_000, everyMs: 1_900_000_000, peers: 256, probes: 1_000, anyHost: true },
    { addresses: ['ws://a', 'wss://b.example/p2p', 'tcp://[::1]:1', 'tls://1.2.3.4:5'] }
  ])('take %j', (config) => {
    expect(PeerExchange.manifest.config.parse(config)).toMatchObject(config)
  })

  it('addresses are claimed in place of those that the node listens on', async () => {
    const hub = await start({ exchange: { target: 0 } })
    const listen = ['tcp://127.0.0.1:0', 'ws://127.0.0.1:0']
    const silent = await start({ connect: [addressOf(hub)], exchange: { addresses: [] }, listen })
    const node = await start({ connect: [addressOf(hub)], listen })
    await until(() => hub.peers.get(idOf(node))?.addresses.length === 2, 'the claims')
    expect(hub.peers.get(idOf(silent))?.addresses).toEqual([])
  })

  it('peers bounds an answer', async () => {
    const [hub, asker, socket] = await startHub({ peers: 2 })
    const nodes = await Promise.all([1, 2, 3].map(() => startPlain({ listen: ['ws://127.0.0.1:0'] })))
    for (const [at, node] of nodes.entries()) {
      await hub.reach(pinned(idOf(node), addressOf(node)))
      await until(() => hub.peers.list({ dialable: true }).length === at + 1, 'the peer')
    }
    while ((await peersFrom(asker, socket)).length < 2) await pause(50)
    const peers = await peersFrom(asker, socket)
    expect(peers).toEqual([nodes[2], nodes[1]].flatMap((node) => (node === undefined ? [] : [named(node)])))
  })
})

describe('docs/reference/peer-exchange.md', () => {
  const NAME = 'docs/reference/peer-exchange.md'
  const page = readDocument(NAME)
  const { parse } = PeerExchange.manifest.config

  it('has every setting, its default and its range', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` +\| (\S*) +\| ([\d,]*)(?: to ([\d,]+))?[^|]* \|/gm)]
    const defaults = new Map<string, unknown>(Object.entries(parse({})))
    expect(rows.map(([, key]) => key).sort()).toEqual([...defaults.keys()].sort())
    for (const [, key = '', standard = '', least = '', most = ''] of rows) {
      expect([key, standard === '' ? undefined : JSON.parse(standard)]).toEqual([key, defaults.get(key)])
      if (typeof defaults.get(key) !== 'number') continue
      const [from, to] = [least, most].map((text) => Number(text.replaceAll(',', '')))
      if (from === undefined || to === undefined) throw new Error(`${key} has no range`)
      for (const value of [from, to]) expect(parse({ [key]: value })).toMatchObject({ [key]: value })
      for (const value of [from - 1, to + 1]) expect(() => parse({ [key]: value })).toThrow(RangeError)
    }
  })

  it('has every code', () => {
    const text = readdirSync(EXCHANGE)
      .map((file) => readFileSync(join(EXCHANGE, file), 'utf8'))
      .join()
    const codes = [...text.matchAll(/\['(PEERS_\w+)'/g)].map(([, code]) => code)
    const rows = [...page.matchAll(/^\| `(PEERS_\w+)`/gm)].map(([, code]) => code)
    expect(rows.sort()).toEqual([...new Set(codes)].sort())
  })

  it('shows bodies as they are', async () => {
    const [peers, reached] = readBlocks(NAME).map(({ text }) => JSON.parse(text) as object)
    const [hub, peer, socket] = await startHub()
    const answer = await peer.request(socket, 'my_addresses', { addresses: peer.addresses })
    expect(answer).toEqual({ reached: [expect.any(String)] })
    expect(reached).toEqual({ reached: [expect.any(String)] })
    const asker = await startPlain()
    const address = expect.stringMatching(/^tcp:\/\/12D3KooW|^ws:\/\/\w+@/) as unknown
    const shape = { peers: [{ id: expect.any(String) as unknown, addresses: [address] }] }
    expect(await asker.request(await asker.connect(addressOf(hub)), 'get_peers', {})).toEqual(shape)
    expect(peers).toEqual(shape)
  })
})

it('T23 a flood of claims and questions meets the quotas of both, and hurts nobody after it', async () => {
  const [hub, peer, socket] = await startHub({ claimMs: 60_000 })
  const victim = await startVictim()
  const flood = async (event: string): Promise<unknown[]> => {
    const body = { addresses: [`ws://127.0.0.1:${victim.port}`] }
    return Promise.all(Array.from({ length: 200 }, () => codeOf(peer.request(socket, event, body))))
  }
  const refused = (codes: readonly unknown[]): number =>
    codes.filter((code) => code === 'ERR_TRUSTP2P_LIMIT_QUOTA').length
  const [asked, claimed] = [await flood('get_peers'), await flood('my_addresses')]
  for (const codes of [asked, claimed]) expect(refused(codes)).toBeGreaterThan(150)
  expect(asked.length - refused(asked)).toBeGreaterThanOrEqual(20)
  expect(new Set(claimed)).toEqual(new Set([undefined, 'PEERS_CLAIM_TOO_SOON', 'ERR_TRUSTP2P_LIMIT_QUOTA']))
  expect(victim.connections()).toBe(1)
  const other = await startPlain({ listen: ['ws://127.0.0.1:0'] })
  const at = await other.connect(addressOf(hub))
  let answer: unknown = 'ERR_TRUSTP2P_LIMIT_QUOTA'
  // It comes from the same host, which has a claim each 200 ms.
  while (answer === 'ERR_TRUSTP2P_LIMIT_QUOTA') answer = await pause(100).then(() => claim(other, at, other.addresses))
  expect(answer).toEqual(other.addresses)
})

it.each(['connect', 'reach'] as const)('T23 %s takes 100 hosts, and not 101', async (how) => {
  const [node, peer] = [await startPlain(), await startPlain({ listen: ['ws://127.0.0.1:0'] })]
  const hosts = (count: number): string[] => [...Array<string>(count - 1).fill('192.0.2.1'), '127.0.0.1']
  const url = pinned(idOf(peer), addressOf(peer))
  await node[how](url, { hosts: hosts(100) })
  await expect(node[how](url, { hosts: hosts(101) })).rejects.toThrow(RangeError)
})
