import { defaultConfig } from '../../../src/config/defaults'
import { ControlKind, controlFrame } from '../../../src/driver/stream/frame-codec'
import { createTcpDriver } from '../../../src/driver/stream/tcp-driver'
import { createWsDriver } from '../../../src/driver/ws/ws-driver'
import { HALF_OPEN_CONNECTIONS } from '../../../src/driver/net/half-open'
import { Recorder } from '../recorder'
import { LIMITS, PREFACE, RawPeer, StreamBench, serveRaw } from './set-up'

const KEEP_ALIVE_MS = 20_000
const URL_ANY = 'tcp://127.0.0.1:0'

let bench: StreamBench
let client: StreamBench

beforeEach(() => {
  const create = () => new StreamBench((kit) => createTcpDriver({ kit, config: { keepAliveMs: KEEP_ALIVE_MS } }))
  bench = create()
  client = create()
})

afterEach(async () => {
  await client.driver.close()
  await bench.driver.close()
})

async function rawPeer(): Promise<RawPeer> {
  return RawPeer.dialTcp(await bench.listen(URL_ANY))
}

describe('the preface', () => {
  it('is answered with the same, and with nothing before it came', async () => {
    const peer = await rawPeer()
    for (const byte of PREFACE.slice(0, -1)) peer.write(byte)
    expect(bench.accepted).toEqual([])
    expect(peer.received.length).toBe(0)
    peer.write(PREFACE.slice(-1))
    expect((await peer.bytes(PREFACE.length)).toString()).toBe(PREFACE)
    await bench.firstAccepted()
  })

  it('may come in one piece with frames', async () => {
    const peer = await rawPeer()
    peer.write(PREFACE, [1], 'a', [2], 'bc')
    const { recorder } = await bench.firstAccepted()
    await recorder.frameCount(2)
    expect(recorder.text).toEqual(['a', 'bc'])
  })

  it.each(['GET / HTTP/1.1\r\n\r\n', 'trustp2p/2\n', '\u0016\u0003\u0001', 'trustp2X'])(
    'of another protocol is refused, told of and hung up on: %j',
    async (text) => {
      const peer = await rawPeer()
      peer.write(text)
      await peer.ended()
      await bench.until(() => bench.warnings.length === 1)
      expect(bench.warnings).toMatchObject([{ code: 'ERR_TRUSTP2P_DRIVER_HANDSHAKE_REFUSED' }])
      expect(bench.accepted).toEqual([])
      expect(peer.received.length).toBe(0)
    }
  )

  it('is waited for as long as handshakeMs says, however slowly it comes: no slow loris holds a connection', async () => {
    const peer = await rawPeer()
    peer.write('trust')
    await turns(5)
    bench.clock.advance(LIMITS.handshakeMs - 1)
    peer.write('p2p')
    await turns(5)
    expect(peer.raw.destroyed).toBe(false)
    bench.clock.advance(1)
    await peer.ended()
    expect(bench.accepted).toEqual([])
  })

  it(`is waited for on ${HALF_OPEN_CONNECTIONS} connections, and the oldest is dropped for one more`, async () => {
    const listener = await bench.listen(URL_ANY)
    const peers: RawPeer[] = []
    for (let number = 0; number < HALF_OPEN_CONNECTIONS; number++) peers.push(await RawPeer.dialTcp(listener))
    await turns(5)
    expect(peers.every(({ raw }) => !raw.destroyed)).toBe(true)
    peers.push(await RawPeer.dialTcp(listener))
    await peers[0]?.ended()
    expect(peers.slice(1).every(({ raw }) => !raw.destroyed)).toBe(true)
    for (const { raw } of peers) raw.destroy()
  })
})

describe('dialling', () => {
  it('rejects where another protocol answers, with what it said', async () => {
    const { server, port } = await serveRaw((raw) => raw.end('SSH-2.0-OpenSSH_9.2\r\n'))
    await expect(client.dial(`tcp://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_REFUSED',
      message: expect.stringContaining('SSH-2.0-OpenSSH_9.2')
    })
    server.close()
  })

  it('rejects where WebSockets are served', async () => {
    const ws = new StreamBench((kit) => createWsDriver({ kit, config: defaultConfig('node').drivers.ws }))
    const { address } = await ws.listen('ws://127.0.0.1:0')
    await expect(client.dial(address.replace('ws:', 'tcp:'))).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_REFUSED',
      message: expect.stringContaining('HTTP/1.1 400')
    })
    await ws.driver.close()
  })

  it('rejects where the peer hangs up during the handshake', async () => {
    const { server, port } = await serveRaw((raw) => raw.end('trust'))
    await expect(client.dial(`tcp://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
      message: expect.stringContaining('it hung up during the handshake')
    })
    server.close()
  })

  it('rejects after handshakeMs where the peer says nothing', async () => {
    let onConnected = (): void => undefined
    const connected = new Promise<void>((resolve) => (onConnected = resolve))
    const { server, port } = await serveRaw((raw) => raw.once('data', () => onConnected()))
    const dial = client.dial(`tcp://127.0.0.1:${port}`)
    const outcome = expect(dial).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT' })
    await connected
    client.clock.advance(LIMITS.handshakeMs)
    await outcome
    server.close()
  })
})

