import { cpSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createNode, errorCode } from 'trustp2p'
import type { ConfigInput, CreateOptions, P2pNode, P2pSocket } from 'trustp2p'
import { addressOf, idOf, pinned, QUIET } from './pair'
import type { Isolation } from './pair'
import { closing, createProject, disposeLater } from './project'
import type { Project } from './project'

/** The folder of the thread. */
export const EXCHANGE = join(__dirname, '../threads-available/peer-exchange')

export interface Running extends Partial<CreateOptions> {
  readonly isolation?: Isolation
  readonly exchange?: object
  readonly project?: Project
}

/** A node with the thread, in a folder of its own. */
export function start({
  isolation = 'inline',
  exchange = {},
  project = withExchange(),
  ...options
}: Running = {}): Promise<P2pNode> {
  const threads = { 'peer-exchange': { isolation, config: { everyMs: 200, ...exchange } } }
  return closing(createNode({ cwd: project.cwd, ...QUIET, listen: ['ws://127.0.0.1:0'], threads, ...options }))
}

/** A project with the thread. */
export function withExchange(): Project {
  const project = createProject()
  cpSync(EXCHANGE, join(project.cwd, 'threads-available/peer-exchange'), { recursive: true })
  project.link('peer-exchange', 'threads-available/peer-exchange')
  return project
}

/** A node that has nothing but what the test does with it. */
export function startPlain(options: ConfigInput = {}): Promise<P2pNode> {
  return closing(createNode({ cwd: createProject().cwd, ...QUIET, ...options }))
}

/** The peers at the sockets of a node. */
export const peersOf = (node: P2pNode): string[] => node.sockets.map(({ peerId = '' }) => peerId).sort()

interface Answer {
  readonly peers: readonly { readonly id: string; readonly addresses: readonly string[] }[]
}

/** Whom a peer names. */
export const peersFrom = async (node: P2pNode, socket: P2pSocket): Promise<Answer['peers']> =>
  ((await node.request(socket, 'get_peers', {})) as Answer).peers

/** Claims addresses; gives those that are believed, or a code. */
export function claim(node: P2pNode, socket: P2pSocket, addresses: unknown): Promise<unknown> {
  const reachedOf = (answer: unknown): unknown => (answer as { reached: unknown }).reached
  return node.request(socket, 'my_addresses', { addresses }).then(reachedOf, errorCode)
}

/** Counts who connects; speaks no word. */
export async function startVictim(): Promise<{ readonly port: number; readonly connections: () => number }> {
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

/** Between two looks at what tells of no event. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A hub that dials nobody of its own accord, and one that claims what the test says. */
export async function startHub(
  exchange: object = {},
  options: Running = {}
): Promise<readonly [P2pNode, P2pNode, P2pSocket]> {
  const hub = await start({ exchange: { target: 0, claimMs: 0, ...exchange }, ...options })
  const peer = await startPlain({ listen: ['ws://127.0.0.1:0'] })
  return [hub, peer, await peer.connect(addressOf(hub))]
}

/** What an answer says of a node. */
export const named = (node: P2pNode): object => ({ id: idOf(node), addresses: [pinned(node)] })
