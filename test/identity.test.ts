import {
  createIdentity,
  createLog,
  createNode,
  createNodeKit,
  CP2pPackage,
  PackageType,
  rotateIdentity
} from 'trustp2p'
import type { ConfigInput, CreateOptions, P2pNode } from 'trustp2p'
import { Authority } from '../packages/core/test/driver/ws/certificates'
import { codeOf } from './code-of'
import { closing, createProject, disposeAll, disposeLater, until } from './project'
import type { Project } from './project'
import { regreet, Relay } from './relay'

const ECHO = 'module.exports = class { get eventMap() { return { 30: { echo: (_socket, { body }) => body } } } }'
const { crypto } = createNodeKit({ log: createLog({ level: 'silent' }) })

/** A greeting without proofs. */
const PLAIN = { noise: null, tls: null }

let authority: Authority
let project: Project

beforeAll(() => (authority = new Authority()))
afterAll(() => authority.dispose())
beforeEach(() => {
  project = createProject()
  project.thread('echo.js', ECHO)
})
afterEach(disposeAll)

const SCHEMES = ['tcp', 'ws', 'tls', 'wss'] as const
type Scheme = (typeof SCHEMES)[number]

let pair: ReturnType<Authority['issue']> | undefined

function drivers(): NonNullable<ConfigInput['drivers']> {
  pair ??= authority.issue()
  const tls = { ...pair, caFile: authority.caFile }
  return { tls, ws: { tls } }
}

async function start(name: string, options: Partial<CreateOptions> = {}): Promise<P2pNode> {
  return closing(createNode({ cwd: project.cwd, name, log: { level: 'silent' }, drivers: drivers(), ...options }))
}

const serve = (scheme: Scheme, options: Partial<CreateOptions> = {}): Promise<P2pNode> =>
  start('server', { listen: [`${scheme}://127.0.0.1:0`], ...options })

const addressOf = ({ addresses: [address = ''] }: P2pNode): string => address

const pinned = (address: string, peerId = ''): string => address.replace('://', `://${peerId}@`)

async function relayTo(server: P2pNode): Promise<Relay> {
  const relay = new Relay(drivers())
  disposeLater(() => relay.close())
  await relay.open(addressOf(server))
  return relay
}

function refusalOf(node: P2pNode): Promise<string> {
  return new Promise((resolve) => node.on('warning', ({ code }) => resolve(code)))
}

function closeOf(node: P2pNode): Promise<number> {
  return new Promise((resolve) => node.on('socket:close', (_socket, code) => resolve(code)))
}

