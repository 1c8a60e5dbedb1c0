import { connect } from 'node:net'
import { Recorder } from '../recorder'
import { RawPeer, RawServer, encodeRawFrame, upgradeResponse } from './raw-peer'
import type { RawFrame } from './raw-peer'
import { LIMITS, WsBench, turn } from './set-up'

let bench: WsBench
let server: RawServer | undefined
const peers: RawPeer[] = []

beforeEach(() => {
  bench = new WsBench()
})

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.destroy()
  await bench.driver.close()
  await server?.close()
  server = undefined
})

/** A raw peer on the far side of an inbound socket. */
async function openInbound(headers: Record<string, string> = {}): Promise<{ peer: RawPeer; recorder: Recorder }> {
  const { address } = await bench.listen()
  const peer = await RawPeer.open(address, headers)
  peers.push(peer)
  const { recorder } = await bench.acceptedSocket(bench.accepted.length - 1)
  return { peer, recorder }
}

/** A raw peer on the far side of an outbound socket. */
async function openOutbound(): Promise<{ peer: RawPeer; recorder: Recorder }> {
  let far: RawPeer | undefined
  server = new RawServer((peer) => {
    far = peer
    void peer.head().then((head) => peer.write(upgradeResponse(head)))
  })
  const recorder = Recorder.of(await bench.dial(await server.listen()))
  if (far === undefined) throw new Error('nobody dialled')
  return { peer: far, recorder }
}

const TEXT = Buffer.from('text')

describe('a text message', () => {
  it.each([
    ['an inbound', openInbound, true],
    ['an outbound', openOutbound, false]
  ])('closes %s socket with 1003', async (_name, open, masked) => {
    const { peer, recorder } = await open()
    peer.send({ opcode: 2, masked, payload: TEXT })
    peer.send({ opcode: 1, masked, payload: TEXT })
    peer.send({ opcode: 2, masked, payload: TEXT })
    expect(await peer.closeFrame()).toEqual([1003, 'text frames are not understood'])
    peer.send({ opcode: 8, masked, payload: Buffer.from([0x03, 0xeb]) })
    expect(await recorder.closed()).toEqual([1003, ''])
    expect(recorder.calls).toEqual(['frame', 'error', 'close'])
    expect(recorder.errors).toMatchObject([
      { code: 'ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED', message: expect.stringContaining('text frames') }
    ])
  })
})

const closeFrame = (code: number, reason: Uint8Array | string = ''): RawFrame => {
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)])
  return { opcode: 8, payload }
}

describe('a frame that breaks the protocol', () => {
  const broken: [name: string, frame: RawFrame, code: number][] = [
    ['RSV1 without compression', { opcode: 2, reserved: 4, payload: TEXT }, 1002],
    ['RSV2', { opcode: 2, reserved: 2, payload: TEXT }, 1002],
    ['RSV3', { opcode: 2, reserved: 1, payload: TEXT }, 1002],
    ['opcode 3', { opcode: 3, payload: TEXT }, 1002],
    ['opcode 15', { opcode: 15, payload: TEXT }, 1002],
    ['a continuation of nothing', { opcode: 0, payload: TEXT }, 1002],
    ['a ping of 126 bytes', { opcode: 9, payload: Buffer.alloc(126) }, 1002],
    ['a ping in fragments', { opcode: 9, fin: false, payload: TEXT }, 1002],
    ['a close frame of one byte', { opcode: 8, payload: Buffer.from([3]) }, 1002],
    ['the close code 1005', closeFrame(1005), 1002],
    ['the close code 1006', closeFrame(1006), 1002],
    ['the close code 0', closeFrame(0), 1002],
    ['a close reason that is not UTF-8', closeFrame(1000, Buffer.from([0xff, 0xfe])), 1007],
    ['text that is not UTF-8', { opcode: 1, payload: Buffer.from([0xc0, 0x80]) }, 1007]
  ]

  it.each(broken)('closes the socket: %s', async (_name, frame, code) => {
    const { peer, recorder } = await openInbound()
    peer.send(frame)
    expect((await peer.closeFrame())[0]).toBe(code)
    peer.socket.end()
    expect(await recorder.closed()).toEqual([1006, ''])
    expect(recorder.calls).toEqual(['error', 'close'])
    expect(recorder.errors).toMatchObject([{ code: 'ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED', cause: expect.anything() }])
  })

  it('closes the socket: no mask from who dialled', async () => {
    const { peer, recorder } = await openInbound()
    peer.send({ opcode: 2, masked: false, payload: TEXT })
    expect((await peer.closeFrame())[0]).toBe(1002)
    peer.socket.end()
    await recorder.closed()
    expect(recorder.calls).toEqual(['error', 'close'])
  })

  it('closes the socket: a mask from who listens', async () => {
    const { peer, recorder } = await openOutbound()
    peer.send({ opcode: 2, masked: true, payload: TEXT })
    expect((await peer.closeFrame())[0]).toBe(1002)
    peer.socket.end()
    await recorder.closed()
    expect(recorder.calls).toEqual(['error', 'close'])
  })

  it('leaves the other sockets alone', async () => {
    const { peer } = await openInbound()
    const other = await RawPeer.open(bench.accepted[0]?.url ?? '')
    peers.push(other)
    peer.send({ opcode: 3 })
    await peer.closeFrame()
    other.send({ opcode: 2, payload: TEXT })
    await bench.recorders[1]?.frameCount(1)
    expect(bench.recorders[1]?.calls).toEqual(['frame'])
  })
})

