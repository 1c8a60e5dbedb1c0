import { connect } from 'node:net'
import { HALF_OPEN_CONNECTIONS } from '../../../src/driver/net/half-open'
import { Recorder } from '../recorder'
import { Authority } from './certificates'
import { RawPeer, upgradeRequest } from './raw-peer'
import { LIMITS, WsBench, turn } from './set-up'

let authority: Authority
let bench: WsBench
const peers: RawPeer[] = []

beforeAll(() => {
  authority = new Authority()
})

afterAll(() => authority.dispose())

beforeEach(() => {
  bench = new WsBench({ tls: { ...authority.issue(), caFile: authority.caFile, reloadMs: 0 } })
})

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.destroy()
  await bench.driver.close()
  expect(bench.clock.pending).toBe(0)
})

/** The first bytes of a ClientHello: a record of 512 bytes (RFC 8446, 5.1). */
const HELLO = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc])

async function connectPlain(address: string, bytes: Uint8Array): Promise<RawPeer> {
  const peer = await RawPeer.connect(address)
  peer.write(bytes)
  return peer
}

async function connectSecure(address: string, text: string): Promise<RawPeer> {
  const peer = await RawPeer.connectSecure(address, { ca: authority.pem })
  if (text !== '') peer.write(text)
  return peer
}

describe('a connection to wss:// that does not complete its handshake', () => {
  it.each([
    ['says nothing', (address: string) => connectPlain(address, new Uint8Array())],
    ['stops within its hello', (address: string) => connectPlain(address, HELLO)],
    ['says nothing after that of TLS', (address: string) => connectSecure(address, '')],
    ['stops within its headers', (address: string) => connectSecure(address, 'GET / HTTP/1.1\r\nHost: a\r\nUpgr')]
  ])('and %s is dropped after handshakeMs, and not 1 ms before', async (_name, open) => {
    const { address } = await bench.listen('wss://127.0.0.1:0')
    const peer = await open(address)
    peers.push(peer)
    while (bench.clock.pending === 0) await turn()
    bench.clock.advance(LIMITS.handshakeMs - 1)
    for (let round = 0; round < 5; round++) await turn()
    expect(peer.ended).toBe(false)
    bench.clock.advance(1)
    await peer.end()
  })

  it('is dropped although its hello comes byte by byte, as that of a slow loris does', async () => {
    const { address } = await bench.listen('wss://127.0.0.1:0')
    const peer = await connectPlain(address, HELLO)
    peers.push(peer)
    while (bench.clock.pending === 0) await turn()
    for (let elapsed = 0; elapsed < LIMITS.handshakeMs; elapsed += 100) {
      peer.write(Buffer.from([0]))
      await turn()
      bench.clock.advance(100)
    }
    await peer.end()
  })

  it('holds back the close of its driver by nothing', async () => {
    const { address } = await bench.listen('wss://127.0.0.1:0')
    const peer = await connectPlain(address, HELLO)
    peers.push(peer)
    while (bench.clock.pending === 0) await turn()
    await bench.driver.close()
    await peer.end()
  })

  it(`is the first to go when ${HALF_OPEN_CONNECTIONS} and one more are there`, async () => {
    const { address } = await bench.listen('wss://127.0.0.1:0')
    const port = Number(new URL(address).port)
    const first = await connectPlain(address, HELLO)
    peers.push(first)
    while (bench.clock.pending < 1) await turn()
    for (let number = 1; number < HALF_OPEN_CONNECTIONS; number++) peers.push(new RawPeer(connect(port, '127.0.0.1')))
    while (bench.clock.pending < HALF_OPEN_CONNECTIONS) await turn()
    for (let round = 0; round < 5; round++) await turn()
    expect(peers.filter(({ ended }) => ended)).toEqual([])
    peers.push(new RawPeer(connect(port, '127.0.0.1')))
    await first.end()
    for (let round = 0; round < 5; round++) await turn()
    expect(peers.filter(({ ended }) => ended)).toEqual([first])
    expect(bench.clock.pending).toBe(HALF_OPEN_CONNECTIONS)
  })

  it('leaves those alone that did', async () => {
    const { address } = await bench.listen('wss://127.0.0.1:0')
    const peer = await connectSecure(address, upgradeRequest())
    peers.push(peer)
    await peer.head()
    expect(bench.clock.pending).toBe(0)
    bench.clock.advance(10 * LIMITS.handshakeMs)
    peer.send({ opcode: 2, payload: Buffer.from('here') })
    const { recorder } = await bench.acceptedSocket()
    await recorder.frameCount(1)
  })
})

describe('an open socket of wss://', () => {
  it('sends all frames of one tick in one write', async () => {
    const { address } = await bench.listen('wss://127.0.0.1:0')
    const peer = await connectSecure(address, upgradeRequest())
    peers.push(peer)
    await peer.head()
    const { socket } = await bench.acceptedSocket()
    let chunks = 0
    peer.socket.on('data', () => (chunks += 1))
    for (let number = 0; number < 64; number++) socket.send(Buffer.alloc(100))
    await peer.until(() => peer.received.length === 64 * 102)
    // Each chunk is one record of TLS.
    expect(chunks).toBe(1)
  })

  it('counts the bytes of frames, not those of TLS, as signs of life', async () => {
    const keeping = new WsBench({ keepAliveMs: 1_000, tls: { ...authority.issue(), reloadMs: 0 } })
    const { address } = await keeping.listen('wss://127.0.0.1:0')
    const peer = await connectSecure(address, upgradeRequest())
    peers.push(peer)
    await peer.head()
    const { recorder } = await keeping.acceptedSocket()
    for (let round = 0; round < 3; round++) {
      keeping.clock.advance(1_000)
      const ping = await peer.frame()
      expect(ping.first).toBe(0x89)
      peer.send({ opcode: 10, payload: ping.payload })
      while (peer.socket.writableLength > 0) await turn()
      for (let more = 0; more < 10; more++) await turn()
    }
    keeping.clock.advance(1_000)
    await peer.frame()
    keeping.clock.advance(1_000)
    expect(await recorder.closed()).toEqual([1006, ''])
    await keeping.driver.close()
  })

  it('goes to who dialled it, over either family of addresses at once', async () => {
    const { address } = await bench.listen('wss://[::]:0')
    const { port } = new URL(address)
    const near = await Promise.all(['127.0.0.1', '[::1]'].map((host) => bench.dial(`wss://${host}:${port}`)))
    for (const socket of near) Recorder.of(socket)
    await bench.acceptedSocket(1)
    expect(bench.accepted.map(({ host }) => host).sort()).toEqual(['127.0.0.1', '::1'])
    expect(bench.clock.pending).toBe(0)
  })
})
