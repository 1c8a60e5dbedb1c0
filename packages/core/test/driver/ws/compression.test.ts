import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { Recorder } from '../recorder'
import { RawPeer, encodeRawFrame } from './raw-peer'
import { LIMITS, WsBench } from './set-up'

let bench: WsBench
const peers: RawPeer[] = []

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.destroy()
  await bench.driver.close()
})

const OFFER = { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
const COMPRESSED = 4
/** What a sender takes from the end of each compressed message (RFC 7692, 7.2.1). */
const TAIL = Buffer.from([0, 0, 0xff, 0xff])

async function open(compression: boolean) {
  bench = new WsBench({ compression })
  const { address } = await bench.listen()
  const peer = await RawPeer.open(address, OFFER)
  peers.push(peer)
  return { peer, ...(await bench.acceptedSocket()) }
}

function compress(bytes: Uint8Array): Buffer {
  const compressed = deflateRawSync(bytes, { finishFlush: 2 })
  return compressed.subarray(0, compressed.length - TAIL.length)
}

it('is off unless configured, whatever the peer offers', async () => {
  const { peer, socket } = await open(false)
  socket.send(new Uint8Array(5_000))
  const { first, payload } = await peer.frame()
  expect([first, payload.length]).toEqual([0x82, 5_000])
})

it('compresses messages of 1,024 bytes and more', async () => {
  const { peer, socket } = await open(true)
  socket.send(new Uint8Array(1_023))
  socket.send(new Uint8Array(1_024))
  expect(await peer.frame()).toMatchObject({ first: 0x82, payload: { length: 1_023 } })
  const { first, payload } = await peer.frame()
  expect(first).toBe(0x82 | (COMPRESSED << 4))
  expect(payload.length).toBeLessThan(100)
  expect(inflateRawSync(Buffer.concat([payload, TAIL]), { finishFlush: 2 })).toHaveLength(1_024)
})

it('is used in both directions between two of ours', async () => {
  bench = new WsBench({ compression: true })
  const { address } = await bench.listen()
  const near = await bench.dial(address)
  const atNear = Recorder.of(near)
  const { socket: far, recorder: atFar } = await bench.acceptedSocket()
  const bytes = Buffer.from('all work and no play '.repeat(400))
  near.send(bytes)
  far.send(bytes)
  await Promise.all([atFar.frameCount(1), atNear.frameCount(1)])
  expect(atFar.text).toEqual([bytes.toString()])
  expect(atNear.text).toEqual([bytes.toString()])
})

it('refuses with 1009 what grows past frameBytes, although its frame is short', async () => {
  const { peer, recorder } = await open(true)
  peer.send({ opcode: 2, reserved: COMPRESSED, payload: compress(new Uint8Array(LIMITS.frameBytes)) })
  await recorder.frameCount(1)
  expect(recorder.frames[0]?.length).toBe(LIMITS.frameBytes)
  peer.send({ opcode: 2, reserved: COMPRESSED, payload: compress(new Uint8Array(LIMITS.frameBytes + 1)) })
  expect((await peer.closeFrame())[0]).toBe(1009)
  peer.socket.end()
  await recorder.closed()
  expect(recorder.calls).toEqual(['frame', 'error', 'close'])
})

it('inflates no more than frameBytes of a zip bomb: a frame within the limit that would grow to 1,000 times its length', async () => {
  const { peer, recorder } = await open(true)
  const bomb = compress(new Uint8Array(64 * 2 ** 20)).subarray(0, LIMITS.frameBytes)
  const before = process.memoryUsage().arrayBuffers
  peer.send({ opcode: 2, reserved: COMPRESSED, payload: bomb })
  expect((await peer.closeFrame())[0]).toBe(1009)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20)
  peer.socket.end()
  await recorder.closed()
  expect(recorder.calls).toEqual(['error', 'close'])
})

it('closes with 1007 for what cannot be inflated', async () => {
  const { peer, recorder } = await open(true)
  peer.send({ opcode: 2, reserved: COMPRESSED, payload: Buffer.from([0xff, 0xff, 0xff]) })
  expect((await peer.closeFrame())[0]).toBe(1007)
  peer.socket.end()
  await recorder.closed()
  expect(recorder.errors).toMatchObject([{ code: 'ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED' }])
})

it('hands over what came before the connection broke, also what is still to be inflated then', async () => {
  const { peer, recorder } = await open(true)
  recorder.answer = () => peer.socket.resetAndDestroy()
  const frame = encodeRawFrame({ opcode: 2, reserved: COMPRESSED, payload: compress(new Uint8Array(5_000)) })
  const close = encodeRawFrame({ opcode: 8, payload: Buffer.from([3, 0xe8]) })
  peer.write(Buffer.concat([...Array.from({ length: 500 }, () => frame), close]))
  expect(await recorder.closed()).toEqual([1000, ''])
  expect(recorder.calls.map((call) => call[0]).join('')).toBe(`${'f'.repeat(500)}ec`)
  expect(recorder.errors).toMatchObject([{ code: 'ERR_TRUSTP2P_DRIVER_SOCKET_FAILED' }])
})
