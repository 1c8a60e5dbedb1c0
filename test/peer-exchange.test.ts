import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createNode, errorCode, formatPeerId } from 'trustp2p'
import type { ConfigInput, CreateOptions, P2pNode, P2pSocket } from 'trustp2p'
import { codeOf } from './code-of'
import { ISOLATIONS, QUIET, addressOf } from './pair'
import type { Isolation } from './pair'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'
import type { Project } from './project'

const EXCHANGE = readFileSync(join(__dirname, '../threads-available/peer-exchange.ts'), 'utf8')
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
  project.thread('peer-exchange.ts', EXCHANGE)
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

/** Peer ids of nobody. */
const strangers = (count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    formatPeerId(Uint8Array.from({ length: 32 }, (_none, at) => (index >> (8 * at)) & 255))
  )

describe.each(ISOLATIONS)('T23 peer exchange, %s,', (isolation) => {
  it('connects three nodes of which two know the first alone', async () => {
    const first = await start({ isolation })
    const connect = [addressOf(first)]
    const nodes = [first, await start({ isolation, connect }), await start({ isolation, connect })]
    await untilMeshed(nodes)
    for (const node of nodes) {
      const known = node.peers.list({ dialable: true }).map(({ id }) => id)
      expect(others(nodes, node)).toEqual(expect.arrayContaining(known))
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

describe('T23 get_peers', () => {
  it('names what was reached, and neither who asks, nor who was not reached, is banned or denied', async () => {
    const hub = await start({ exchange: { target: 0 } })
    const [one, two, three] = [await start(), await start(), await start()]
    for (const node of [one, two, three]) await hub.reach(pinned(idOf(node), addressOf(node)))
    const asker = await startPlain({ listen: ['ws://127.0.0.1:0'] })
    const stranger = await startPlain()
    await stranger.connect(addressOf(hub))
    const socket = await asker.connect(addressOf(hub))
    const named = (node: P2pNode): object => ({ id: idOf(node), addresses: [pinned(idOf(node), addressOf(node))] })
    expect(await peersFrom(asker, socket)).toEqual([three, two, one].map(named))
    expect(await claim(asker, socket, asker.addresses)).toEqual(asker.addresses)
    expect(await peersFrom(asker, socket)).toEqual([three, two, one].map(named))
    hub.rules.deny(idOf(three))
    await hub.peers.ban(idOf(two))
    await until(() => false, 'nothing').catch(() => undefined)
  })
})
