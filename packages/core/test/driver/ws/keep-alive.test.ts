import type { DriverSocket } from '../../../src/driver/contract'
import { Recorder } from '../recorder'
import { RawPeer, RawServer, upgradeResponse } from './raw-peer'
import { WsBench, turn } from './set-up'

const INTERVAL_MS = 20_000

let bench: WsBench
let server: RawServer | undefined
const peers: RawPeer[] = []

beforeEach(() => {
  bench = new WsBench({ keepAliveMs: INTERVAL_MS })
})

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.destroy()
  await bench.driver.close()
  await server?.close()
  server = undefined
})

interface Pair {
  readonly peer: RawPeer
  readonly socket: DriverSocket
  readonly recorder: Recorder
}

async function openInbound(): Promise<Pair> {
  const { address } = await bench.listen('ws://127.0.0.1:0', { sendQueueBytes: 4 * 2 ** 20 })
  const peer = await RawPeer.open(address)
  peers.push(peer)
  return { peer, ...(await bench.acceptedSocket()) }
}

async function openOutbound(): Promise<Pair> {
  let peer: RawPeer | undefined
  server = new RawServer((accepted) => {
    peer = accepted
    void accepted.head().then((head) => accepted.write(upgradeResponse(head)))
  })
  const socket = await bench.dial(await server.listen())
  if (peer === undefined) throw new Error('nobody dialled')
  return { peer, socket, recorder: Recorder.of(socket) }
}

const PING = 0x89

describe.each([
  ['inbound', openInbound, true],
  ['outbound', openOutbound, false]
])('an %s socket', (_name, open, masked) => {
  it('pings a peer that was silent for an interval, and keeps one that answers', async () => {
    const { peer, recorder } = await open()
    for (let round = 0; round < 5; round++) {
      bench.clock.advance(INTERVAL_MS)
      const ping = await peer.frame()
      expect(ping.first).toBe(PING)
      const before = peer.socket.bytesWritten
      peer.send({ opcode: 10, masked, payload: ping.payload })
      while (peer.socket.bytesWritten === before || peer.socket.writableLength > 0) await turn()
      for (let more = 0; more < 5; more++) await turn()
    }
    expect(recorder.calls).toEqual([])
  })

  it('drops a peer that answers no ping until the next check, and tells why', async () => {
    const { peer, recorder } = await open()
    bench.clock.advance(INTERVAL_MS)
    expect((await peer.frame()).first).toBe(PING)
    bench.clock.advance(INTERVAL_MS - 1)
    await turn()
    expect(recorder.calls).toEqual([])
    bench.clock.advance(1)
    expect(await recorder.closed()).toEqual([1006, ''])
    expect(recorder.errors).toMatchObject([
      { code: 'ERR_TRUSTP2P_DRIVER_SOCKET_FAILED', message: expect.stringContaining('no sign of life') }
    ])
    await peer.end()
  })

  it('does not ping behind a close frame, while the connection is there still', async () => {
    const { peer, recorder } = await open()
    const closed = new Promise<void>((resolve) => {
      peer.socket.once('data', () => resolve())
    })
    peer.send({ opcode: 8, masked, payload: Uint8Array.of(1_000 >> 8, 1_000 & 0xff) })
    await closed
    peer.socket.pause()
    for (let look = 0; look < 2; look++) bench.clock.advance(INTERVAL_MS)
    await turn()
    peer.socket.resume()
    expect(await recorder.closed()).toEqual([1000, ''])
    expect(recorder.errors).toEqual([])
  })

  it('drops a peer that has stopped reading', async () => {
    const { peer, recorder } = await open()
    peer.socket.pause()
    bench.clock.advance(INTERVAL_MS)
    bench.clock.advance(INTERVAL_MS)
    expect(await recorder.closed()).toEqual([1006, ''])
  })

  it('does not ping a peer that sends', async () => {
    const { peer, recorder } = await open()
    for (let round = 1; round <= 4; round++) {
      peer.send({ opcode: 2, masked, payload: Buffer.from('here') })
      await recorder.frameCount(round)
      bench.clock.advance(INTERVAL_MS)
    }
    await turn()
    expect(peer.received).toHaveLength(0)
  })

  it('counts the bytes of a frame that takes long as a sign of life', async () => {
    const { peer, recorder } = await open()
    peer.send({ opcode: 2, masked, claimed: 5_000, payload: Buffer.alloc(0) })
    for (let round = 0; round < 5; round++) {
      peer.write(Buffer.alloc(1_000))
      for (let more = 0; more < 10; more++) await turn()
      bench.clock.advance(INTERVAL_MS)
    }
    await recorder.frameCount(1)
    expect(recorder.calls).toEqual(['frame'])
    expect(peer.received).toHaveLength(0)
  })
})

it('keeps a slow reader that still reads, and drops it once it does not', async () => {
  const { peer, socket, recorder } = await openInbound()
  peer.discards = true
  peer.socket.pause()
  while (socket.bufferedAmount === 0) {
    socket.send(new Uint8Array(60_000))
    for (let more = 0; more < 20; more++) await turn()
  }
  for (let round = 0; round < 6; round++) {
    socket.send(new Uint8Array(60_000))
    bench.clock.advance(INTERVAL_MS)
    await readUntilTaken(peer, socket)
  }
  await turn()
  expect(recorder.count('close')).toBe(0)
  for (let round = 0; round < 3; round++) bench.clock.advance(INTERVAL_MS)
  expect(await recorder.closed()).toEqual([1006, ''])
})

/** Lets the peer read until the system takes more of what waits for it. */
async function readUntilTaken(peer: RawPeer, socket: DriverSocket): Promise<void> {
  const before = socket.bufferedAmount
  peer.socket.resume()
  while (socket.bufferedAmount >= before) await turn()
  peer.socket.pause()
  while (socket.bufferedAmount === 0) {
    socket.send(new Uint8Array(60_000))
    await turn()
  }
}

it('drops a peer that ended its side and does not read', async () => {
  const { peer, socket, recorder } = await openInbound()
  peer.socket.pause()
  while (socket.bufferedAmount === 0) {
    socket.send(new Uint8Array(60_000))
    for (let more = 0; more < 20; more++) await turn()
  }
  peer.socket.end()
  for (let more = 0; more < 20; more++) await turn()
  expect(recorder.calls).toEqual([])
  for (let round = 0; round < 3; round++) bench.clock.advance(INTERVAL_MS)
  expect(await recorder.closed()).toEqual([1006, ''])
})

it('has one timer for all sockets, and none without them', async () => {
  const { address } = await bench.listen()
  expect(bench.clock.pending).toBe(0)
  for (let number = 0; number < 5; number++) peers.push(await RawPeer.open(address))
  await bench.acceptedSocket(4)
  expect(bench.clock.pending).toBe(1)
  for (const socket of bench.accepted) socket.terminate()
  for (const recorder of bench.recorders) await recorder.closed()
  expect(bench.clock.pending).toBe(0)
})

it('is off with keepAliveMs 0', async () => {
  bench = new WsBench({ keepAliveMs: 0 })
  const { recorder } = await openInbound()
  expect(bench.clock.pending).toBe(0)
  bench.clock.advance(10 * INTERVAL_MS)
  await turn()
  expect(recorder.calls).toEqual([])
})