describe.each(SCHEMES)('%s', (scheme) => {
  const overTls = scheme === 'tls' || scheme === 'wss'

  it('B6 proves both ends to each other before anything else is said', async () => {
    const server = await serve(scheme, { auth: 'required' })
    const client = await start('client', { auth: 'required' })
    const socket = await client.connect(addressOf(server))
    expect(socket).toMatchObject({ peerId: server.id, proof: overTls ? 'tls' : 'noise' })
    expect(await client.request(socket, 'echo', { a: 1 })).toEqual({ a: 1 })
    expect(await client.request(socket, 'echo', Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 2))
    expect(server.sockets[0]).toMatchObject({ peerId: client.id, proof: socket.proof })
    expect(client.id).not.toBe(server.id)
    expect(server.status()).toMatchObject({ id: server.id, sockets: [{ peerId: client.id }] })
  })

  it('connects to the peer that the address names', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const url = pinned(addressOf(server), server.id)
    const socket = await client.connect(url)
    expect(socket).toMatchObject({ url, peerId: server.id })
    expect(await client.connect(url)).toBe(socket)
  })

  it('refuses an impostor with another key before anything but the greeting was sent to it', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const relay = await relayTo(server)
    const other = createIdentity(crypto).peerId
    expect(await codeOf(client.connect(pinned(relay.address, other)))).toBe('ERR_TRUSTP2P_PROOF_WRONG_PEER')
    expect(relay.passages[0]?.frames.dialer).toHaveLength(1)
    expect(server.sockets).toEqual([])
    expect(client.sockets).toEqual([])
  })

  it('seals what a relay carries, TLS that ends at it included', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const relay = await relayTo(server)
    const socket = await client.connect(pinned(relay.address, server.id))
    expect(socket.proof).toBe('noise')
    expect(await client.request(socket, 'echo', 'a secret')).toBe('a secret')
    const said = Object.values(relay.passages[0]?.frames ?? {}).flat()
    expect(said.filter((frame) => Buffer.from(frame).includes('a secret'))).toEqual([])
    expect(said.length).toBeGreaterThan(5)
  })

  it('refuses a frame altered by a relay, and closes', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const relay = await relayTo(server)
    const closed = closeOf(client)
    relay.change = (frame, from, index) =>
      from === 'dialer' && index === 2 ? [Uint8Array.from(frame, (byte, at) => (at === 5 ? byte ^ 1 : byte))] : [frame]
    const socket = await client.connect(relay.address)
    const failed = new Promise((resolve) => server.on('socket:error', ({ code }) => resolve(code)))
    expect(await codeOf(client.request(socket, 'echo', 1))).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
    expect(await failed).toBe('ERR_TRUSTP2P_PROOF_SEAL_BROKEN')
    expect(await closed).toBe(1002)
    expect(server.status().counters.brokenSeals).toBe(1)
  })

  it('blames its host alone for what a relay altered, never the peer that it carries, at both ends', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const relay = await relayTo(server)
    for (const altered of ['dialer', 'listener'] as const) {
      relay.change = (frame, from, index) =>
        from === altered && index === 2 ? [Uint8Array.from(frame, (byte, at) => (at === 5 ? byte ^ 1 : byte))] : [frame]
      const socket = await client.connect(relay.address)
      expect(await codeOf(client.request(socket, 'echo', 1))).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
      await until(() => server.sockets.length === 0, 'no socket')
    }
    expect(server.peers.get(String(client.id))?.invalid).toBe(0)
    expect(client.peers.get(String(server.id))?.invalid).toBe(0)
    expect(server.peers.get('127.0.0.1')?.invalid).toBe(1)
  })

  it('refuses a frame that a relay repeats', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const relay = await relayTo(server)
    const closed = closeOf(client)
    relay.change = (frame, from, index) => (from === 'dialer' && index === 2 ? [frame, frame] : [frame])
    const socket = await client.connect(relay.address)
    await codeOf(client.request(socket, 'echo', 1))
    expect(await closed).toBe(1002)
  })

  it('refuses a greeting altered by a relay', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const relay = await relayTo(server)
    relay.change = (frame, _from, index) => [index === 0 ? regreet(frame, { frame_bytes: 99 }) : frame]
    expect(await codeOf(client.connect(relay.address))).toBe('ERR_TRUSTP2P_PROOF_FAILED')
    expect(server.sockets).toEqual([])
  })

  it('refuses a greeting of the dialer that was downgraded', async () => {
    const server = await serve(scheme)
    const client = await start('client', { limits: { greetingMs: 200 } })
    const relay = await relayTo(server)
    relay.change = (frame, from, index) => [from === 'dialer' && index === 0 ? regreet(frame, PLAIN) : frame]
    expect(await codeOf(client.connect(relay.address))).toBe('ERR_TRUSTP2P_PROOF_TIMEOUT')
    await until(() => server.sockets.length === 0, 'no socket')
  })

  it('refuses a greeting of the listener that was downgraded', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const relay = await relayTo(server)
    relay.change = (frame, from, index) => [from === 'listener' && index === 0 ? regreet(frame, PLAIN) : frame]
    const failed = new Promise((resolve) => client.on('socket:error', ({ code }) => resolve(code)))
    const closed = closeOf(client)
    expect((await client.connect(relay.address)).peerId).toBeUndefined()
    expect(await failed).toBe('ERR_TRUSTP2P_PROOF_FAILED')
    expect(await closed).toBe(1008)
    expect(server.sockets).toEqual([])
  })

  it('refuses who is stripped of proofs on both sides where proofs are required, or the address names the peer', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const relay = await relayTo(server)
    relay.change = (frame, _from, index) => [index === 0 ? regreet(frame, { noise: undefined, tls: undefined }) : frame]
    expect(await codeOf(client.connect(pinned(relay.address, server.id)))).toBe('ERR_TRUSTP2P_PROOF_MISSING')
    const strict = await start('strict', { auth: 'required' })
    expect(await codeOf(strict.connect(relay.address))).toBe('ERR_TRUSTP2P_PROOF_MISSING')
    // What optional cannot see.
    expect((await client.connect(relay.address)).peerId).toBeUndefined()
  })

  it('refuses a replayed challenge', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const relay = await relayTo(server)
    const first = await client.connect(relay.address)
    first.close()
    const recorded = relay.passages[0]?.frames.listener ?? []
    relay.change = (frame, from, index) => [from === 'listener' ? (recorded[index] ?? frame) : frame]
    const again = await start('again')
    expect(await codeOf(again.connect(relay.address))).toBe('ERR_TRUSTP2P_PROOF_FAILED')
  })

  it('delivers no frame that comes before the proof', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const relay = await relayTo(server)
    const early = CP2pPackage.encode({ type: PackageType.REQUEST, event: 'echo', body: 1, tag: 'x' })
    relay.change = (frame, from, index) => (from === 'dialer' && index === 0 ? [frame, early] : [frame])
    const refused = refusalOf(server)
    await codeOf(client.connect(relay.address))
    expect(await refused).toBe('ERR_TRUSTP2P_PROOF_MISSING')
    expect(server.sockets).toEqual([])
    expect(server.status().counters.failedProofs).toBe(1)
  })

  it('takes no answer from another socket', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const relay = await relayTo(server)
    const one = await client.connect(relay.address)
    const held: Uint8Array[] = []
    relay.change = (frame, from, index, passage) => {
      if (from === 'dialer' || index < 2) return [frame]
      if (passage === relay.passages[0]) return []
      held.push(frame)
      relay.passages[0]?.inject('dialer', frame)
      return []
    }
    const other = await start('other')
    const two = await other.connect(relay.address)
    const waiting = codeOf(client.request(one, 'echo', 1))
    void codeOf(other.request(two, 'echo', 2))
    expect(await waiting).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
    expect(held).toHaveLength(1)
    expect(client.status().counters.brokenSeals).toBe(1)
  })

  it('connects without a peer id to who proves nothing, and refuses that where proofs are required', async () => {
    const server = await serve(scheme, { auth: 'off' })
    const client = await start('client')
    const socket = await client.connect(addressOf(server))
    expect(socket).toMatchObject({ peerId: undefined, proof: undefined })
    expect(await client.request(socket, 'echo', 1)).toBe(1)
    expect(server.id).toBeUndefined()
    const strict = await start('strict', { auth: 'required' })
    expect(await codeOf(strict.connect(addressOf(server)))).toBe('ERR_TRUSTP2P_PROOF_MISSING')
  })

  it('closes who proves nothing with 1008 where proofs are required', async () => {
    const server = await serve(scheme, { auth: 'required' })
    const client = await start('client', { auth: 'off' })
    const closed = closeOf(client)
    const refused = refusalOf(server)
    await client.connect(addressOf(server))
    expect(await closed).toBe(1008)
    expect(await refused).toBe('ERR_TRUSTP2P_PROOF_MISSING')
    const url = pinned(addressOf(server), server.id)
    expect(await codeOf(client.connect(url))).toBe('ERR_TRUSTP2P_PROOF_OFF')
  })
})

