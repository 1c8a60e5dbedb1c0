import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { HIGH_WATER_BYTES, LIMITS } from './driver-bench'
import type { DriverBench } from './driver-bench'
import { bytesOf, jam, throwsWith, turn } from './proofs'
import type { TestRunner } from './runner'
import { SocketRecorder } from './socket-recorder'

const { sendQueueBytes } = LIMITS
const FULL = 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE'

/** A reader that is slower than its sender. */
export function describeQueue(bench: DriverBench, { describe, it }: TestRunner): void {
  describe('the queue to a slow reader', () => {
    it('takes exactly sendQueueBytes, and refuses one byte more', async () => {
      const { near, atFar } = await bench.connectRecorded({ frameBytes: sendQueueBytes + 1 })
      throwsWith(() => near.send(new Uint8Array(sendQueueBytes + 1)), FULL)
      strictEqual(near.bufferedAmount, 0)
      strictEqual(near.send(new Uint8Array(sendQueueBytes)), false)
      throwsWith(() => near.send(new Uint8Array(1)), FULL)
      await atFar.frameCount(1)
      deepStrictEqual(
        atFar.frames.map(({ length }) => length),
        [sendQueueBytes]
      )
    })

    it('takes exactly what is left of sendQueueBytes where the peer does not read', async () => {
      const { near, far } = await bench.connect({ frameBytes: sendQueueBytes })
      const atNear = SocketRecorder.of(near)
      const sent = await jam(near)
      const left = sendQueueBytes - near.bufferedAmount
      throwsWith(() => near.send(new Uint8Array(left + 1)), FULL, String(sendQueueBytes))
      strictEqual(near.send(new Uint8Array(left)), false)
      ok(near.bufferedAmount >= sendQueueBytes)
      const atFar = SocketRecorder.of(far)
      await atFar.frameCount(sent + 1)
      await atNear.until(() => atNear.count('drain') === 1)
      strictEqual(atFar.frames.at(-1)?.length, left)
    })

    it('gives true up to the high-water mark, a quarter of sendQueueBytes, and false above it', async () => {
      const { near, atNear } = await bench.connectRecorded({ frameBytes: sendQueueBytes })
      strictEqual(near.send(new Uint8Array(HIGH_WATER_BYTES)), true)
      strictEqual(near.send(new Uint8Array(1)), false)
      await atNear.until(() => atNear.count('drain') === 1)
      strictEqual(near.send(new Uint8Array(HIGH_WATER_BYTES + 1)), false)
      await atNear.until(() => atNear.count('drain') === 2)
    })

    it('tells of its drain once it fell to the mark, and only where send gave false', async () => {
      const { near, far } = await bench.connect({ frameBytes: sendQueueBytes })
      const atNear = SocketRecorder.of(near)
      const jammed = await jam(near)
      while (near.send(new Uint8Array(20_000)));
      strictEqual(near.send(new Uint8Array(20_000)), false)
      await turn()
      deepStrictEqual(atNear.calls, [])
      let atDrain = Infinity
      const drained = atNear.until(() => {
        if (atNear.count('drain') === 1) atDrain = Math.min(atDrain, near.bufferedAmount)
        return atNear.count('drain') === 1
      })
      const atFar = SocketRecorder.of(far)
      await drained
      ok(atDrain <= HIGH_WATER_BYTES)
      near.send(bytesOf('last'))
      await atFar.until(() => atFar.frames.at(-1)?.length === 4)
      ok(atFar.frames.length > jammed)
      deepStrictEqual(atNear.calls, ['drain'])
    })
  })
}
