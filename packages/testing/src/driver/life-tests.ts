import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { LIMITS, listenOptions, unexpected } from './driver-bench'
import type { DriverBench } from './driver-bench'
import { bytesOf, rejectsWith } from './proofs'
import type { TestRunner } from './runner'
import { SocketRecorder } from './socket-recorder'

const ABORTED = 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED'
const NOT_LISTENING = 'ERR_TRUSTP2P_DRIVER_LISTEN_FAILED'

/** The ends of listeners and drivers. */
export function describeLife(bench: DriverBench, { describe, it }: TestRunner): void {
  describe('closing a listener', () => {
    it('frees its address, and leaves the accepted sockets open', async () => {
      const { near, atFar, listener } = await bench.connectRecorded()
      await listener.close()
      await listener.close()
      await rejectsWith(bench.dial(listener.address), 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED')
      near.send(bytesOf('still here'))
      await atFar.frameCount(1)
      const accept = listenOptions((socket) => void SocketRecorder.of(socket))
      const again = await bench.server.listen(listener.address, accept)
      strictEqual(again.address, listener.address)
      await listener.close()
      SocketRecorder.of(await bench.dial(listener.address))
    })
  })

  describe('closing the driver', () => {
    it('terminates every socket and frees every address', async () => {
      const { atNear, atFar, listener } = await bench.connectRecorded()
      await bench.server.close()
      deepStrictEqual(atFar.calls, ['close'])
      deepStrictEqual(await atNear.closed(), [1006, ''])
      const again = await bench.createDriver().listen(listener.address, listenOptions(unexpected))
      strictEqual(again.address, listener.address)
    })

    it('terminates the sockets that were dialled', async () => {
      const { atNear, atFar } = await bench.connectRecorded()
      await bench.client.close()
      deepStrictEqual(atNear.closes, [[1006, '']])
      deepStrictEqual(await atFar.closed(), [1006, ''])
    })

    it('aborts the dials that are under way, and settles once they have', async () => {
      const { listener } = await bench.connect()
      const rejected = rejectsWith(bench.dial(listener.address), ABORTED)
      await bench.client.close()
      await rejected
    })

    it('refuses to listen and to dial from then on, and settles again when called again', async () => {
      const { listener } = await bench.connect()
      await Promise.all([bench.server.close(), bench.server.close()])
      await bench.server.close()
      await rejectsWith(bench.server.dial(listener.address, { limits: LIMITS }), ABORTED)
      await rejectsWith(bench.server.listen(bench.subject.listenUrl, listenOptions(unexpected)), NOT_LISTENING)
    })

    it('rejects a listen that was under way, and leaves its address free', async () => {
      const first = await bench.client.listen(bench.subject.listenUrl, listenOptions(unexpected))
      const { address } = first
      await first.close()
      const rejected = rejectsWith(bench.server.listen(address, listenOptions(unexpected)), NOT_LISTENING)
      await bench.server.close()
      const again = await bench.client.listen(address, listenOptions(unexpected))
      strictEqual(again.address, address)
      await rejected
    })
  })
}