describe('a peer that breaks the rules', () => {
  it('is closed with 1009 as soon as it announces one byte more than frameBytes', async () => {
    const peer = await rawPeer()
    peer.write(PREFACE, [0x91, 0x4e])
    const { recorder } = await bench.firstAccepted()
    const close = controlFrame(ControlKind.CLOSE, Uint8Array.of(1009 >> 8, 1009 & 0xff))
    expect((await peer.bytes(PREFACE.length + close.length)).subarray(PREFACE.length)).toEqual(Buffer.from(close))
    peer.raw.end()
    expect(await recorder.closed()).toEqual([1006, ''])
    expect(recorder.errors).toMatchObject([
      { code: 'ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED', message: expect.stringContaining('limits.frameBytes') }
    ])
  })

  it('is closed with 1002 for a length that is not in its shortest form', async () => {
    const peer = await rawPeer()
    peer.write(PREFACE, [0x81, 0x00])
    const { recorder } = await bench.firstAccepted()
    const bytes = await peer.bytes(PREFACE.length + 6)
    expect(bytes.readUInt16BE(PREFACE.length + 4)).toBe(1002)
    peer.raw.end()
    await recorder.closed()
    expect(recorder.calls).toEqual(['error', 'close'])
  })

  it.each([
    ['no code', []],
    ['the code 1006', [0x03, 0xee]],
    ['the code 0', [0, 0]],
    ['a reason that is no UTF-8', [0x03, 0xe8, 0xff, 0xff]]
  ])('is closed with 1002 for a close frame with %s', async (_what, payload) => {
    const peer = await rawPeer()
    peer.write(PREFACE, controlFrame(ControlKind.CLOSE, Uint8Array.from(payload)))
    const { recorder } = await bench.firstAccepted()
    const bytes = await peer.bytes(PREFACE.length + 6)
    expect(bytes.readUInt16BE(PREFACE.length + 4)).toBe(1002)
    peer.raw.end()
    expect(await recorder.closed()).toEqual([1006, ''])
    expect(recorder.calls).toEqual(['error', 'close'])
  })

  it('gets one pong for many pings of one tick, and an unknown control frame is passed over', async () => {
    const peer = await rawPeer()
    const pings = Array.from({ length: 100 }, () => controlFrame(ControlKind.PING))
    peer.write(PREFACE, controlFrame(77, Buffer.from('later')), ...pings, [1], 'a')
    const { socket, recorder } = await bench.firstAccepted()
    await recorder.frameCount(1)
    socket.send(Buffer.from('b'))
    const bytes = await peer.bytes(PREFACE.length + 6)
    expect(bytes.subarray(PREFACE.length)).toEqual(
      Buffer.concat([controlFrame(ControlKind.PONG), Buffer.from([1, 0x62])])
    )
  })

  it('that ends within a frame is gone with 1006', async () => {
    const peer = await rawPeer()
    peer.write(PREFACE, [10], 'half')
    const { recorder } = await bench.firstAccepted()
    peer.raw.end()
    expect(await recorder.closed()).toEqual([1006, ''])
    expect(recorder.frames).toEqual([])
  })
})

describe('keep-alive', () => {
  it('leaves a link alone that answers pings, though nothing else is said', async () => {
    const listener = await bench.listen(URL_ANY)
    const near = await client.dial(listener.address)
    const atNear = Recorder.of(near)
    const { socket, recorder } = await bench.firstAccepted()
    for (let round = 0; round < 5; round++) {
      bench.clock.advance(KEEP_ALIVE_MS)
      near.send(Buffer.from('still here'))
      socket.send(Buffer.from('I too'))
      await Promise.all([recorder.frameCount(round + 1), atNear.frameCount(round + 1)])
    }
    expect([recorder.closes, atNear.closes]).toEqual([[], []])
  })

  it('drops a peer that answers no ping', async () => {
    const peer = await rawPeer()
    peer.write(PREFACE, [1], 'a')
    const { recorder } = await bench.firstAccepted()
    await recorder.frameCount(1)
    bench.clock.advance(KEEP_ALIVE_MS)
    bench.clock.advance(KEEP_ALIVE_MS)
    await peer.bytes(PREFACE.length + 4)
    bench.clock.advance(KEEP_ALIVE_MS)
    expect(await recorder.closed()).toEqual([1006, ''])
    expect(recorder.errors).toMatchObject([{ message: expect.stringContaining('no sign of life') }])
    await peer.ended()
  })
})

describe('writes', () => {
  it('take all frames of one tick at once, header and frame together', async () => {
    const peer = await rawPeer()
    peer.write(PREFACE)
    const { socket } = await bench.firstAccepted()
    const chunks: number[] = []
    peer.raw.on('data', (chunk: Buffer) => chunks.push(chunk.length))
    await peer.bytes(PREFACE.length)
    chunks.length = 0
    for (let number = 0; number < 100; number++) socket.send(Buffer.from('frame'))
    await peer.bytes(PREFACE.length + 600)
    expect(chunks).toEqual([600])
  })

  it('send the answer to what was read before any tick', async () => {
    const peer = await rawPeer()
    peer.write(PREFACE)
    const { socket, recorder } = await bench.firstAccepted()
    let waiting = -1
    recorder.answer = (bytes) => {
      process.nextTick(() => (waiting = socket.bufferedAmount))
      socket.send(bytes)
      expect(socket.bufferedAmount).toBeGreaterThan(0)
    }
    peer.write([3], 'ask')
    await peer.bytes(PREFACE.length + 4)
    expect(waiting).toBe(0)
  })
})

/** Turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