it('refuses a challenge relayed by a third node on another channel, which says that it is the same one', async () => {
  const server = await serve('tls')
  const client = await start('client')
  const relay = await relayTo(server)
  const greetings: Partial<Record<'dialer' | 'listener', string>> = {}
  const channelOf = (frame: Uint8Array): string => (CP2pPackage.decode(frame).body as { tls: string }).tls
  relay.change = (frame, from, index, passage) => {
    if (index > 0) return [frame]
    greetings[from] = channelOf(frame)
    const { dialer, listener } = greetings
    if (dialer === undefined || listener === undefined) return []
    passage.inject('dialer', regreet(passage.frames.listener[0] ?? frame, { tls: dialer }))
    passage.inject('listener', regreet(passage.frames.dialer[0] ?? frame, { tls: listener }))
    return []
  }
  expect(await codeOf(client.connect(relay.address))).toBe('ERR_TRUSTP2P_PROOF_FAILED')
  expect(server.sockets).toEqual([])
})

it('tells of a peer that had another id before', async () => {
  const server = await serve('tcp')
  const formerPeerId = server.id
  await server.close()
  await rotateIdentity({
    cwd: project.cwd,
    name: 'server',
    kit: createNodeKit({ log: createLog({ level: 'silent' }) })
  })
  const renewed = await serve('tcp')
  const socket = await (await start('client')).connect(addressOf(renewed))
  expect(socket).toMatchObject({ peerId: renewed.id, formerPeerId })
  expect(renewed.id).not.toBe(formerPeerId)
})