describe('a message that is too long', () => {
  it.each([LIMITS.frameBytes + 1, 65_536, 2 ** 31, 2 ** 53 - 1])(
    'is refused with 1009 when %d bytes are announced, before any of them came',
    async (claimed) => {
      const { peer, recorder } = await openInbound()
      peer.send({ opcode: 2, claimed })
      expect((await peer.closeFrame())[0]).toBe(1009)
      peer.socket.end()
      await recorder.closed()
      expect(recorder.calls).toEqual(['error', 'close'])
    }
  )

  it('is refused with 1009 when its length has more than 53 bits', async () => {
    const { peer } = await openInbound()
    peer.write(Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]))
    expect((await peer.closeFrame())[0]).toBe(1009)
  })

  it('is refused with 1009 when its fragments together are', async () => {
    const { peer, recorder } = await openInbound()
    const half = Buffer.alloc(LIMITS.frameBytes / 2)
    const message = (last: number): void => {
      peer.send({ opcode: 2, fin: false, payload: half })
      peer.send({ opcode: 0, payload: Buffer.alloc(last) })
    }
    message(half.length)
    await recorder.frameCount(1)
    message(half.length + 1)
    expect((await peer.closeFrame())[0]).toBe(1009)
    expect(recorder.frames.map((frame) => frame.length)).toEqual([LIMITS.frameBytes])
  })

  it('is thrown away while the peer goes on sending, and ends after 2 s', async () => {
    const { peer, recorder } = await openInbound()
    peer.send({ opcode: 2, claimed: 2 ** 40 })
    const chunk = Buffer.alloc(65_536)
    const feed = (): void => {
      if (peer.socket.writable) peer.socket.write(chunk, () => setImmediate(feed))
    }
    const before = process.memoryUsage().arrayBuffers
    feed()
    expect(await recorder.closed()).toEqual([1006, ''])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20)
    await peer.end()
  })

  it('is refused with 1008 when it comes in too many fragments', async () => {
    const most = 1_024 + Math.ceil(LIMITS.frameBytes / 128)
    const { peer, recorder } = await openInbound()
    const fragments = (count: number): Buffer => {
      const frames = Array.from({ length: count }, (_, number) =>
        encodeRawFrame({ opcode: number === 0 ? 2 : 0, fin: number === count - 1, payload: Buffer.from([1]) })
      )
      return Buffer.concat(frames)
    }
    peer.write(fragments(most))
    await recorder.frameCount(1)
    expect(recorder.frames[0]?.length).toBe(most)
    peer.write(fragments(most + 1))
    expect((await peer.closeFrame())[0]).toBe(1008)
  })

  it('is refused with 1008 when it comes in too many tiny chunks', async () => {
    const most = 1_024 + Math.ceil(LIMITS.frameBytes / 128)
    const { peer, recorder } = await openInbound()
    let sent = 0
    const trickle = async (bytes: Buffer): Promise<void> => {
      for (sent = 0; sent < bytes.length && peer.received.length === 0 && !peer.ended; sent++) {
        peer.socket.write(bytes.subarray(sent, sent + 1))
        // Each byte is read apart, as far as the system lets it.
        await turn()
        await turn()
      }
    }
    const header = encodeRawFrame({ opcode: 2, payload: new Uint8Array() }).length + 2
    await trickle(encodeRawFrame({ opcode: 2, payload: new Uint8Array(most - header) }))
    await recorder.frameCount(1)
    await trickle(encodeRawFrame({ opcode: 2, payload: new Uint8Array(LIMITS.frameBytes) }))
    expect((await peer.closeFrame())[0]).toBe(1008)
    expect(sent).toBeGreaterThanOrEqual(most)
  })
})

