import { deepStrictEqual, notStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { LIMITS, listenOptions, unexpected } from './driver-bench'
import type { DriverBench } from './driver-bench'
import { rejectsWith } from './proofs'
import type { TestRunner } from './runner'
import { SocketRecorder } from './socket-recorder'

/** Listening, and addresses. */
export function describeAddresses(bench: DriverBench, { describe, it }: TestRunner): void {
  const { subject } = bench

  describe('addresses', () => {
    it('says what it is and what it supports', async () => {
      const { schemes, supports } = bench.server
      ok(schemes.includes(subject.listenUrl.split(':', 1)[0] ?? ''))
      deepStrictEqual([supports.listen, supports.dial], [true, true])
      await Promise.resolve()
    })

    it('reports the address that it really listens on, which can be dialled', async () => {
      const { near, far, listener } = await bench.connect()
      strictEqual(listener.address === subject.listenUrl, !subject.choosesPort)
      deepStrictEqual([near.url, near.peer], [listener.address, listener.address])
      strictEqual(far.url, listener.address)
      for (const text of [far.peer, far.host, near.host]) notStrictEqual(text, '')
    })

    it('listens on several addresses at once', async () => {
      const first = await bench.connectRecorded()
      const urls: string[] = []
      const second = await bench.listen(subject.otherUrl ?? subject.listenUrl, (socket) => {
        SocketRecorder.of(socket)
        urls.push(socket.url)
      })
      SocketRecorder.of(await bench.dial(second.address))
      notStrictEqual(second.address, first.listener.address)
      deepStrictEqual(urls, [second.address])
    })

    it('rejects a listen address that is taken, and goes on with the first listener', async () => {
      const { listener } = await bench.connect()
      const again = bench.server.listen(listener.address, listenOptions(unexpected))
      await rejectsWith(again, 'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE', listener.address)
      const other = bench.client.listen(listener.address, listenOptions(unexpected))
      await rejectsWith(other, 'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE', listener.address)
    })

    for (const url of subject.invalidUrls) {
      it(`rejects ${JSON.stringify(url)}, which is no address`, async () => {
        const code = 'ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID'
        await rejectsWith(bench.client.dial(url, { limits: LIMITS }), code)
        await rejectsWith(bench.server.listen(url, listenOptions(unexpected)), code)
      })
    }
  })
}