it('seals the longest frames that fit, and refuses one byte more', async () => {
  const limits = { frameBytes: 4096 }
  const server = await serve('tcp', { limits })
  const client = await start('client', { limits })
  const socket = await client.connect(addressOf(server))
  const longest =
    4096 - 20 - CP2pPackage.encode({ type: 30, event: 'echo', body: new Uint8Array(4000), tag: '1' }).length
  const body = new Uint8Array(4000 + longest)
  expect(await client.request(socket, 'echo', body)).toEqual(body)
  const tooLong = client.request(socket, 'echo', new Uint8Array(body.length + 1))
  expect(await codeOf(tooLong)).toBe('ERR_TRUSTP2P_WIRE_TOO_LARGE')
})

it.each([
  [1024, 'ERR_TRUSTP2P_PROOF_FAILED'],
  [1025, 'ERR_TRUSTP2P_PROOF_MISSING']
])('looks at a proof of 1,024 bytes, and at none of 1,025: %d', async (bytes, code) => {
  const server = await serve('tcp')
  const client = await start('client')
  const relay = await relayTo(server)
  relay.change = (frame, from, index) => {
    if (from === 'dialer' || index !== 1) return [frame]
    const { type, event, bytes: proof } = CP2pPackage.decode(frame)
    const padded = new Uint8Array(bytes - frame.length + proof.length)
    padded.set(proof)
    const altered = CP2pPackage.encode({ type, event, body: padded, tag: '' })
    expect(altered).toHaveLength(bytes)
    return [altered]
  }
  expect(await codeOf(client.connect(relay.address))).toBe(code)
})

it('gives up a peer that goes silent in the midst of its proof', async () => {
  const server = await serve('tcp')
  const client = await start('client', { limits: { greetingMs: 50 } })
  const relay = await relayTo(server)
  relay.change = (frame, from, index) => (from === 'listener' && index === 1 ? [] : [frame])
  expect(await codeOf(client.connect(relay.address))).toBe('ERR_TRUSTP2P_PROOF_TIMEOUT')
})

it('answers many requests at once and in both directions, whatever their length', async () => {
  const server = await serve('tcp')
  const client = await start('client')
  const out = await client.connect(addressOf(server))
  const back = await until(() => server.sockets[0], 'an inbound socket')
  const bodies = Array.from({ length: 100 }, (_, index) => 'x'.repeat((index * 977) % 60_000))
  const answers = await Promise.all(
    bodies.flatMap((body) => [client.request(out, 'echo', body), server.request(back, 'echo', body)])
  )
  expect(answers).toEqual(bodies.flatMap((body) => [body, body]))
})
