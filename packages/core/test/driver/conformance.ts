import type { Driver, DriverListener, DriverSocket, SocketLimits } from '../../src/driver/contract'
import type { P2pError } from '../../src/errors'
import { Recorder } from './recorder'

/** What the suite needs of a driver. */
export interface DriverSubject {
  readonly name: string
  /** Makes a driver that reaches the others that were made since the last `reset`. */
  createDriver(): Driver
  /** Called before each test. */
  reset(): void
  /** An address to listen on that is free. */
  readonly listenUrl: string
  /** An address that nobody listens on. */
  readonly deadUrl: string
  readonly invalidUrls: readonly string[]
  /** Whether the real address differs from the wanted one (port 0). */
  readonly choosesPort: boolean
}

const LIMITS: SocketLimits = { frameBytes: 70_000, sendQueueBytes: 400_000, handshakeMs: 5_000 }
const HIGH_WATER = 100_000

interface Connection {
  readonly near: DriverSocket
  readonly far: DriverSocket
  readonly listener: DriverListener
}

/** Proves that a driver keeps the contract; the same tests for every driver. */
export function describeDriver(subject: DriverSubject): void {
  describe(`the driver contract, kept by ${subject.name}`, () => {
    let server: Driver
    let client: Driver

    beforeEach(() => {
      subject.reset()
      server = subject.createDriver()
      client = subject.createDriver()
    })

    afterEach(async () => {
      await client.close()
      await server.close()
    })

    /** Listens and dials; nobody is attached to either end. */
    async function connect(limits: Partial<SocketLimits> = {}): Promise<Connection> {
      const accepted: DriverSocket[] = []
      const options = { limits: { ...LIMITS, ...limits }, onWarning: fail }
      const listener = await server.listen(subject.listenUrl, {
        ...options,
        onSocket: (socket) => accepted.push(socket)
      })
      const near = await client.dial(listener.address, options)
      return { near, far: expectOne(accepted), listener }
    }

    async function connectRecorded(limits: Partial<SocketLimits> = {}) {
      const { near, far, listener } = await connect(limits)
      return { near, far, listener, atNear: Recorder.of(near), atFar: Recorder.of(far) }
    }

    describe('addresses', () => {
      it('says what it is and what it supports', () => {
        expect(server.schemes).toContain(subject.listenUrl.split(':')[0])
        expect(server.supports).toEqual(expect.objectContaining({ listen: true, dial: true }))
      })

      it('reports the address that it really listens on, which can be dialled', async () => {
        const { near, far, listener } = await connect()
        expect(listener.address === subject.listenUrl).toBe(!subject.choosesPort)
        expect(near).toMatchObject({ url: listener.address, peer: listener.address })
        expect(far.url).toBe(listener.address)
        expect(far.peer).not.toBe('')
        expect(far.host).not.toBe('')
        expect(near.host).not.toBe('')
      })

      it('listens on several addresses at once', async () => {
        const first = await connectRecorded()
        const urls: string[] = []
        const second = await server.listen(subject.listenUrl.replace(/$/, subject.choosesPort ? '' : '2'), {
          limits: LIMITS,
          onWarning: fail,
          onSocket: (socket) => urls.push(socket.url)
        })
        await client.dial(second.address, { limits: LIMITS })
        expect(second.address).not.toBe(first.listener.address)
        expect(urls).toEqual([second.address])
      })

      it('T18 rejects a listen address that is taken, and goes on with the first listener', async () => {
        const { listener } = await connect()
        const again = server.listen(listener.address, { limits: LIMITS, onWarning: fail, onSocket: fail })
        await expect(again).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE' })
        await expect(again).rejects.toThrow(listener.address)
        Recorder.of(await client.dial(listener.address, { limits: LIMITS }))
      })

      it('T18 rejects the dial of an address that nobody listens on', async () => {
        const dial = client.dial(subject.deadUrl, { limits: LIMITS })
        await expect(dial).rejects.toMatchObject({
          code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
          message: expect.stringContaining(subject.deadUrl),
          cause: expect.anything()
        })
      })

      it.each(subject.invalidUrls)('rejects %j, which is no address', async (url) => {
        const code = 'ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID'
        await expect(client.dial(url, { limits: LIMITS })).rejects.toMatchObject({ code })
        const listen = server.listen(url, { limits: LIMITS, onWarning: fail, onSocket: fail })
        await expect(listen).rejects.toMatchObject({ code })
      })
    })

    describe('frames', () => {
      const sizes = [0, 1, 125, 126, 127, 4_096, 65_535, 65_536, LIMITS.frameBytes]

      it('arrive byte for byte, from none to frameBytes, both ways', async () => {
        const { near, far, atNear, atFar } = await connectRecorded()
        for (const size of sizes) {
          near.send(pattern(size, 1))
          far.send(pattern(size, 2))
        }
        const [toFar, toNear] = await Promise.all([atFar.frameCount(sizes.length), atNear.frameCount(sizes.length)])
        expect(toFar.map((frame) => digest(frame))).toEqual(sizes.map((size) => digest(pattern(size, 1))))
        expect(toNear.map((frame) => digest(frame))).toEqual(sizes.map((size) => digest(pattern(size, 2))))
      })

      it('arrive in the order in which they were sent, over many ticks', async () => {
        const { near, atFar } = await connectRecorded()
        for (let number = 0; number < 2_000; number++) {
          near.send(Buffer.from(String(number)))
          if (number % 100 === 0) await turn()
        }
        await atFar.frameCount(2_000)
        expect(atFar.text).toEqual(Array.from({ length: 2_000 }, (_, number) => String(number)))
      })

      it('stay what they were while others follow', async () => {
        const { near, atFar } = await connectRecorded()
        for (let round = 0; round < 50; round++) {
          for (let number = 0; number < 20; number++) near.send(pattern(500, round * 20 + number))
          await atFar.frameCount((round + 1) * 20)
        }
        expect(atFar.frames.every((frame, number) => digest(frame) === digest(pattern(500, number)))).toBe(true)
      })

      it('may be sent on several sockets, and are not changed by it', async () => {
        const one = await connectRecorded()
        const accepted: DriverSocket[] = []
        const url = subject.choosesPort ? subject.listenUrl : `${subject.listenUrl}3`
        const other = await client.listen(url, {
          limits: LIMITS,
          onWarning: fail,
          onSocket: (socket) => accepted.push(socket)
        })
        const second = Recorder.of(await server.dial(other.address, { limits: LIMITS }))
        const bytes = pattern(300, 7)
        one.near.send(bytes)
        expectOne(accepted).send(bytes)
        await Promise.all([one.atFar.frameCount(1), second.frameCount(1)])
        expect([digest(bytes), digest(one.atFar.frames[0]), digest(second.frames[0])]).toEqual(
          Array(3).fill(digest(pattern(300, 7)))
        )
      })

      it('of one byte more than frameBytes close the socket with 1009', async () => {
        for (const direction of ['inbound', 'outbound'] as const) {
          subject.reset()
          const { near, far, atNear, atFar } = await reconnect()
          const [sender, atSender, atReceiver] =
            direction === 'inbound' ? [near, atNear, atFar] : ([far, atFar, atNear] as const)
          sender.send(pattern(LIMITS.frameBytes, 1))
          sender.send(pattern(LIMITS.frameBytes + 1, 1))
          expect(await atSender.closed()).toEqual([1009, ''])
          await atReceiver.closed()
          expect(atReceiver.frames.map((frame) => frame.length)).toEqual([LIMITS.frameBytes])
          expect(atReceiver.errors).toMatchObject([{ code: 'ERR_TRUSTP2P_DRIVER_SOCKET_FAILED' }])
          expect(atReceiver.calls).toEqual(['frame', 'error', 'close'])
        }
      })

      async function reconnect() {
        await client.close()
        await server.close()
        server = subject.createDriver()
        client = subject.createDriver()
        return connectRecorded()
      }

      it('that come before a receiver is attached wait for it', async () => {
        const { near, far } = await connect()
        far.send(Buffer.from('early'))
        near.send(Buffer.from('early too'))
        for (let round = 0; round < 5; round++) await turn()
        far.send(Buffer.from('later'))
        const atNear = Recorder.of(near)
        const atFar = Recorder.of(far)
        await Promise.all([atNear.frameCount(2), atFar.frameCount(1)])
        expect([atNear.text, atFar.text]).toEqual([['early', 'later'], ['early too']])
      })

      it('that were sent within onSocket are received', async () => {
        const listener = await server.listen(subject.listenUrl, {
          limits: LIMITS,
          onWarning: fail,
          onSocket: (socket) => {
            Recorder.of(socket)
            socket.send(Buffer.from('at once'))
          }
        })
        const atNear = Recorder.of(await client.dial(listener.address, { limits: LIMITS }))
        await atNear.frameCount(1)
        expect(atNear.text).toEqual(['at once'])
      })
    })

    describe('the queue to a slow reader', () => {
      it('takes exactly sendQueueBytes, and refuses one byte more', async () => {
        const { near, atFar } = await connectRecorded({ frameBytes: LIMITS.sendQueueBytes + 1 })
        const code = 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE'
        expect(() => near.send(new Uint8Array(LIMITS.sendQueueBytes + 1))).toThrow(expect.objectContaining({ code }))
        expect(near.bufferedAmount).toBe(0)
        expect(near.send(new Uint8Array(LIMITS.sendQueueBytes))).toBe(false)
        expect(() => near.send(new Uint8Array(1))).toThrow(expect.objectContaining({ code }))
        await atFar.frameCount(1)
        expect(atFar.frames.map((frame) => frame.length)).toEqual([LIMITS.sendQueueBytes])
      })

      it('takes exactly what is left of sendQueueBytes where the peer does not read', async () => {
        const { near, far } = await connect({ frameBytes: LIMITS.sendQueueBytes })
        const atNear = Recorder.of(near)
        const sent = await jam(near)
        const left = LIMITS.sendQueueBytes - near.bufferedAmount
        expect(() => near.send(new Uint8Array(left + 1))).toThrow(
          expect.objectContaining({
            code: 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE',
            message: expect.stringContaining(`${LIMITS.sendQueueBytes}`)
          })
        )
        expect(near.send(new Uint8Array(left))).toBe(false)
        expect(near.bufferedAmount).toBeGreaterThanOrEqual(LIMITS.sendQueueBytes)
        const atFar = Recorder.of(far)
        await atFar.frameCount(sent + 1)
        await atNear.until(() => atNear.count('drain') === 1)
        expect(atFar.frames.at(-1)?.length).toBe(left)
      })

      it('gives true up to the high-water mark, a quarter of sendQueueBytes, and false above it', async () => {
        const { near, atNear } = await connectRecorded({ frameBytes: LIMITS.sendQueueBytes })
        expect(near.send(new Uint8Array(HIGH_WATER))).toBe(true)
        expect(near.send(new Uint8Array(1))).toBe(false)
        await atNear.until(() => atNear.count('drain') === 1)
        expect(near.send(new Uint8Array(HIGH_WATER + 1))).toBe(false)
        await atNear.until(() => atNear.count('drain') === 2)
      })

      it('tells of its drain once it fell to the mark, and only where send gave false', async () => {
        const { near, far } = await connect({ frameBytes: LIMITS.sendQueueBytes })
        const atNear = Recorder.of(near)
        const jammed = await jam(near)
        while (near.send(new Uint8Array(20_000)));
        expect(near.send(new Uint8Array(20_000))).toBe(false)
        await turn()
        expect(atNear.calls).toEqual([])
        let atDrain = Infinity
        const drained = atNear.until(() => {
          if (atNear.count('drain') === 1) atDrain = Math.min(atDrain, near.bufferedAmount)
          return atNear.count('drain') === 1
        })
        const atFar = Recorder.of(far)
        await drained
        expect(atDrain).toBeLessThanOrEqual(HIGH_WATER)
        near.send(Buffer.from('last'))
        await atFar.until(() => atFar.text.at(-1) === 'last')
        expect(atFar.frames.length).toBeGreaterThan(jammed)
        expect(atNear.calls).toEqual(['drain'])
      })
    })

    describe('closing', () => {
      it.each([
        [1000, 'lost driver'],
        [1001, ''],
        [1003, 'unknown talks'],
        [1013, 'inbound connections maxed out'],
        [3000, 'é'.repeat(61)],
        [4999, 'x'.repeat(123)]
      ])('carries code %i and its reason to both ends', async (code, reason) => {
        const { near, atNear, atFar } = await connectRecorded()
        near.close(code, reason)
        expect(await atFar.closed()).toEqual([code, reason])
        expect(await atNear.closed()).toEqual([code, reason])
      })

      it('works the same from the inbound end', async () => {
        const { far, atNear, atFar } = await connectRecorded()
        far.close(1001, 'node stopping')
        expect(await atNear.closed()).toEqual([1001, 'node stopping'])
        expect(await atFar.closed()).toEqual([1001, 'node stopping'])
      })

      it('gives each end the code of the other where both close at once', async () => {
        const { near, far, atNear, atFar } = await connectRecorded()
        near.close(1000, 'near')
        far.close(1001, 'far')
        expect(await atNear.closed()).toEqual([1001, 'far'])
        expect(await atFar.closed()).toEqual([1000, 'near'])
      })

      it.each([999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, NaN])('refuses the code %d', async (code) => {
        const { near, atFar } = await connectRecorded()
        expect(() => near.close(code, '')).toThrow(RangeError)
        near.send(Buffer.from('still open'))
        await atFar.frameCount(1)
      })

      it('refuses a reason of 124 bytes', async () => {
        const { near } = await connectRecorded()
        expect(() => near.close(1000, 'x'.repeat(124))).toThrow(RangeError)
        expect(() => near.close(1000, 'é'.repeat(62))).toThrow(RangeError)
        expect(near.send(new Uint8Array(1))).toBe(true)
      })

      it('sends first what is queued', async () => {
        const { near, atFar } = await connectRecorded()
        for (let number = 0; number < 100; number++) near.send(Buffer.from(String(number)))
        near.close(1000, 'done')
        await atFar.closed()
        expect(atFar.calls).toEqual([...Array<string>(100).fill('frame'), 'close'])
      })

      it('ends with 1006 after 2 s where the peer does not follow', async () => {
        const { near } = await connect()
        const atNear = Recorder.of(near)
        const start = performance.now()
        near.close(1000, 'are you there')
        expect(await atNear.closed()).toEqual([1006, ''])
        expect(performance.now() - start).toBeGreaterThan(1_900)
        expect(performance.now() - start).toBeLessThan(4_000)
      })

      it('completes without a receiver', async () => {
        const { near, far } = await connect()
        const atFar = Recorder.of(far)
        far.close(1013, 'inbound connections maxed out')
        near.close(1000, '')
        expect(await atFar.closed()).toEqual([1000, ''])
        expect(await Recorder.of(near).closed()).toEqual([1013, 'inbound connections maxed out'])
      })

      it('completes where neither end has a receiver', async () => {
        const { near, far } = await connect()
        near.close(1000, 'near')
        far.close(1001, 'far')
        expect(await Recorder.of(near).closed()).toEqual([1001, 'far'])
        expect(await Recorder.of(far).closed()).toEqual([1000, 'near'])
      })

      it('of a socket within onSocket reaches who dialled', async () => {
        const listener = await server.listen(subject.listenUrl, {
          limits: LIMITS,
          onWarning: fail,
          onSocket: (socket) => socket.close(1013, 'inbound connections maxed out')
        })
        const start = performance.now()
        const atNear = Recorder.of(await client.dial(listener.address, { limits: LIMITS }))
        expect(await atNear.closed()).toEqual([1013, 'inbound connections maxed out'])
        expect(performance.now() - start).toBeLessThan(1_500)
      })

      it('lets nothing but onClose follow, however much the peer still sends', async () => {
        const { near, far, atNear, atFar } = await connectRecorded()
        for (let number = 0; number < 500; number++) far.send(pattern(100, number))
        near.close(1000, 'enough')
        await atFar.closed()
        await atNear.closed()
        await turn()
        expect(atNear.calls).toEqual(['close'])
      })

      it('twice, or of what is gone, does nothing', async () => {
        const { near, atNear, atFar } = await connectRecorded()
        near.close(1000, 'first')
        near.close(1001, 'second')
        expect(await atFar.closed()).toEqual([1000, 'first'])
        await atNear.closed()
        near.close(1001, 'third')
        near.terminate()
        await turn()
        expect(atNear.calls).toEqual(['close'])
      })

      it('in a handler lets no further frame through', async () => {
        const { near, far, atNear, atFar } = await connectRecorded()
        atFar.answer = () => far.close(1002, 'one was enough')
        for (let number = 0; number < 10; number++) near.send(pattern(10, number))
        expect(await atNear.closed()).toEqual([1002, 'one was enough'])
        await atFar.closed()
        expect(atFar.calls).toEqual(['frame', 'close'])
      })
    })

    describe('terminating', () => {
      it('closes both ends with 1006', async () => {
        const { near, atNear, atFar } = await connectRecorded()
        near.terminate()
        expect(atNear.calls).toEqual([])
        expect(await atNear.closed()).toEqual([1006, ''])
        expect(await atFar.closed()).toEqual([1006, ''])
        near.terminate()
        await turn()
        expect(atNear.calls).toEqual(['close'])
      })

      it('in a handler lets no further frame through', async () => {
        const { near, far, atNear, atFar } = await connectRecorded()
        atFar.answer = () => far.terminate()
        for (let number = 0; number < 10; number++) near.send(pattern(10, number))
        await Promise.all([atNear.closed(), atFar.closed()])
        expect(atFar.calls).toEqual(['frame', 'close'])
        expect(atFar.closes).toEqual([[1006, '']])
      })

      it('ends an orderly close that hangs', async () => {
        const { near } = await connect()
        const atNear = Recorder.of(near)
        near.close(1000, '')
        near.terminate()
        expect(await atNear.closed()).toEqual([1006, ''])
      })

      it('drops what is queued to a peer that does not read', async () => {
        const { near, far } = await connect()
        const atNear = Recorder.of(near)
        await jam(near)
        near.terminate()
        await atNear.closed()
        expect(atNear.calls).toEqual(['close'])
        expect(await Recorder.of(far).closed()).toEqual([1006, ''])
      })
    })

    describe('a closed socket', () => {
      const closed = expect.objectContaining({ code: 'ERR_TRUSTP2P_SOCKET_CLOSED' })

      it('T24 refuses to send, from the call of close or terminate on', async () => {
        const { near, far, atNear, atFar } = await connectRecorded()
        near.close(1000, '')
        expect(() => near.send(new Uint8Array(1))).toThrow(closed)
        far.terminate()
        expect(() => far.send(new Uint8Array(1))).toThrow(closed)
        await Promise.all([atNear.closed(), atFar.closed()])
        expect(() => near.send(new Uint8Array(1))).toThrow(closed)
        expect(() => far.send(new Uint8Array(1))).toThrow(closed)
      })

      it('T24 refuses to send within onClose', async () => {
        const { near, far, atFar } = await connectRecorded()
        const outcome = new Promise((resolve) => {
          near.attach({
            onFrame: fail,
            onDrain: () => fail('a drain'),
            onError: fail,
            onClose() {
              try {
                resolve(near.send(new Uint8Array(1)))
              } catch (error) {
                resolve(error)
              }
            }
          })
        })
        far.close(1000, '')
        expect(await outcome).toEqual(closed)
        await atFar.closed()
      })

      it('tells a receiver that is attached too late', async () => {
        const { near, far } = await connect()
        const atFar = Recorder.of(far)
        near.terminate()
        await atFar.closed()
        await turn()
        const late = Recorder.of(near)
        expect(late.calls).toEqual([])
        expect(await late.closed()).toEqual([1006, ''])
      })
    })

    describe('aborting a dial', () => {
      it('rejects at once where the signal was aborted before', async () => {
        const { listener } = await connect()
        const reason = new Error('changed my mind')
        const dial = client.dial(listener.address, { limits: LIMITS, signal: AbortSignal.abort(reason) })
        await expect(dial).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED', cause: reason })
      })

      it('rejects while the handshake is under way', async () => {
        const { listener } = await connect()
        const controller = new AbortController()
        const dial = client.dial(listener.address, { limits: LIMITS, signal: controller.signal })
        controller.abort()
        await expect(dial).rejects.toMatchObject({
          code: 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED',
          message: expect.stringContaining(listener.address)
        })
      })

      it('does nothing to the socket once it is open', async () => {
        const { listener } = await connect()
        const controller = new AbortController()
        const socket = await client.dial(listener.address, { limits: LIMITS, signal: controller.signal })
        controller.abort()
        await turn()
        expect(socket.send(new Uint8Array(1))).toBe(true)
      })
    })

    describe('closing a listener', () => {
      it('frees its address, and leaves the accepted sockets open', async () => {
        const { near, atFar, listener } = await connectRecorded()
        await listener.close()
        await listener.close()
        await expect(client.dial(listener.address, { limits: LIMITS })).rejects.toMatchObject({
          code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED'
        })
        near.send(Buffer.from('still here'))
        await atFar.frameCount(1)
        const again = await server.listen(listener.address, { limits: LIMITS, onWarning: fail, onSocket: Recorder.of })
        expect(again.address).toBe(listener.address)
        await listener.close()
        Recorder.of(await client.dial(listener.address, { limits: LIMITS }))
      })
    })

    describe('closing the driver', () => {
      it('terminates every socket and frees every address', async () => {
        const { atNear, atFar, listener } = await connectRecorded()
        await server.close()
        expect(atFar.calls).toEqual(['close'])
        expect(await atNear.closed()).toEqual([1006, ''])
        const other = subject.createDriver()
        const again = await other.listen(listener.address, { limits: LIMITS, onWarning: fail, onSocket: fail })
        expect(again.address).toBe(listener.address)
        await other.close()
      })

      it('terminates the sockets that were dialled', async () => {
        const { atNear, atFar } = await connectRecorded()
        await client.close()
        expect(atNear.closes).toEqual([[1006, '']])
        expect(await atFar.closed()).toEqual([1006, ''])
      })

      it('aborts the dials that are under way, and settles once they have', async () => {
        const { listener } = await connect()
        const dial = client.dial(listener.address, { limits: LIMITS })
        const rejected = expect(dial).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED' })
        await client.close()
        await rejected
      })

      it('refuses to listen and to dial from then on, and settles again when called again', async () => {
        const { listener } = await connect()
        await Promise.all([server.close(), server.close()])
        await server.close()
        await expect(server.dial(listener.address, { limits: LIMITS })).rejects.toMatchObject({
          code: 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED'
        })
        const listen = server.listen(subject.listenUrl, { limits: LIMITS, onWarning: fail, onSocket: fail })
        await expect(listen).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_LISTEN_FAILED' })
      })

      it('rejects a listen that was under way, and leaves its address free', async () => {
        const first = await client.listen(subject.listenUrl, { limits: LIMITS, onWarning: fail, onSocket: fail })
        const { address } = first
        await first.close()
        const listen = server.listen(address, { limits: LIMITS, onWarning: fail, onSocket: fail })
        const rejected = expect(listen).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_LISTEN_FAILED' })
        await server.close()
        const again = await client.listen(address, { limits: LIMITS, onWarning: fail, onSocket: fail })
        expect(again.address).toBe(address)
        await rejected
      })
    })
  })
}

function fail(value: unknown): never {
  throw new Error(`unexpected: ${String((value as P2pError | undefined)?.message ?? value)}`)
}

function expectOne<Value>(values: readonly Value[]): Value {
  const [value] = values
  if (values.length !== 1 || value === undefined) throw new Error(`one was expected, not ${values.length}`)
  return value
}

/** Sends frames to a peer that does not read until they stay in our own queue; gives how many. */
async function jam(socket: DriverSocket): Promise<number> {
  let sent = 0
  for (let stuckTurns = 0; stuckTurns < 50;) {
    const before = socket.bufferedAmount
    if (before === 0) {
      socket.send(new Uint8Array(60_000))
      sent += 1
    }
    await turn()
    stuckTurns = before > 0 && socket.bufferedAmount === before ? stuckTurns + 1 : 0
  }
  return sent
}

/** One turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function pattern(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let index = 0; index < size; index++) bytes[index] = (index * 31 + seed * 17) & 0xff
  return bytes
}

/** Equal for equal bytes; comparing large arrays element by element is slow in jest. */
function digest(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'none' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
