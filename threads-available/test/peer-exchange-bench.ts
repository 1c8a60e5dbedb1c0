import { createTestKit } from '@trustp2p/testing'
import { generateKeyPairSync } from 'node:crypto'
import { formatPeerId, P2pError } from 'trustp2p'
import type { ConnectOptions, KnownPeer, P2pSocket, ThreadBootstrap, ThreadNode } from 'trustp2p'
import PeerExchange from '../peer-exchange'
import { REFUSING, runThreads } from './run-thread'
import { SocketDouble } from './socket-double'

/** The peer id of nobody. */
export function newId(): string {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  return formatPeerId(Buffer.from(x, 'base64url'))
}

/** The node's own. */
export const SELF = newId()

const open: ThreadBootstrap[] = []

/** Stops the threads of a test. Call it in afterEach. */
export async function stopAll(): Promise<void> {
  for (const bootstrap of open.splice(0)) await bootstrap.stop()
}

/** A peer that proves itself, and answers as told. */
export class Peer extends SocketDouble {
  override readonly peerId: string
  /** What it answers. */
  answers: Readonly<Record<string, (body: unknown) => unknown>> = {}
  readonly asked: string[] = []

  constructor(
    id: string,
    { host = '203.0.113.1', peerId = newId(), ...options }: { host?: string; inbound?: boolean; peerId?: string } = {}
  ) {
    super(id, { host, ...options })
    this.peerId = peerId
  }
}

interface Dialled {
  readonly how: 'connect' | 'reach'
  readonly url: string
  readonly hosts: ConnectOptions['hosts']
  readonly at: number
}

interface World {
  readonly config?: object
  readonly addresses?: readonly string[]
  readonly known?: readonly Partial<KnownPeer>[]
  /** How long the book takes to say what it knows, in ms. */
  readonly listMs?: number
  /** How long each dial takes, in ms, and how it ends. */
  readonly dialMs?: number
  readonly reaches?: boolean
}

/** The thread alone, in a world whose hosts are anywhere, on virtual time. */
export async function createBench(world: World = {}) {
  const { config = {}, addresses = [], known = [], listMs = 0, dialMs = 0, reaches = false } = world
  const kit = createTestKit()
  const sockets: Peer[] = []
  const dials: Dialled[] = []
  const queries: unknown[] = []
  const threads: PeerExchange[] = []
  const wait = (ms: number): Promise<void> =>
    ms === 0 ? Promise.resolve() : new Promise((resolve) => kit.clock.setTimeout(() => resolve(), ms))
  const dial = async (how: Dialled['how'], url: string, { hosts }: ConnectOptions = {}): Promise<never> => {
    dials.push({ how, url, hosts, at: kit.clock.now() })
    await wait(dialMs)
    if (!reaches) throw new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_FAILED', 'nobody listens there')
    return undefined as never
  }
  const node: ThreadNode = {
    ...REFUSING,
    id: SELF,
    addresses,
    get sockets() {
      return sockets.filter(({ state }) => state === 'open')
    },
    request: async (socket: P2pSocket, event: unknown, body: unknown): Promise<never> => {
      const peer = sockets.find(({ id }) => id === socket.id)
      peer?.asked.push(String(event))
      return (await peer?.answers[String(event)]?.(body)) as never
    },
    peers: {
      list: async (query) => {
        queries.push(query)
        await wait(listMs)
        return known as KnownPeer[]
      },
      get: REFUSING.peers.get
    },
    connect: (url, options) => dial('connect', url, options),
    reach: (url, options) => dial('reach', url, options)
  }
  class Watched extends PeerExchange {
    override start(): void {
      threads.push(this)
      super.start()
    }
  }
  const running = await runThreads({ 'peer-exchange': Watched }, { kit, node, config })
  open.push(running.threads)
  const [thread] = threads
  if (thread === undefined) throw new Error('the thread does not run')
  const join = (options: ConstructorParameters<typeof Peer>[1] = {}, answers: Peer['answers'] = {}): Peer => {
    const peer = new Peer(`p${sockets.length}`, options)
    peer.answers = answers
    sockets.push(peer)
    return peer
  }
  return { kit, thread, join, sockets, dials, queries }
}

/** A peer of the book. */
export function knownAt(
  addresses: readonly string[],
  host = '203.0.113.9'
): Partial<KnownPeer> & { readonly id: string } {
  return { id: newId(), addresses, host }
}
