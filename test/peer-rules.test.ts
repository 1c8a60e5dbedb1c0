import { connect } from 'node:net'
import type { Admit, CreateOptions, P2pNode, PeerCandidate } from 'trustp2p'
import { WebSocket } from 'ws'
import { codeOf } from './code-of'
import { detour } from './detour'
import { useEchoNodes } from './echo-nodes'
import { addressOf, closeOf, refusalOf } from './pair'
import { disposeLater, once, until } from './project'
import { regreet, Relay } from './relay'

/** What the tests come from. */
const LOOPBACK = '127.0.0.0/8'

const { start } = useEchoNodes()

const SCHEMES = ['tcp', 'ws'] as const
type Scheme = (typeof SCHEMES)[number]

const serve = (scheme: Scheme, options: Partial<CreateOptions> = {}): Promise<P2pNode> =>
  start('server', { listen: [`${scheme}://127.0.0.1:0`], ...options })

function portOf(node: P2pNode): number {
  return Number(new URL(addressOf(node)).port)
}

/** The codes of the warnings of a node, as they come. */
function warningsOf(node: P2pNode): string[] {
  const codes: string[] = []
  node.on('warning', ({ code }) => codes.push(code))
  return codes
}

async function relayTo(server: P2pNode): Promise<Relay> {
  const relay = new Relay()
  disposeLater(() => relay.close())
  await relay.open(addressOf(server))
  return relay
}

/** A decision that the test makes when it wants to. */
function decision(): { admit: Admit; asked: PeerCandidate[]; signals: AbortSignal[]; settle: (yes: boolean) => void } {
  const asked: PeerCandidate[] = []
  const signals: AbortSignal[] = []
  let settle: (yes: boolean) => void = () => undefined
  const settled = new Promise<boolean>((resolve) => (settle = resolve))
  const admit: Admit = (peer, { signal }) => {
    asked.push(peer)
    signals.push(signal)
    return settled
  }
  return { admit, asked, signals, settle }
}

