import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { once } from 'node:events'
import { createTestKit } from '@trustp2p/testing'
import type { SocketLimits } from '../../../src/driver/contract'
import { frameHeader } from '../../../src/host/control/frame-splitter'
import { StreamSocket } from '../../../src/host/control/stream-socket'
import { Recorder } from '../../driver/recorder'
import { removeProjects, TemporaryProject } from '../temporary-project'

const LIMITS: SocketLimits = { frameBytes: 70_000, sendQueueBytes: 400_000, handshakeMs: 5_000 }
const HIGH_WATER = 100_000

const open: Socket[] = []
let server: Server
let path: string
let kit: ReturnType<typeof createTestKit>

beforeEach(async () => {
  kit = createTestKit()
  path = new TemporaryProject().path('s')
  server = createServer({ pauseOnConnect: true })
  server.listen(path)
  await once(server, 'listening')
})

afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
  server.close()
  removeProjects()
})

async function connectPair(): Promise<{ raw: Socket; far: Socket }> {
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const far = connect(path)
  const [raw] = await accepted
  open.push(raw, far)
  return { raw, far }
}

/** Two ends of one connection: a socket of ours, and the bare stream of its peer. */
async function connectRaw(limits: Partial<SocketLimits> = {}): Promise<{ near: StreamSocket; far: Socket }> {
  const { raw, far } = await connectPair()
  return { near: new StreamSocket(raw, { kit, limits: { ...LIMITS, ...limits }, url: 'x:y', peer: 'x:y' }), far }
}

async function connectBoth(limits: Partial<SocketLimits> = {}): Promise<{ near: StreamSocket; far: StreamSocket }> {
  const { near, far } = await connectRaw(limits)
  const options = { kit, limits: { ...LIMITS, ...limits }, url: 'x:z', peer: 'x:z' }
  return { near, far: new StreamSocket(far, options) }
}

