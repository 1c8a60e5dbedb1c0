import type { BroadcastOptions, ConnectOptions, RequestOptions, TalkOptions } from './deliver/options'
import type { EventLike } from './deliver/typed-traffic'
import type { P2pSocket } from './driver/socket'
import type { SignedStatement, Statement } from './identity/statement'
import type { NodePeers, PeerQuery } from './peers/known-peer'
import type { ThreadNode, ThreadPeers } from './thread/node-facade'

/** What of a node its threads see; the types of events and bodies are the business of who calls. */
export interface ViewedNode {
  readonly id: string | undefined
  readonly addresses: readonly string[]
  readonly sockets: readonly P2pSocket[]
  readonly peers: Pick<NodePeers, 'list' | 'get'>
  connect(url: string, options?: ConnectOptions): Promise<P2pSocket>
  reach(url: string, options?: ConnectOptions): Promise<void>
  request(socket: P2pSocket, event: EventLike, body?: unknown, options?: RequestOptions): Promise<unknown>
  talk(socket: P2pSocket, event: EventLike, body?: unknown, options?: TalkOptions): boolean
  broadcast(event: EventLike, body?: unknown, options?: BroadcastOptions): Promise<unknown>
  sign(statement: Statement): Promise<string>
  verify(statement: SignedStatement): Promise<boolean>
}

/** The node as its threads see it: what could stand on the other side of a port. */
export function createThreadView(node: ViewedNode, plays: { listens: boolean; dials: boolean }): ThreadNode {
  // What throws in the node rejects here: a call of a thread may cross a port.
  const peers: ThreadPeers = Object.freeze({
    list: (query?: PeerQuery) => Promise.resolve().then(() => node.peers.list(query)),
    get: (peer: string) => Promise.resolve().then(() => node.peers.get(peer))
  })
  const view: ThreadNode = {
    get id() {
      return node.id
    },
    get server() {
      return plays.listens ? view : null
    },
    get client() {
      return plays.dials ? view : null
    },
    get addresses() {
      return node.addresses
    },
    get sockets() {
      return node.sockets
    },
    peers,
    connect: (url, options) => node.connect(url, options),
    reach: (url, options) => node.reach(url, options),
    request: (socket: P2pSocket, event: EventLike, body?: unknown, options?: RequestOptions) =>
      node.request(socket, event, body, options) as Promise<never>,
    talk: (socket: P2pSocket, event: EventLike, body?: unknown, options?: TalkOptions) =>
      node.talk(socket, event, body, options),
    broadcast: (event: EventLike, body?: unknown, options?: BroadcastOptions) =>
      node.broadcast(event, body, options) as Promise<never>,
    sign: (statement) => node.sign(statement),
    verify: (statement) => node.verify(statement)
  }
  return Object.freeze(view)
}
