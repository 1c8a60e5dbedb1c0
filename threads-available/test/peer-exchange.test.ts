import { createTestKit } from '@trustp2p/testing'
import { P2pError, ThreadBootstrap, createThreadList, formatPeerId } from 'trustp2p'
import type { ConnectOptions, KnownPeer, P2pSocket, ThreadNode } from 'trustp2p'
import { generateKeyPairSync } from 'node:crypto'
import PeerExchange from '../peer-exchange'
import { SocketDouble } from './socket-double'

function newId(): string {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  return formatPeerId(Buffer.from(x, 'base64url'))
}

const SELF = newId()

const open: ThreadBootstrap[] = []
afterEach(async () => {
  for (const bootstrap of open.splice(0)) await bootstrap.stop()
})

/** A peer that proves itself, and answers as told. */
class Peer extends SocketDouble {
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
async function createBench(world: World = {}) {
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
  const refuse = (): never => {
    throw new Error('this thread does no such thing')
  }
  const node: ThreadNode = {
    id: SELF,
    server: null,
    client: null,
    addresses,
    get sockets() {
      return sockets.filter(({ state }) => state === 'open')
    },
    request: async (socket: P2pSocket, event: unknown, body: unknown): Promise<never> => {
      const peer = sockets.find(({ id }) => id === socket.id)
      peer?.asked.push(String(event))
      return (await peer?.answers[String(event)]?.(body)) as never
    },
    talk: refuse,
    broadcast: refuse,
    peers: {
      list: async (query) => {
        queries.push(query)
        await wait(listMs)
        return known as KnownPeer[]
      },
      get: refuse
    },
    connect: (url, options) => dial('connect', url, options),
    reach: (url, options) => dial('reach', url, options),
    sign: refuse,
    verify: refuse
  }
  class Watched extends PeerExchange {
    override start(): void {
      threads.push(this)
      super.start()
    }
  }
  const times = { startTimeoutMs: 0, stopTimeoutMs: 0, drainTimeoutMs: 0, handlerTimeoutMs: 0, restart: {}, quotas: {} }
  const bootstrap = new ThreadBootstrap({
    source: createThreadList({ 'peer-exchange': Watched }),
    kit,
    node,
    settings: () => ({ ...times, config }),
    events: {
      emit: () => undefined,
      moved: () => undefined,
      critical: () => undefined,
      warning: () => undefined,
      on: () => () => undefined
    }
  })
  await bootstrap.start()
  open.push(bootstrap)
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
function knownAt(addresses: readonly string[], host = '203.0.113.9'): Partial<KnownPeer> & { readonly id: string } {
  return { id: newId(), addresses, host }
}

const toldOf = (peers: readonly { readonly addresses: readonly string[] }[]): string[] =>
  peers.flatMap(({ addresses }) => addresses.map((url) => url.replace(/\/\/.*@/, '//')))

describe('T23 what an asker is told', () => {
  const BOOK = [
    ...['ws://127.0.0.1:1', 'ws://[::1]:2', 'ws://localhost:3', 'ws://[::ffff:127.0.0.1]:4'],
    ...['tcp://10.0.0.1:5', 'tcp://[fd00::1]:6', 'tcp://[fe80::1]:7', 'tcp://[::ffff:192.168.0.1]:8'],
    ...['wss://198.51.100.1:9', 'wss://[2001:db8::1]:10', 'wss://peer.example/p2p']
  ]
  const [LOOPBACK, PRIVATE, PUBLIC] = [BOOK.slice(0, 4), BOOK.slice(4, 8), BOOK.slice(8)]

  it.each([
    ['127.0.0.1', true, [...LOOPBACK, ...PRIVATE, ...PUBLIC]],
    ['::1', false, [...LOOPBACK, ...PRIVATE, ...PUBLIC]],
    ['localhost', true, [...LOOPBACK, ...PRIVATE, ...PUBLIC]],
    ['192.168.7.7', true, [...PRIVATE, ...PUBLIC]],
    ['::ffff:10.0.0.9', true, [...PRIVATE, ...PUBLIC]],
    ['203.0.113.1', true, PUBLIC],
    ['2001:db8::5', false, PUBLIC],
    ['0.0.0.0', true, PUBLIC],
    ['peer.example', false, PUBLIC]
  ])('%s, inbound %s, hears of what it can reach', async (host, inbound, expected) => {
    const known = BOOK.map((url) => knownAt([url]))
    const { thread, join } = await createBench({ known, config: { target: 0 } })
    const { peers } = await thread.onGetPeers(join({ host, inbound }))
    expect(toldOf(peers)).toEqual(expected)
    expect(peers.every(({ id, addresses }) => addresses.every((url) => url.includes(`//${id}@`)))).toBe(true)
  })

  it('is not itself, not this node, and no address with a query or a path to a file', async () => {
    const asker = newId()
    const odd = ['ws://a.example/?key=1', 'unix:///tmp/a', 'ws://a.example/#b', `ws://a.example/${'a'.repeat(300)}`]
    const known = [
      { ...knownAt(['ws://198.51.100.1:1']), id: asker },
      { ...knownAt(['ws://198.51.100.1:2']), id: SELF },
      knownAt(odd),
      knownAt([...odd, 'ws://198.51.100.1:3'])
    ]
    const { thread, join } = await createBench({ known, config: { target: 0 } })
    expect(toldOf((await thread.onGetPeers(join({ peerId: asker }))).peers)).toEqual(['ws://198.51.100.1:3'])
  })

  it('is at most 32 peers, of 4 addresses each, of those that the book spreads over their hosts', async () => {
    const five = [1, 2, 3, 4, 5].map((port) => `ws://198.51.100.1:${port}`)
    for (const count of [32, 33]) {
      const known = Array.from({ length: count }, () => knownAt(five))
      const { thread, join, queries } = await createBench({ known, config: { target: 0 } })
      const { peers } = await thread.onGetPeers(join())
      expect(peers.map(({ addresses }) => addresses.length)).toEqual(Array(32).fill(4))
      expect(queries).toEqual([{ dialable: true, spread: true, limit: 256 }])
    }
  })

  it('costs a twentieth of the time at most, however often it is asked', async () => {
    const { kit, thread, join, queries } = await createBench({ listMs: 100, config: { target: 0 } })
    const asker = join()
    const flood = Promise.all(Array.from({ length: 50 }, () => thread.onGetPeers(asker)))
    await kit.clock.advanceAsync(100)
    await flood
    const asked: number[] = []
    for (const ms of [1_999, 1]) {
      await kit.clock.advanceAsync(ms)
      void thread.onGetPeers(asker)
      asked.push(queries.length)
    }
    expect(asked).toEqual([1, 2])
    await kit.clock.advanceAsync(100)
  })
})

describe('T23 who is dialled for an answer', () => {
  const PEERS = Array.from({ length: 100 }, (_, at) => ({ id: newId(), addresses: [`ws://198.51.100.1:${at + 1}`] }))
  const answers = { get_peers: () => ({ peers: PEERS }) }

  it.each([
    ['203.0.113.1', ['public']],
    ['192.168.7.7', ['private', 'public']],
    ['127.0.0.1', ['loopback', 'private', 'public']]
  ])('of %s is of these hosts alone', async (host, hosts) => {
    const { kit, join, dials } = await createBench()
    join({ host }, answers)
    await kit.clock.advanceAsync(1)
    expect(dials.map((dial) => [dial.how, dial.hosts])).toEqual(Array(4).fill(['connect', hosts]))
  })

  it('of the book is no nearer than they were met', async () => {
    const known = [knownAt(['ws://name.example'], '203.0.113.9'), knownAt(['ws://10.0.0.1'], '10.0.0.1')]
    const { kit, dials } = await createBench({ known })
    await kit.clock.advanceAsync(1)
    expect(dials.map(({ hosts }) => hosts)).toEqual([['public'], ['private', 'public']])
  })

  it('is 4 for each answer, 3 askers and 32 in all between two rounds', async () => {
    const { kit, join, dials } = await createBench({ config: { target: 1_000, everyMs: 60_000 } })
    const round = async (): Promise<number> => {
      const before = dials.length
      await kit.clock.advanceAsync(66_000)
      return dials.length - before
    }
    join({ host: '203.0.113.0' }, answers)
    await kit.clock.advanceAsync(1)
    expect(dials).toHaveLength(4)
    for (let at = 1; at < 8; at++) join({ host: `203.0.113.${at}` }, answers)
    expect(await round()).toBe(12)
  })

  it('is 32 in all between two rounds, whoever comes', async () => {
    const { kit, thread, join, dials } = await createBench({ config: { target: 1_000 } })
    await kit.clock.advanceAsync(1)
    for (let at = 0; at < 20; at++) {
      thread.onSocketConnection(join({ host: `203.0.113.${at}` }, answers))
      await kit.clock.advanceAsync(1)
      expect(dials).toHaveLength(Math.min(32, 4 * (at + 1)))
    }
  })

  it('is a place once for all peers of a host, and once more for those of another', async () => {
    const place = { peers: PEERS.map(({ id }) => ({ id, addresses: ['ws://198.51.100.1:1'] })) }
    const { kit, thread, join, dials } = await createBench({ config: { everyMs: 600_000 } })
    await kit.clock.advanceAsync(1)
    for (const host of ['203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.2']) {
      thread.onSocketConnection(join({ host }, { get_peers: () => place }))
      await kit.clock.advanceAsync(1)
    }
    expect(dials).toHaveLength(2)
  })

  it.each([
    ['ws://198.51.100.1', 'tcp://198.51.100.1:80', 'wss://198.51.100.1:0080', 'tls://198.51.100.1.:80'],
    ['ws://[2001:db8::1]:5', 'ws://[2001:DB8:0::1]:5', 'tcp://[2001:db8:0:0::0:1]:00005/a'],
    ['ws://peer.example:5', 'ws://Peer.Example.:5']
  ])('is one place however it is written, such as %s', async (...urls) => {
    const told = { peers: urls.map((url) => ({ id: newId(), addresses: [url] })) }
    const { kit, join, dials } = await createBench()
    join({}, { get_peers: () => told })
    await kit.clock.advanceAsync(1)
    expect(dials).toHaveLength(1)
  })

  it('is left alone for 10 minutes where it was not reached', async () => {
    const one = { get_peers: () => ({ peers: PEERS.slice(0, 1) }) }
    const { kit, thread, join, dials } = await createBench({ config: { everyMs: 1_000_000 } })
    const peer = join({}, one)
    await kit.clock.advanceAsync(1)
    const after = async (ms: number): Promise<number> => {
      await kit.clock.advanceAsync(ms)
      thread.onSocketConnection(peer)
      await kit.clock.advanceAsync(0)
      return dials.length
    }
    expect([await after(599_999), await after(1)]).toEqual([1, 2])
  })

  it('is passed over once an answer has taken 20 s', async () => {
    const { kit, join, dials } = await createBench({ dialMs: 10_000, config: { everyMs: 1_000_000 } })
    join({}, answers)
    await kit.clock.advanceAsync(60_000)
    expect(dials.map(({ at }) => at)).toEqual([1, 10_001])
  })

  it('waits for no more than 4 answers at once, one of each socket', async () => {
    const silent = { get_peers: () => new Promise<never>(() => undefined) }
    const { kit, thread, join } = await createBench({ config: { everyMs: 1_000_000 } })
    await kit.clock.advanceAsync(1)
    const first = join({}, silent)
    for (let at = 0; at < 3; at++) thread.onSocketConnection(first)
    await kit.clock.advanceAsync(1)
    expect(first.asked).toEqual(['get_peers'])
    const peers = Array.from({ length: 4 }, () => join({}, silent))
    for (const peer of peers) thread.onSocketConnection(peer)
    await kit.clock.advanceAsync(1)
    expect(peers.map(({ asked }) => asked.length)).toEqual([1, 1, 1, 0])
  })
})

describe('T23 how many peers are enough', () => {
  it.each([
    [8, 0, 8, false],
    [8, 0, 7, true],
    [8, 4, 4, false],
    [8, 100, 4, false],
    [8, 100, 3, true],
    [8, 3, 4, true],
    [1, 100, 0, true],
    [1, 0, 1, false],
    [0, 0, 0, false]
  ])(
    'of %i wanted, %i that came and %i that were dialled: asks for more is %s',
    async (target, came, dialled, asks) => {
      const { kit, join, sockets } = await createBench({ config: { target } })
      for (let at = 0; at < came; at++) join({ inbound: true })
      for (let at = 0; at < dialled; at++) join({ inbound: false })
      await kit.clock.advanceAsync(1)
      expect(sockets.some(({ asked }) => asked.includes('get_peers'))).toBe(asks)
    }
  )
})

describe('T23 what is claimed', () => {
  function claim(thread: PeerExchange, socket: Peer, addresses: readonly string[]) {
    const codes: string[] = []
    const fail = (code: string): void => void codes.push(code)
    const message = { body: { addresses }, signal: new AbortController().signal, fail }
    return thread.onMyAddresses(socket, message as never).then((answer) => answer?.reached ?? codes[0])
  }

  it.each([
    [{ host: '203.0.113.1' }, {}, ['203.0.113.1']],
    [{ host: '203.0.113.1', inbound: false }, {}, ['203.0.113.1']],
    [{ host: 'localhost' }, {}, ['localhost']],
    [{ host: 'unix' }, {}, ['loopback']],
    [{ host: 'peer.example', inbound: false }, {}, ['peer.example']],
    [{ host: '203.0.113.1' }, { anyHost: true }, ['public']],
    [{ host: '10.0.0.1' }, { anyHost: true }, ['private', 'public']]
  ])('by %j with %j is dialled on these hosts alone', async (socket, config, hosts) => {
    const { thread, join, dials } = await createBench({ config: { target: 0, ...config } })
    expect(await claim(thread, join(socket), ['ws://198.51.100.1:1'])).toEqual([])
    expect(dials.map((dial) => [dial.how, dial.hosts])).toEqual([['reach', hosts]])
  })

  it('is dialled with the id of who claims, and not again for freshMs', async () => {
    const { kit, thread, join, dials } = await createBench({ reaches: true, config: { target: 0, freshMs: 20_000 } })
    const peer = join()
    const url = 'ws://203.0.113.1:1'
    for (const [ms, count] of [
      [0, 1],
      [19_999, 1],
      [10_001, 2]
    ] as const) {
      await kit.clock.advanceAsync(ms)
      expect(await claim(thread, peer, [url])).toEqual([url])
      expect(dials).toHaveLength(count)
    }
    expect(dials[0]?.url).toBe(`ws://${peer.peerId}@203.0.113.1:1`)
  })

  it('is taken again after claimMs, and no sooner', async () => {
    const { kit, thread, join } = await createBench({ reaches: true, config: { target: 0 } })
    const peer = join()
    const codes: unknown[] = []
    for (const ms of [0, 9_999, 1]) {
      await kit.clock.advanceAsync(ms)
      codes.push(await claim(thread, peer, []))
    }
    expect(codes).toEqual([[], 'PEERS_CLAIM_TOO_SOON', []])
  })

  it('is passed over once the claim has taken 20 s', async () => {
    const { kit, thread, join, dials } = await createBench({ dialMs: 10_000, config: { target: 0 } })
    const claimed = claim(
      thread,
      join(),
      [1, 2, 3, 4].map((port) => `ws://203.0.113.1:${port}`)
    )
    await kit.clock.advanceAsync(60_000)
    expect(await claimed).toEqual([])
    expect(dials).toHaveLength(2)
  })

  it('is what the setting says, in place of where the node listens', async () => {
    const told: unknown[] = []
    const places = ['wss://node.example/p2p', 'tcp://10.0.0.1:1']
    const { kit, join } = await createBench({ addresses: ['ws://203.0.113.9:1'], config: { addresses: places } })
    join({}, { my_addresses: (body) => void told.push(body) })
    await kit.clock.advanceAsync(1)
    expect(told).toEqual([{ addresses: places.map((url) => url.replace('://', `://${SELF}@`)) }])
  })

  it('is told again, at most 4 times, where the peer is busy, and so at a later look', async () => {
    const busy = (): never => {
      throw Object.assign(new Error('busy'), { code: 'PEERS_BUSY' })
    }
    const { kit, join } = await createBench({ addresses: ['ws://0.0.0.0:1'] })
    const peer = join({}, { my_addresses: busy, get_peers: () => ({ peers: [] }) })
    await kit.clock.advanceAsync(50_000)
    expect(peer.asked.filter((event) => event === 'my_addresses')).toHaveLength(4)
    expect(peer.asked.at(-1)).toBe('get_peers')
    await kit.clock.advanceAsync(66_000)
    expect(peer.asked.filter((event) => event === 'my_addresses')).toHaveLength(8)
  })

  it('is forgotten for others after 1,000', async () => {
    const { thread, join } = await createBench({ config: { target: 0 } })
    const [first, second] = [join(), join()]
    const answers: unknown[] = []
    for (const peer of [first, second]) await claim(thread, peer, [])
    for (let at = 0; at < 998; at++) await claim(thread, join(), [])
    answers.push(await claim(thread, first, []))
    await claim(thread, join(), [])
    answers.push(await claim(thread, second, []), await claim(thread, first, []))
    expect(answers).toEqual(['PEERS_CLAIM_TOO_SOON', 'PEERS_CLAIM_TOO_SOON', []])
  })
})
