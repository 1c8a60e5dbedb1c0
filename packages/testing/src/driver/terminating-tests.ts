import { deepStrictEqual } from 'node:assert/strict'
import type { DriverBench } from './driver-bench'
import { unexpected } from './driver-bench'
import { jam, pattern, throwsWith, thrownBy, turn } from './proofs'
import type { TestRunner } from './runner'
import { SocketRecorder } from './socket-recorder'

const CLOSED = 'ERR_TRUSTP2P_SOCKET_CLOSED'

/** Ends that are not in order, and what is gone. */
export function describeTerminating(bench: DriverBench, { describe, it }: TestRunner): void {
  describe('terminating', () => {
    it('closes both ends with 1006', async () => {
      const { near, atNear, atFar } = await bench.connectRecorded()
      near.terminate()
      deepStrictEqual(atNear.calls, [])
      deepStrictEqual(await atNear.closed(), [1006, ''])
      deepStrictEqual(await atFar.closed(), [1006, ''])
      near.terminate()
      await turn()
      deepStrictEqual(atNear.calls, ['close'])
    })

    it('in a handler lets no further frame through', async () => {
      const { near, far, atNear, atFar } = await bench.connectRecorded()
      atFar.answer = () => far.terminate()
      for (let number = 0; number < 10; number++) near.send(pattern(10, number))
      await Promise.all([atNear.closed(), atFar.closed()])
      deepStrictEqual(atFar.calls, ['frame', 'close'])
      deepStrictEqual(atFar.closes, [[1006, '']])
    })

    it('ends an orderly close that hangs', async () => {
      const { near } = await bench.connect()
      const atNear = SocketRecorder.of(near)
      near.close(1000, '')
      near.terminate()
      deepStrictEqual(await atNear.closed(), [1006, ''])
    })

    it('drops what is queued to a peer that does not read', async () => {
      const { near, far } = await bench.connect()
      const atNear = SocketRecorder.of(near)
      await jam(near)
      near.terminate()
      await atNear.closed()
      deepStrictEqual(atNear.calls, ['close'])
      deepStrictEqual(await SocketRecorder.of(far).closed(), [1006, ''])
    })
  })

  describe('a closed socket', () => {
    it('refuses to send, from the call of close or terminate on', async () => {
      const { near, far, atNear, atFar } = await bench.connectRecorded()
      near.close(1000, '')
      throwsWith(() => near.send(new Uint8Array(1)), CLOSED)
      far.terminate()
      throwsWith(() => far.send(new Uint8Array(1)), CLOSED)
      await Promise.all([atNear.closed(), atFar.closed()])
      throwsWith(() => near.send(new Uint8Array(1)), CLOSED)
      throwsWith(() => far.send(new Uint8Array(1)), CLOSED)
    })

    it('refuses to send within onClose', async () => {
      const { near, far } = await bench.connect()
      const atFar = SocketRecorder.of(far)
      const outcome = new Promise<unknown>((resolve) => {
        near.attach({
          onFrame: unexpected,
          onDrain: () => unexpected('a drain'),
          onError: unexpected,
          onClose: () => resolve(thrownBy(() => near.send(new Uint8Array(1))))
        })
      })
      far.close(1000, '')
      const error = await outcome
      throwsWith(() => {
        throw error
      }, CLOSED)
      await atFar.closed()
    })

    it('tells a receiver that is attached too late', async () => {
      const { near, far } = await bench.connect()
      const atFar = SocketRecorder.of(far)
      near.terminate()
      await atFar.closed()
      await turn()
      const late = SocketRecorder.of(near)
      deepStrictEqual(late.calls, [])
      deepStrictEqual(await late.closed(), [1006, ''])
    })
  })
}
