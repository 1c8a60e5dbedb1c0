import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { listenOptions } from './driver-bench'
import type { DriverBench } from './driver-bench'
import { bytesOf, pattern, throwsRangeError, turn } from './proofs'
import type { TestRunner } from './runner'
import { SocketRecorder } from './socket-recorder'

const CARRIED: readonly (readonly [code: number, reason: string])[] = [
  [1000, 'lost driver'],
  [1001, ''],
  [1003, 'unknown talks'],
  [1013, 'inbound connections maxed out'],
  [3000, 'é'.repeat(61)],
  [4999, 'x'.repeat(123)]
]

const REFUSED = [999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, NaN]

/** Orderly ends. */
export function describeClosing(bench: DriverBench, { describe, it }: TestRunner): void {
  describe('closing', () => {
    for (const [code, reason] of CARRIED) {
      it(`carries code ${code} and a reason of ${reason.length} letters to both ends`, async () => {
        const { near, atNear, atFar } = await bench.connectRecorded()
        near.close(code, reason)
        deepStrictEqual(await atFar.closed(), [code, reason])
        deepStrictEqual(await atNear.closed(), [code, reason])
      })
    }

    it('works the same from the inbound end', async () => {
      const { far, atNear, atFar } = await bench.connectRecorded()
      far.close(1001, 'node stopping')
      deepStrictEqual(await atNear.closed(), [1001, 'node stopping'])
      deepStrictEqual(await atFar.closed(), [1001, 'node stopping'])
    })

    it('gives each end the code of the other where both close at once', async () => {
      const { near, far, atNear, atFar } = await bench.connectRecorded()
      near.close(1000, 'near')
      far.close(1001, 'far')
      deepStrictEqual(await atNear.closed(), [1001, 'far'])
      deepStrictEqual(await atFar.closed(), [1000, 'near'])
    })

    for (const code of REFUSED) {
      it(`refuses the code ${code}`, async () => {
        const { near, atFar } = await bench.connectRecorded()
        throwsRangeError(() => near.close(code, ''))
        near.send(bytesOf('still open'))
        await atFar.frameCount(1)
      })
    }

    it('refuses a reason of 124 bytes', async () => {
      const { near } = await bench.connectRecorded()
      throwsRangeError(() => near.close(1000, 'x'.repeat(124)))
      throwsRangeError(() => near.close(1000, 'é'.repeat(62)))
      strictEqual(near.send(new Uint8Array(1)), true)
    })

    it('sends first what is queued', async () => {
      const { near, atFar } = await bench.connectRecorded()
      for (let number = 0; number < 100; number++) near.send(bytesOf(String(number)))
      near.close(1000, 'done')
      await atFar.closed()
      deepStrictEqual(atFar.calls, [...Array<string>(100).fill('frame'), 'close'])
    })

    it('ends with 1006 after 2 s where the peer does not follow', async () => {
      const { near } = await bench.connect()
      const atNear = SocketRecorder.of(near)
      const start = performance.now()
      near.close(1000, 'are you there')
      deepStrictEqual(await atNear.closed(), [1006, ''])
      const tookMs = performance.now() - start
      ok(tookMs > 1_900 && tookMs < 4_000, `it took ${tookMs} ms`)
    })

    it('completes without a receiver', async () => {
      const { near, far } = await bench.connect()
      const atFar = SocketRecorder.of(far)
      far.close(1013, 'inbound connections maxed out')
      near.close(1000, '')
      deepStrictEqual(await atFar.closed(), [1000, ''])
      deepStrictEqual(await SocketRecorder.of(near).closed(), [1013, 'inbound connections maxed out'])
    })

    it('completes where neither end has a receiver', async () => {
      const { near, far } = await bench.connect()
      near.close(1000, 'near')
      far.close(1001, 'far')
      deepStrictEqual(await SocketRecorder.of(near).closed(), [1001, 'far'])
      deepStrictEqual(await SocketRecorder.of(far).closed(), [1000, 'near'])
    })

    it('of a socket within onSocket reaches who dialled', async () => {
      const refuse = listenOptions((socket) => socket.close(1013, 'inbound connections maxed out'))
      const listener = await bench.server.listen(bench.subject.listenUrl, refuse)
      const start = performance.now()
      const atNear = SocketRecorder.of(await bench.dial(listener.address))
      deepStrictEqual(await atNear.closed(), [1013, 'inbound connections maxed out'])
      ok(performance.now() - start < 1_500)
    })

    it('lets nothing but onClose follow, however much the peer still sends', async () => {
      const { near, far, atNear, atFar } = await bench.connectRecorded()
      for (let number = 0; number < 500; number++) far.send(pattern(100, number))
      near.close(1000, 'enough')
      await atFar.closed()
      await atNear.closed()
      await turn()
      deepStrictEqual(atNear.calls, ['close'])
    })

    it('twice, or of what is gone, does nothing', async () => {
      const { near, atNear, atFar } = await bench.connectRecorded()
      near.close(1000, 'first')
      near.close(1001, 'second')
      deepStrictEqual(await atFar.closed(), [1000, 'first'])
      await atNear.closed()
      near.close(1001, 'third')
      near.terminate()
      await turn()
      deepStrictEqual(atNear.calls, ['close'])
    })

    it('in a handler lets no further frame through', async () => {
      const { near, far, atNear, atFar } = await bench.connectRecorded()
      atFar.answer = () => far.close(1002, 'one was enough')
      for (let number = 0; number < 10; number++) near.send(pattern(10, number))
      deepStrictEqual(await atNear.closed(), [1002, 'one was enough'])
      await atFar.closed()
      deepStrictEqual(atFar.calls, ['frame', 'close'])
    })
  })
}