describe.each(SCHEMES)('%s', (scheme) => {
  it('a denied network never reaches the handshake', async () => {
    const server = await serve(scheme, { peers: { deny: [LOOPBACK] } })
    const warnings = warningsOf(server)
    const bytes = await new Promise<number>((resolve) => {
      let count = 0
      const raw = connect(portOf(server), '127.0.0.1')
      raw.on('data', (chunk) => (count += chunk.length))
      raw.on('error', () => undefined)
      raw.on('close', () => resolve(count))
      raw.on('connect', () => raw.write('trustp2p/1\n'))
    })
    expect(bytes).toBe(0)
    expect(warnings).toEqual(['ERR_TRUSTP2P_RULE_DENIED'])
    expect(await codeOf((await start('client')).connect(addressOf(server)))).toBe('ERR_TRUSTP2P_DRIVER_DIAL_FAILED')
    expect(server.status().counters).toMatchObject({ refusedPeers: 2, framesIn: 0, framesOut: 0 })
  })

  it('a denied peer stays out with another address, and others come in from its own', async () => {
    const client = await start('client')
    const server = await serve(scheme, { peers: { deny: [String(client.id)] } })
    const warnings = warningsOf(server)
    expect(await refusalOf(client, addressOf(server))).toEqual([1008, 'refused by rule'])
    expect(await refusalOf(client, await detour(server, '127.0.0.9'))).toEqual([1008, 'refused by rule'])
    expect(warnings).toEqual(['ERR_TRUSTP2P_RULE_DENIED', 'ERR_TRUSTP2P_RULE_DENIED'])
    expect(server.sockets).toEqual([])
    const other = await start('other')
    expect(await other.request(await other.connect(addressOf(server)), 'echo', 1)).toBe(1)
  })

  it('a peer that is allowed comes in, and another one does not', async () => {
    const [client, other] = [await start('client'), await start('other')]
    const server = await serve(scheme, { peers: { allow: [String(client.id)] } })
    expect(await client.request(await client.connect(addressOf(server)), 'echo', 1)).toBe(1)
    expect(await refusalOf(other, addressOf(server))).toEqual([1008, 'refused by rule'])
  })

  it('an allowed id that is claimed and not proved is refused', async () => {
    const client = await start('client')
    const server = await serve(scheme, { peers: { allow: [String(client.id)] } })
    const warnings = warningsOf(server)
    const relay = await relayTo(server)
    const claim = { noise: undefined, tls: undefined, id: client.id, peer_id: client.id, peerId: client.id }
    relay.change = (frame, _from, index) => [index === 0 ? regreet(frame, claim) : frame]
    expect(await refusalOf(client, relay.address)).toEqual([1008, 'proof required'])
    const off = await start('off', { auth: 'off' })
    expect(await refusalOf(off, addressOf(server))).toEqual([1008, 'proof required'])
    expect(warnings).toEqual(['ERR_TRUSTP2P_PROOF_MISSING', 'ERR_TRUSTP2P_PROOF_MISSING'])
    expect(server.sockets).toEqual([])
  })

  it('an allowed network needs no proof beside allowed peers', async () => {
    const server = await serve(scheme, { peers: { allow: [String((await start('friend')).id), LOOPBACK] } })
    const off = await start('off', { auth: 'off' })
    expect(await off.request(await off.connect(addressOf(server)), 'echo', 1)).toBe(1)
  })

  it('a rule that is added closes the sockets that it forbids, and no other, until it is taken out again', async () => {
    const server = await serve(scheme)
    const [client, other] = [await start('client'), await start('other')]
    await client.connect(addressOf(server))
    const kept = await other.connect(addressOf(server))
    await until(() => server.sockets.length === 2, 'both')
    const closed = closeOf(client)
    const error = once(server, 'socket:error')
    expect(server.rules.deny(String(client.id))).toBe(true)
    expect(server.sockets.map(({ peerId }) => peerId)).toEqual([other.id])
    expect(await closed).toEqual([1008, 'refused by rule'])
    expect((await error)[0]).toMatchObject({ code: 'ERR_TRUSTP2P_RULE_DENIED' })
    expect(await refusalOf(client, addressOf(server))).toEqual([1008, 'refused by rule'])
    expect(server.rules.list()).toEqual({ allow: [], deny: [client.id] })
    server.rules.remove(String(client.id))
    expect(await client.request(await client.connect(addressOf(server)), 'echo', 1)).toBe(1)
    expect(await other.request(kept, 'echo', 2)).toBe(2)
  })

  it('a network that is denied while sockets are open closes those that were dialled too', async () => {
    const server = await serve(scheme)
    const client = await start('client')
    const socket = await client.connect(addressOf(server))
    const closed = closeOf(server)
    const waiting = codeOf(client.request(socket, 'nobody', 1, { timeoutMs: 0 }))
    client.rules.deny('::ffff:127.0.0.1')
    expect(socket.state).toBe('closing')
    expect(await closed).toEqual([1008, 'refused by rule'])
    expect(await waiting).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
    expect(await codeOf(client.connect(addressOf(server)))).toBe('ERR_TRUSTP2P_RULE_DENIED')
  })

  it('the first rule that allows closes everybody else', async () => {
    const server = await serve(scheme)
    const [client, other] = [await start('client'), await start('other')]
    await client.connect(addressOf(server))
    await other.connect(addressOf(server))
    await until(() => server.sockets.length === 2, 'both')
    const closed = closeOf(client)
    server.rules.allow(String(other.id))
    expect(server.sockets.map(({ peerId }) => peerId)).toEqual([other.id])
    expect(await closed).toEqual([1008, 'refused by rule'])
    server.rules.remove(String(other.id))
    expect(await client.request(await client.connect(addressOf(server)), 'echo', 1)).toBe(1)
  })

  it.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '0x7f.1'])(
    'nothing is sent to %s where its network is denied',
    async (host) => {
      const server = await serve(scheme)
      const knocks = once(server, 'socket:connection')
      const client = await start('client', { peers: { deny: [LOOPBACK, '::1'] } })
      const url = `${scheme}://${host}:${portOf(server)}`
      expect(await codeOf(client.connect(url))).toBe('ERR_TRUSTP2P_RULE_DENIED')
      client.rules.remove(LOOPBACK)
      if (host !== '0x7f.1') await client.connect(url)
      else await client.connect(addressOf(server))
      await knocks
      expect(server.sockets).toHaveLength(1)
    }
  )

  it('an address that names a denied peer is not dialled', async () => {
    const server = await serve(scheme)
    const client = await start('client', { peers: { deny: [String(server.id)] } })
    const url = addressOf(server).replace('://', `://${String(server.id)}@`)
    const relay = await relayTo(server)
    expect(await codeOf(client.connect(url))).toBe('ERR_TRUSTP2P_RULE_DENIED')
    expect(relay.passages).toEqual([])
  })

  it('a denied peer that was dialled learns nothing but the greeting', async () => {
    const server = await serve(scheme)
    const client = await start('client', { peers: { deny: [String(server.id)] } })
    const relay = await relayTo(server)
    expect(await codeOf(client.connect(relay.address))).toBe('ERR_TRUSTP2P_RULE_DENIED')
    expect(relay.passages[0]?.frames.dialer).toHaveLength(1)
    expect(client.sockets).toEqual([])
    expect(client.status().counters.refusedPeers).toBe(1)
  })

  describe('admit', () => {
    it('is asked once for each connection, with who it is, and holds what comes until it says yes', async () => {
      const { admit, asked, settle } = decision()
      const server = await serve(scheme, { admit })
      const client = await start('client')
      const socket = await client.connect(addressOf(server))
      const answers = [client.request(socket, 'echo', 1), client.request(socket, 'echo', 2)]
      await until(() => asked.length === 1, 'the question')
      expect(server.sockets).toEqual([])
      expect(asked[0]).toEqual({
        peerId: client.id,
        formerPeerId: undefined,
        proof: 'noise',
        peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
        host: '127.0.0.1',
        url: addressOf(server),
        inbound: true
      })
      settle(true)
      expect(await Promise.all(answers)).toEqual([1, 2])
      expect(asked).toHaveLength(1)
      await until(() => server.sockets.length === 1, 'the socket')
    })

    it.each<[string, Admit, string]>([
      ['says no', () => false, 'ERR_TRUSTP2P_ADMIT_REFUSED'],
      ['says no later', () => Promise.resolve(false), 'ERR_TRUSTP2P_ADMIT_REFUSED'],
      ['says nothing', () => undefined as never, 'ERR_TRUSTP2P_ADMIT_REFUSED'],
      ['says something else than true', () => 'yes' as never, 'ERR_TRUSTP2P_ADMIT_REFUSED'],
      [
        'throws',
        () => {
          throw new Error('oh')
        },
        'ERR_TRUSTP2P_ADMIT_FAILED'
      ],
      ['rejects', () => Promise.reject(new Error('oh')), 'ERR_TRUSTP2P_ADMIT_FAILED']
    ])('that %s refuses the peer', async (_what, admit, code) => {
      const server = await serve(scheme, { admit })
      const warned = once(server, 'warning')
      expect(await refusalOf(await start('client'), addressOf(server))).toEqual([1008, 'not admitted'])
      expect((await warned)[0]).toMatchObject({ code })
      expect(server.sockets).toEqual([])
      expect(server.status().counters.refusedPeers).toBe(1)
    })

    it('that hangs refuses the peer after limits.admitMs, and its signal aborts', async () => {
      const { admit, signals } = decision()
      const server = await serve(scheme, { admit, limits: { admitMs: 50 } })
      const warned = once(server, 'warning')
      expect(await refusalOf(await start('client'), addressOf(server))).toEqual([1008, 'admission timeout'])
      expect((await warned)[0]).toMatchObject({ code: 'ERR_TRUSTP2P_ADMIT_TIMEOUT' })
      expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    })

    it('has a signal that aborts when the connection goes meanwhile', async () => {
      const { admit, signals, settle } = decision()
      const server = await serve(scheme, { admit })
      const warnings = warningsOf(server)
      const socket = await (await start('client')).connect(addressOf(server))
      await until(() => signals.length === 1, 'the question')
      socket.terminate()
      await until(() => signals[0]?.aborted, 'the end')
      settle(true)
      expect(server.sockets).toEqual([])
      expect(warnings).toEqual([])
    })

    it('is not asked about whom the rules refuse, and a rule that is added meanwhile refuses', async () => {
      const { admit, asked, signals, settle } = decision()
      const client = await start('client')
      const server = await serve(scheme, { admit, peers: { deny: [String(client.id)] } })
      expect(await refusalOf(client, addressOf(server))).toEqual([1008, 'refused by rule'])
      expect(asked).toEqual([])
      const other = await start('other')
      const closed = closeOf(other)
      await other.connect(addressOf(server))
      await until(() => asked.length === 1, 'the question')
      server.rules.deny(String(other.id))
      expect(await closed).toEqual([1008, 'refused by rule'])
      expect(signals[0]?.aborted).toBe(true)
      settle(true)
      expect(server.sockets).toEqual([])
    })

    it('decides on who is dialled before who we are is told', async () => {
      const server = await serve(scheme)
      const asked: PeerCandidate[] = []
      const client = await start('client', { admit: (peer) => asked.push(peer) > 1 })
      const relay = await relayTo(server)
      expect(await codeOf(client.connect(relay.address))).toBe('ERR_TRUSTP2P_ADMIT_REFUSED')
      expect(relay.passages[0]?.frames.dialer).toHaveLength(1)
      expect(asked).toMatchObject([{ peerId: server.id, inbound: false, url: relay.address }])
      expect(await client.request(await client.connect(relay.address), 'echo', 1)).toBe(1)
    })

    it('decides on peers that prove nothing too', async () => {
      const { admit, asked, settle } = decision()
      const server = await serve(scheme, { admit, auth: 'off' })
      const client = await start('client', { auth: 'off' })
      const answer = client.request(await client.connect(addressOf(server)), 'echo', 1)
      await until(() => asked.length === 1, 'the question')
      expect(asked).toMatchObject([{ peerId: undefined, proof: undefined, host: '127.0.0.1' }])
      settle(true)
      expect(await answer).toBe(1)
    })

    it('decides on limits.pendingAdmissions peers at once, and the next is told to come later', async () => {
      const { admit, asked, settle } = decision()
      const server = await serve(scheme, { admit, limits: { pendingAdmissions: 2 } })
      const warned = once(server, 'warning')
      const [one, two] = [await start('one'), await start('two')]
      const sockets = await Promise.all([one.connect(addressOf(server)), two.connect(addressOf(server))])
      const answers = [one.request(sockets[0], 'echo', 1), two.request(sockets[1], 'echo', 1)]
      await until(() => asked.length === 2, 'both questions')
      expect(await refusalOf(await start('three'), addressOf(server))).toEqual([1013, 'too many peers wait'])
      expect((await warned)[0]).toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_ADMISSIONS' })
      settle(true)
      expect(await Promise.all(answers)).toEqual([1, 1])
      const four = await start('four')
      expect(await four.request(await four.connect(addressOf(server)), 'echo', 1)).toBe(1)
    })
  })
})

