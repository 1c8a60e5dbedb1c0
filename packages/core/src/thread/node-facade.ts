import type { ContractEvent } from '../contract/contract'
import { P2pError } from '../errors'
import { PackageType } from '../wire/package'
import type { EventPatterns } from './event-patterns'
import type { P2pSocket } from '../driver/socket'
import type { BroadcastOptions, BroadcastResult, ConnectOptions, RequestOptions, TalkOptions } from '../deliver/options'
import type { SignedStatement, Statement } from '../identity/statement'
import type { EventLike } from '../deliver/typed-traffic'
import type { KnownPeer, PeerQuery } from '../peers/known-peer'

/** What a node remembers of peers, as threads see it: they read it. */
export interface ThreadPeers {
  /** The peers and hosts that the node knows, or those that are wanted, those met last first: a snapshot. */
  list(query?: PeerQuery): Promise<KnownPeer[]>
  /** What is known of one; undefined where nothing is. Rejects with ERR_TRUSTP2P_RULE_INVALID for what names nobody. */
  get(peer: string): Promise<KnownPeer | undefined>
}

/** The node as a thread sees it: a shape that could stand on the other side of a port. */
export interface ThreadNode {
  /** Its peer id: who it is to those that it proves itself to; undefined where `auth` is off. */
  readonly id: string | undefined
  /** This node, where it listens; else null. */
  readonly server: ThreadNode | null
  /** This node, where it dials; else null. */
  readonly client: ThreadNode | null
  /** What the node really listens on. */
  readonly addresses: readonly string[]
  /** A snapshot of the open sockets. */
  readonly sockets: readonly P2pSocket[]
  /** What it remembers of peers. */
  readonly peers: ThreadPeers
  /**
   * Gives the socket to an address, or to the peer that it names, and dials it where there is none: as `connect` of a
   * node.
   */
  connect(url: string, options?: ConnectOptions): Promise<P2pSocket>
  /**
   * Finds out whether a peer is where an address says, `ws://<peer id>@host:port`; the node remembers it then. Rejects as
   * `connect` where it is not, with ERR_TRUSTP2P_PROOF_WRONG_PEER where another peer answers, and with a TypeError where
   * the address names nobody. As `reach` of a node.
   */
  reach(url: string, options?: ConnectOptions): Promise<void>
  /** Asks the peer and gives its answer's body, of the type that the contract says where the event is that of one. */
  request<Request, Response>(
    socket: P2pSocket,
    event: ContractEvent<Request, Response>,
    body: Request,
    options?: RequestOptions
  ): Promise<Response>
  /** Asks the peer and gives its answer's body. */
  request(socket: P2pSocket, event: string, body?: unknown, options?: RequestOptions): Promise<unknown>
  /** Tells the peer. Gives false when the socket's queue is above its high-water mark. */
  talk<Request>(socket: P2pSocket, event: ContractEvent<Request>, body: Request, options?: TalkOptions): boolean
  /** Tells the peer. Gives false when the socket's queue is above its high-water mark. */
  talk(socket: P2pSocket, event: string, body?: unknown, options?: TalkOptions): boolean
  /** Asks or tells several peers at once. */
  broadcast<Request, Response>(
    event: ContractEvent<Request, Response>,
    body: Request,
    options?: BroadcastOptions
  ): Promise<readonly BroadcastResult<Response>[]>
  /** Asks or tells several peers at once. */
  broadcast(event: string, body?: unknown, options?: BroadcastOptions): Promise<readonly BroadcastResult[]>
  /**
   * Signs a statement with the identity of the node; gives the signature in base64. It is no proof of the node's
   * protocol, and fits no other purpose. Rejects with ERR_TRUSTP2P_IDENTITY_OFF where `auth` is off.
   */
  sign(statement: Statement): Promise<string>
  /** Tells whether a peer has signed a statement: false also for a peer id or a signature that is none. */
  verify(statement: SignedStatement): Promise<boolean>
}

/**
 * The node as a thread sees it that said what it sends: other events are refused with
 * ERR_TRUSTP2P_THREAD_EVENT_UNDECLARED before anything is sent. Without `sends` it is the node itself.
 */
export function declaredNode(node: ThreadNode, thread: string, sends: EventPatterns | undefined): ThreadNode {
  if (sends === undefined) return node
  const assert = (type: number, event: string): void => {
    if (sends.includes(type, event)) return
    const text = `the thread ${thread} does not declare '${event}' of type ${type} under 'sends' in its manifest`
    throw new P2pError('ERR_TRUSTP2P_THREAD_EVENT_UNDECLARED', `${text}; name it there`)
  }
  const untyped: UntypedNode = node
  const declared: ThreadNode = {
    get id() {
      return node.id
    },
    get server() {
      return node.server && declared
    },
    get client() {
      return node.client && declared
    },
    get addresses() {
      return node.addresses
    },
    get sockets() {
      return node.sockets
    },
    get peers() {
      return node.peers
    },
    connect: (url, options) => node.connect(url, options),
    reach: (url, options) => node.reach(url, options),
    async request(socket: P2pSocket, event: EventLike, body?: unknown, options?: RequestOptions): Promise<never> {
      assert(options?.type ?? PackageType.REQUEST, nameOf(event))
      return (await untyped.request(socket, event, body, options)) as never
    },
    talk(socket: P2pSocket, event: EventLike, body?: unknown, options?: TalkOptions): boolean {
      assert(options?.type ?? PackageType.TALK, nameOf(event))
      return untyped.talk(socket, event, body, options)
    },
    async broadcast(event: EventLike, body?: unknown, options?: BroadcastOptions): Promise<never> {
      assert(options?.type ?? PackageType.REQUEST, nameOf(event))
      return (await untyped.broadcast(event, body, options)) as never
    },
    sign: (statement) => node.sign(statement),
    verify: (statement) => node.verify(statement)
  }
  return Object.freeze(declared)
}

/** The same node for who hands on events and bodies of which it knows nothing. */
interface UntypedNode {
  request(socket: P2pSocket, event: EventLike, body: unknown, options: RequestOptions | undefined): Promise<unknown>
  talk(socket: P2pSocket, event: EventLike, body: unknown, options: TalkOptions | undefined): boolean
  broadcast(event: EventLike, body: unknown, options: BroadcastOptions | undefined): Promise<unknown>
}

function nameOf(event: EventLike): string {
  return typeof event === 'string' ? event : event.event
}