describe('a peer', () => {
  it('that pings gets pongs with the same payload, and the receiver hears nothing of it', async () => {
    const { peer, recorder } = await openInbound()
    peer.send({ opcode: 9, payload: TEXT })
    const { first, payload } = await peer.frame()
    expect([first, payload.toString()]).toEqual([0x8a, 'text'])
    peer.send({ opcode: 10, payload: TEXT })
    peer.send({ opcode: 2, payload: TEXT })
    await recorder.frameCount(1)
    expect(recorder.calls).toEqual(['frame'])
  })

  it('that pings a thousand times at once gets one pong, with the payload of the last, and stays', async () => {
    const { peer, recorder } = await openInbound()
    const pings = Array.from({ length: 1_000 }, (_, index) =>
      encodeRawFrame({ opcode: 9, payload: Buffer.from(String(index)) })
    )
    peer.write(Buffer.concat([...pings, encodeRawFrame({ opcode: 2, payload: TEXT })]))
    const pongs: string[] = []
    while (pongs.at(-1) !== '999') pongs.push((await peer.frame()).payload.toString())
    expect(pongs.length).toBeLessThan(10)
    await recorder.frameCount(1)
    expect(recorder.calls).toEqual(['frame'])
  })

  it('that floods pings and reads nothing makes no more than the queue wait', async () => {
    const { peer, recorder } = await openInbound()
    const { socket } = await bench.acceptedSocket()
    peer.socket.pause()
    const pings = Buffer.concat(Array<Buffer>(300).fill(encodeRawFrame({ opcode: 9, payload: Buffer.alloc(125) })))
    for (let round = 0; round < 200; round++) {
      peer.socket.write(pings)
      await turn()
      expect(socket.bufferedAmount).toBeLessThanOrEqual(LIMITS.sendQueueBytes)
    }
    expect(recorder.calls).toEqual([])
  })

  it('that ends its side without a close frame closes the socket with 1006', async () => {
    const { peer, recorder } = await openInbound()
    peer.send({ opcode: 2, payload: TEXT })
    peer.socket.end()
    expect(await recorder.closed()).toEqual([1006, ''])
    expect(recorder.calls).toEqual(['frame', 'close'])
  })

  it('that closes without a code closes the socket with 1005', async () => {
    const { peer, recorder } = await openInbound()
    peer.send({ opcode: 8 })
    expect(await recorder.closed()).toEqual([1005, ''])
  })

  it('that resets the connection is reported with the cause', async () => {
    const { peer, recorder } = await openInbound()
    peer.socket.resetAndDestroy()
    expect(await recorder.closed()).toEqual([1006, ''])
    expect(recorder.errors).toMatchObject([
      {
        code: 'ERR_TRUSTP2P_DRIVER_SOCKET_FAILED',
        message: expect.stringContaining('ECONNRESET'),
        cause: { code: 'ECONNRESET' }
      }
    ])
    expect(recorder.calls).toEqual(['error', 'close'])
  })

  it('that resets the connection during the handshake harms nothing', async () => {
    const { address } = await bench.listen()
    const { port } = new URL(address)
    const socket = connect(Number(port), '127.0.0.1')
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    socket.write('GET / HTTP/1.1\r\nUpgrade: websocket\r\n')
    while (bench.clock.pending === 0) await turn()
    socket.resetAndDestroy()
    while (bench.clock.pending > 0) await turn()
    const peer = await RawPeer.open(address)
    peers.push(peer)
  })

  it('that closes before the queue to it was sent ends the socket, and nothing is thrown', async () => {
    const { peer, recorder } = await openInbound()
    const { socket } = await bench.acceptedSocket()
    peer.socket.pause()
    for (let sent = 0; sent < 9; sent++) socket.send(new Uint8Array(10_000))
    peer.socket.destroy()
    await recorder.closed()
    expect(recorder.count('close')).toBe(1)
    expect(recorder.calls.at(-1)).toBe('close')
  })
})