it('ten refused peers are told of within a minute, and not an eleventh; all of them are counted', async () => {
  const client = await start('client')
  const server = await serve('tcp', { peers: { deny: [String(client.id)] }, limits: { inboundSocketsPerSecond: 0 } })
  const warnings = warningsOf(server)
  for (let count = 1; count <= 11; count++) {
    expect(await refusalOf(client, addressOf(server))).toEqual([1008, 'refused by rule'])
    expect([server.status().counters.refusedPeers, warnings.length]).toEqual([count, Math.min(count, 10)])
  }
})

it('a denied IPv4 address does not come in as IPv6', async () => {
  const server = await start('server', { listen: ['tcp://[::]:0'], peers: { deny: ['127.0.0.1'] } })
  const client = await start('client')
  const url = `tcp://127.0.0.1:${portOf(server)}`
  expect(await codeOf(client.connect(url))).toBe('ERR_TRUSTP2P_DRIVER_DIAL_FAILED')
  server.rules.remove('127.0.0.1')
  server.rules.deny('::ffff:7f00:1')
  expect(await codeOf(client.connect(url))).toBe('ERR_TRUSTP2P_DRIVER_DIAL_FAILED')
  server.rules.remove('127.0.0.1')
  await client.connect(url)
})

it('behind a trusted proxy the address counts that it speaks for', async () => {
  const server = await serve('ws', { auth: 'off', trustProxy: ['127.0.0.1'], peers: { allow: ['192.0.2.0/24'] } })
  const knock = (forwarded: string): Promise<unknown> =>
    new Promise((resolve) => {
      const socket = new WebSocket(addressOf(server), { headers: { 'x-forwarded-for': forwarded } })
      disposeLater(() => socket.terminate())
      socket.on('close', (code, reason) => resolve([code, String(reason)]))
      socket.on('message', () => resolve('greeted'))
      socket.on('error', () => resolve('dropped'))
    })
  expect(await knock('192.0.2.7')).toBe('greeted')
  expect(await knock('198.51.100.7')).toEqual([1008, 'refused by rule'])
})

it('refuses rules that are none, with the key and the value', async () => {
  const wrong = start('server', { peers: { allow: ['10.0.0.0/8'], deny: ['::1', 'example.org'] } })
  await expect(wrong).rejects.toMatchObject({
    code: 'ERR_TRUSTP2P_CONFIG_INVALID',
    message: expect.stringMatching(
      /peers\.deny\.1 is "example\.org" .*a peer id, an IP address, or a network/
    ) as string
  })
  await expect(start('server', { admit: true as never })).rejects.toThrow(TypeError)
})

it('takes lists of 10,000 entries, and none of 10,001', async () => {
  const deny = Array.from({ length: 10_001 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
  expect(await codeOf(start('server', { peers: { deny } }))).toBe('ERR_TRUSTP2P_CONFIG_INVALID')
  const node = await start('server', { peers: { deny: deny.slice(1) } })
  expect(node.rules.list().deny).toHaveLength(10_000)
})