describe('a socket on a byte stream', () => {
  it('carries frames byte for byte, in order, both ways', async () => {
    const { near, far } = await connectBoth()
    const [atNear, atFar] = [Recorder.of(near), Recorder.of(far)]
    const sizes = [0, 1, 127, 128, 4_096, 65_536, LIMITS.frameBytes]
    for (const [index, size] of sizes.entries()) {
      near.send(Buffer.alloc(size, index))
      far.send(Buffer.alloc(size, index + 100))
    }
    const same = (frames: readonly Uint8Array[], first: number) =>
      frames.every((frame, index) => Buffer.alloc(sizes[index] ?? 0, index + first).equals(frame))
    expect(same(await atFar.frameCount(sizes.length), 0)).toBe(true)
    expect(same(await atNear.frameCount(sizes.length), 100)).toBe(true)
  })

  it('with frameMs ends where the first frame, or the rest of one, does not come in time; else it may be silent', async () => {
    const FRAME_MS = 10_000
    const begin = async (): Promise<{ recorder: Recorder; far: Socket }> => {
      const { far, raw } = await connectPair()
      const recorder = Recorder.of(
        new StreamSocket(raw, { kit, limits: LIMITS, url: 'x:y', peer: 'x:y', frameMs: FRAME_MS })
      )
      return { recorder, far }
    }
    const [silent, half, whole] = [await begin(), await begin(), await begin()]
    whole.far.write(Buffer.from([1, 65]))
    half.far.write(Buffer.from([1, 65, 2, 66]))
    await Promise.all([whole.recorder.frameCount(1), half.recorder.frameCount(1)])
    kit.clock.advance(FRAME_MS - 1)
    expect([silent, half, whole].map(({ recorder }) => recorder.calls.includes('close'))).toEqual([false, false, false])
    half.far.write(Buffer.from([67, 2, 68]))
    await half.recorder.frameCount(2)
    kit.clock.advance(1)
    expect(await silent.recorder.closed()).toEqual([1006, ''])
    kit.clock.advance(FRAME_MS - 1)
    expect(await half.recorder.closed()).toEqual([1006, ''])
    kit.clock.advance(100 * FRAME_MS)
    whole.far.write(Buffer.from([1, 65]))
    await whole.recorder.frameCount(2)
    whole.far.end()
    await whole.recorder.closed()
    expect(kit.clock.pending).toBe(0)
  })

  it('reads nothing before a receiver is attached', async () => {
    const { near, far } = await connectBoth()
    far.send(Buffer.from('early'))
    await new Promise((resolve) => setImmediate(resolve))
    const atNear = Recorder.of(near)
    await atNear.frameCount(1)
    expect(atNear.text).toEqual(['early'])
  })

  it('closes at a frame of one byte more than frameBytes, before it came', async () => {
    const { near, far } = await connectRaw()
    const atNear = Recorder.of(near)
    far.write(Buffer.concat([frameHeader(LIMITS.frameBytes), Buffer.alloc(LIMITS.frameBytes)]))
    far.write(frameHeader(LIMITS.frameBytes + 1))
    far.resume()
    expect(await atNear.closed()).toEqual([1009, ''])
    expect(atNear.calls).toEqual(['frame', 'error', 'close'])
    expect(atNear.errors).toMatchObject([
      { code: 'ERR_TRUSTP2P_DRIVER_SOCKET_FAILED', message: expect.stringContaining(`${LIMITS.frameBytes} bytes`) }
    ])
  })

  it('takes exactly sendQueueBytes, refuses one byte more, and tells of its drain', async () => {
    const { near, far } = await connectRaw({ frameBytes: LIMITS.sendQueueBytes })
    const atNear = Recorder.of(near)
    const code = 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE'
    expect(() => near.send(Buffer.alloc(LIMITS.sendQueueBytes + 1))).toThrow(expect.objectContaining({ code }))
    expect(near.send(Buffer.alloc(HIGH_WATER))).toBe(true)
    expect(near.send(Buffer.alloc(LIMITS.sendQueueBytes - near.bufferedAmount))).toBe(false)
    expect(() => near.send(Buffer.alloc(1))).toThrow(expect.objectContaining({ code }))
    far.resume()
    await atNear.until(() => atNear.count('drain') === 1)
    expect(near.bufferedAmount).toBeLessThanOrEqual(HIGH_WATER)
  })

  it('sends what is queued, then closes both ends', async () => {
    const { near, far } = await connectBoth()
    const [atNear, atFar] = [Recorder.of(near), Recorder.of(far)]
    for (let number = 0; number < 100; number++) near.send(Buffer.from(String(number)))
    near.close(1001, 'node stopping')
    expect(() => near.send(Buffer.alloc(1))).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_SOCKET_CLOSED' }))
    expect(await atFar.closed()).toEqual([1000, ''])
    expect(await atNear.closed()).toEqual([1001, 'node stopping'])
    expect(atFar.calls).toEqual([...Array<string>(100).fill('frame'), 'close'])
  })

  it('is dropped 2 s after its close where the peer does not read', async () => {
    const { near } = await connectRaw()
    const atNear = Recorder.of(near)
    while (near.bufferedAmount < 300_000) near.send(Buffer.alloc(60_000))
    near.close(1000, '')
    kit.clock.advance(1_999)
    await new Promise((resolve) => setImmediate(resolve))
    expect(atNear.calls).toEqual([])
    kit.clock.advance(1)
    expect(await atNear.closed()).toEqual([1006, ''])
    expect(kit.clock.pending).toBe(0)
  })

  it('is dropped at once by terminate', async () => {
    const { near, far } = await connectBoth()
    const [atNear, atFar] = [Recorder.of(near), Recorder.of(far)]
    near.terminate()
    near.terminate()
    expect(await atNear.closed()).toEqual([1006, ''])
    await atFar.closed()
    expect([atNear.calls, atFar.calls]).toEqual([['close'], ['close']])
  })

  it('lets no further frame through once a handler closed it', async () => {
    const { near, far } = await connectBoth()
    const atNear = Recorder.of(near)
    atNear.answer = () => near.close(1002, 'one was enough')
    for (let number = 0; number < 10; number++) far.send(Buffer.alloc(10))
    Recorder.of(far)
    await atNear.closed()
    expect(atNear.calls).toEqual(['frame', 'close'])
  })

  it('reports a stream that ends within a frame', async () => {
    const { near, far } = await connectRaw()
    const atNear = Recorder.of(near)
    far.end(Uint8Array.of(5, 1, 2))
    far.resume()
    await atNear.closed()
    expect(atNear.errors).toMatchObject([{ message: expect.stringContaining('ended within a frame') }])
  })

  it('tells a receiver that is attached too late', async () => {
    const { near, far } = await connectBoth()
    const atFar = Recorder.of(far)
    near.terminate()
    await atFar.closed()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await Recorder.of(near).closed()).toEqual([1006, ''])
  })
})
