import { P2pError } from '../../errors'
import { assertRequestType, assertTalkType, assertTimeout } from '../../deliver/assert-options'
import { assertDialled, assertHosts } from '../../deliver/dial-hosts'
import type {
  AskOptions,
  BroadcastOptions,
  BroadcastResult,
  ConnectOptions,
  RequestOptions,
  TalkOptions
} from '../../deliver/options'
import type { EventLike } from '../../deliver/typed-traffic'
import type { P2pSocket } from '../../driver/socket'
import { statementText } from '../../identity/statement'
import type { SignedStatement, Statement } from '../../identity/statement'
import type { KnownPeer } from '../../peers/known-peer'
import { readPeerQuery } from '../../peers/peer-query'
import { PackageType } from '../../wire/package'
import { isCarriedError, restoreError } from './carried-error'
import { carriedBody } from './guest-contracts'
import type { GuestContracts } from './guest-contracts'
import type { GuestLine } from './guest-line'
import type { CarriedBody, CarriedOptions, NodeFacts, SocketFacts } from './protocol'
import { SocketView } from './socket-view'
import type { ThreadNode, ThreadPeers } from '../node-facade'

/** The node as a thread in a room sees it. */
export class GuestNode implements ThreadNode {
  /** What the node remembers is in the node. */
  readonly peers: ThreadPeers = {
    list: async (query = {}) => {
      const asked = { kind: 'peers', query: readPeerQuery(query) } as const
      return (await this.#line.ask(asked, 0)) as KnownPeer[]
    },
    get: async (peer: unknown) => {
      const asked = { kind: 'peer', peer: String(peer) } as const
      return (await this.#line.ask(asked, asked.peer.length)) as KnownPeer | undefined
    }
  }
  readonly #line: GuestLine
  readonly #facts: NodeFacts
  readonly #contracts: GuestContracts
  #addresses: readonly string[]

  constructor(line: GuestLine, facts: NodeFacts, contracts: GuestContracts) {
    this.#line = line
    this.#contracts = contracts
    this.#facts = facts
    this.#addresses = facts.addresses
    for (const socket of facts.sockets) line.sockets.gain(socket)
  }

  get id(): string | undefined {
    return this.#facts.id
  }

  get server(): ThreadNode | null {
    return this.#facts.listens ? this : null
  }

  get client(): ThreadNode | null {
    return this.#facts.dials ? this : null
  }

  get addresses(): readonly string[] {
    return this.#addresses
  }

  get sockets(): readonly P2pSocket[] {
    return this.#line.sockets.open.filter(({ state }) => state === 'open')
  }

  /** The node listens elsewhere now. */
  moved(addresses: readonly string[]): void {
    this.#addresses = addresses
  }

  async connect(url: string, options: ConnectOptions = {}): Promise<P2pSocket> {
    return this.#line.sockets.see((await this.#dial(url, options, false)) as SocketFacts)
  }

  async reach(url: string, options: ConnectOptions = {}): Promise<void> {
    await this.#dial(url, options, true)
  }

  async request(socket: P2pSocket, event: EventLike, body?: unknown, options: RequestOptions = {}): Promise<never> {
    assertRequestType(options.type ?? PackageType.REQUEST)
    const { id } = viewOf(socket)
    const written = this.#write(event, body)
    const asked = { kind: 'request', socket: id, event: written.event, body: written.body } as const
    return (await this.#line.ask({ ...asked, options: optionsOf(options) }, written.size, options.signal)) as never
  }

  talk(socket: P2pSocket, event: EventLike, body?: unknown, options: TalkOptions = {}): boolean {
    const type = options.type ?? PackageType.TALK
    assertTalkType(type)
    const view = viewOf(socket)
    if (view.state !== 'open') {
      throw new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', `the socket to ${view.peer} is closed: connect again`)
    }
    const written = this.#write(event, body)
    const item = { kind: 'talk', socket: view.id, event: written.event, body: written.body, type } as const
    if (!this.#line.sendCounted(item, written.size)) {
      const text = `${this.#line.busy().message}; the talk was not sent`
      throw new P2pError('ERR_TRUSTP2P_LIMIT_SEND_QUEUE', text)
    }
    return !SocketView.isFull(view)
  }

  async broadcast(event: EventLike, body?: unknown, options: BroadcastOptions = {}): Promise<never[]> {
    const views = options.sockets === undefined ? undefined : [...options.sockets].map(viewOf)
    const written = this.#write(event, body)
    const asked = { kind: 'broadcast', sockets: views?.map(({ id }) => id), event: written.event } as const
    const order = { ...asked, body: written.body, options: optionsOf(options) }
    const results = await this.#line.ask(order, written.size, options.signal)
    return Array.isArray(results) ? results.map((result: unknown) => this.#resultOf(result) as never) : []
  }

  /** A signature is made where the key is: in the node. */
  async sign({ purpose, text }: Statement): Promise<string> {
    const { length } = statementText({ purpose, text })
    return (await this.#line.ask({ kind: 'sign', statement: { purpose, text } }, length)) as string
  }

  async verify({ peerId, signature, purpose, text }: SignedStatement): Promise<boolean> {
    const statement = { peerId, signature, purpose, text }
    const { length } = statementText(statement)
    return (await this.#line.ask({ kind: 'verify', statement }, length)) as boolean
  }

  async #dial(url: string, { hosts, signal }: ConnectOptions, probes: boolean): Promise<unknown> {
    assertDialled(url)
    if (hosts !== undefined) assertHosts(hosts)
    const asked = { kind: 'dial', url, hosts: hosts && [...hosts], probes } as const
    return this.#line.ask(asked, url.length, signal)
  }

  #resultOf(carried: unknown): BroadcastResult {
    const { socket, status, body, error } = carried as CarriedResult
    const view = this.#line.sockets.see(socket)
    if (status === 'sent') return { socket: view, status }
    if (status === 'answered') return { socket: view, status, body }
    const restored = isCarriedError(error) ? restoreError(error) : undefined
    if (restored instanceof P2pError) return { socket: view, status: 'failed', error: restored }
    throw new TypeError('the node gave a result that is none')
  }

  #write(event: EventLike, given: unknown): Written {
    const { event: name, body } = this.#contracts.write(event, given, this.#facts.bodyDepth)
    return { event: name, body: carriedBody(body), size: body.length }
  }
}

/** A body that is ready to cross, and what it counts. */
interface Written {
  readonly event: string
  readonly body: CarriedBody
  readonly size: number
}

/** A result of a broadcast as it crosses. */
export interface CarriedResult {
  readonly socket: NodeFacts['sockets'][number]
  readonly status: BroadcastResult['status']
  readonly body?: unknown
  readonly error?: unknown
}

function viewOf(socket: P2pSocket): SocketView {
  if (SocketView.is(socket)) return socket
  throw new TypeError('the first argument must be a P2pSocket of this node')
}

function optionsOf({ type, timeoutMs, coalesce, reroute }: AskOptions & RequestOptions): CarriedOptions {
  if (timeoutMs !== undefined) assertTimeout(timeoutMs)
  return {
    ...(type === undefined ? {} : { type }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    // What is no boolean is off, as in the node; and it might be what cannot be cloned.
    ...(coalesce === true && { coalesce }),
    ...(reroute === true && { reroute })
  }
}
