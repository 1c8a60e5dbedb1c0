import { defaultConfig } from '../../src/config/defaults'
import type { DriverSocket, SocketLimits } from '../../src/driver/contract'
import { PASSED_BYTES } from '../../src/driver/net/send-queue'
import { createTcpDriver } from '../../src/driver/stream/tcp-driver'
import { Recorder } from './recorder'
import { StreamBench } from './stream/set-up'
import { RawPeer } from './ws/raw-peer'
import { WsBench } from './ws/set-up'

const MIB = 1024 * 1024
const LIMITS: SocketLimits = { frameBytes: MIB, sendQueueBytes: 16 * MIB, handshakeMs: 1_000 }
/** What stands before 126 to 65,535 bytes that a server sends. */
const HEADER_BYTES = 4
/** The answer to a ping that says `ping`. */
const PONG_BYTES = 6
/** One passes at once, is copied, or waits as it is. */
const LENGTHS = [4, 1_000, 1_025, 20_000]

/**
 * Sends frames, each with its number, until far more waits than a stream is given, although the system takes some
 * megabytes for a peer that does not read. Gives how many.
 */
async function fill(socket: DriverSocket): Promise<number> {
  let count = 0
  for (let calmTurns = 0; calmTurns < 10; calmTurns++) {
    for (; socket.bufferedAmount < 8 * PASSED_BYTES; count++) {
      calmTurns = 0
      const frame = Buffer.alloc(LENGTHS[count % LENGTHS.length] ?? 0)
      frame.writeUInt32BE(count)
      socket.send(frame)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return count
}

async function connectWs() {
  const bench = new WsBench()
  const { address } = await bench.listen('ws://127.0.0.1:0', LIMITS)
  const near = await bench.dial(address, LIMITS)
  return { near, far: (await bench.acceptedSocket()).socket, end: () => bench.driver.close() }
}

async function connectTcp() {
  const bench = new StreamBench((kit) => createTcpDriver({ kit, config: defaultConfig('node').drivers.tcp }))
  const { address } = await bench.listen('tcp://127.0.0.1:0', LIMITS)
  const near = await bench.driver.dial(address, { limits: LIMITS })
  return { near, far: (await bench.firstAccepted()).socket, end: () => bench.driver.close() }
}

const numbersOf = (frames: readonly Uint8Array[]) => frames.map((frame) => Buffer.from(frame).readUInt32BE())
const upTo = (count: number) => Array.from({ length: count }, (_, number) => number)

it.each([
  ['ws', connectWs],
  ['tcp', connectTcp]
])('over %s a peer that reads late gets all in order, and our close behind it', async (_scheme, connect) => {
  const { near, far, end } = await connect()
  try {
    const count = await fill(far)
    far.close(1_000, 'enough')
    const recorder = Recorder.of(near)
    await recorder.until(() => recorder.closes.length > 0)
    expect(recorder.closes).toEqual([[1_000, 'enough']])
    expect(numbersOf(recorder.frames)).toEqual(upTo(count))
  } finally {
    await end()
  }
})

describe('over ws a peer that reads late', () => {
  let bench: WsBench
  let peer: RawPeer

  beforeEach(async () => {
    bench = new WsBench()
    peer = await RawPeer.open((await bench.listen('ws://127.0.0.1:0', LIMITS)).address)
    peer.socket.pause()
  })

  afterEach(async () => {
    peer.socket.destroy()
    await bench.driver.close()
  })

  /** What comes up to a close frame, that included. */
  async function readOn(): Promise<{ readonly first: number; readonly payload: Buffer }[]> {
    peer.socket.resume()
    for (const frames = []; ;) {
      const frame = await peer.frame()
      frames.push(frame)
      if (frame.first === 0x88) return frames
    }
  }

  it.each([
    ['closes', 8, 1_000],
    ['sends what is not understood', 1, 1_007]
  ])('and %s gets all that was sent, and then a close frame', async (_what, opcode, code) => {
    const { socket, recorder } = await bench.acceptedSocket()
    const count = await fill(socket)
    peer.send({ opcode, payload: Uint8Array.of(1_000 >> 8, 1_000 & 0xff) })
    const frames = await readOn()
    const last = frames.pop()
    expect(last?.payload.readUInt16BE()).toBe(code)
    expect(numbersOf(frames.map(({ payload }) => payload))).toEqual(upTo(count))
    peer.socket.destroy()
    await recorder.until(() => recorder.closes.length > 0)
  })

  it('and ends its side without a close frame gets all that was sent (T22)', async () => {
    const { socket, recorder } = await bench.acceptedSocket()
    const count = await fill(socket)
    peer.socket.end()
    peer.socket.resume()
    const numbers: number[] = []
    while (numbers.length < count) numbers.push((await peer.frame()).payload.readUInt32BE())
    expect(numbers).toEqual(upTo(count))
    await recorder.until(() => recorder.closes.length > 0)
    expect(recorder.closes).toEqual([[1_006, '']])
  })

  it('and pings gets the answer behind all that was sent', async () => {
    const { socket } = await bench.acceptedSocket()
    const count = await fill(socket)
    peer.send({ opcode: 9, payload: Buffer.from('ping') })
    peer.socket.resume()
    const numbers: number[] = []
    for (;;) {
      const { first, payload } = await peer.frame()
      if (first === 0x8a) break
      numbers.push(payload.readUInt32BE())
    }
    expect(numbers).toEqual(upTo(count))
  })

  it.each([
    ['no more than the mark waits gets an answer', 0, PONG_BYTES],
    ['more than the mark waits gets no answer', 1, 0]
  ])('and pings while %s', async (_what, beyond, answered) => {
    const { socket, recorder } = await bench.acceptedSocket()
    await fill(socket)
    const before = LIMITS.sendQueueBytes / 4 + beyond
    while (before - socket.bufferedAmount > 40_000) socket.send(new Uint8Array(20_000))
    socket.send(new Uint8Array(before - socket.bufferedAmount - HEADER_BYTES))
    expect(socket.bufferedAmount).toBe(before)
    peer.send({ opcode: 9, payload: Buffer.from('ping') })
    peer.send({ opcode: 2, payload: Buffer.from('behind the ping') })
    await recorder.until(() => recorder.frames.length > 0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(socket.bufferedAmount).toBe(before + answered)
  })
})

it('over ws a peer that closes and reads late gets no ping behind the close frame (T22)', async () => {
  const KEEP_ALIVE_MS = 500
  const bench = new WsBench({ keepAliveMs: KEEP_ALIVE_MS })
  const peer = await RawPeer.open((await bench.listen('ws://127.0.0.1:0', LIMITS)).address)
  try {
    peer.socket.pause()
    const { socket } = await bench.acceptedSocket()
    await fill(socket)
    peer.send({ opcode: 8, payload: Uint8Array.of(1_000 >> 8, 1_000 & 0xff) })
    const before = socket.bufferedAmount
    while (socket.bufferedAmount === before) await new Promise((resolve) => setImmediate(resolve))
    const closing = socket.bufferedAmount
    for (let check = 0; check < 2; check++) bench.clock.advance(KEEP_ALIVE_MS)
    expect(socket.bufferedAmount).toBe(closing)
  } finally {
    peer.socket.destroy()
    await bench.driver.close()
  }
})
