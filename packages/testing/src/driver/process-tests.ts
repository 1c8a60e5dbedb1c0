import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { LIMITS, listenOptions } from './driver-bench'
import type { DriverSocket } from 'trustp2p'
import type { DriverBench } from './driver-bench'
import { DriverProcess } from './driver-process'
import { bytesOf, digest, jam, only, pattern, turn } from './proofs'
import { LONG_MS } from './runner'
import type { TestRunner } from './runner'
import { SocketRecorder } from './socket-recorder'

/** Peers in other processes, which answer each frame with itself until they are stopped or killed. */
export function describeProcesses(bench: DriverBench, { describe, it }: TestRunner): void {
  const { module, moduleConfig = {} } = bench.subject
  if (module === undefined) return

  const withPeer = (use: (peer: DriverProcess) => Promise<void>) => async (): Promise<void> => {
    const peer = await DriverProcess.start(module, moduleConfig)
    try {
      await use(peer)
    } finally {
      await peer.kill()
    }
  }

  describe('a peer in another process', () => {
    it(
      'that is killed ends the sockets that it accepted and dialled with 1006, and leaves its address free',
      withPeer(async (peer) => {
        const address = await peer.listen(bench.subject.otherUrl ?? bench.subject.listenUrl)
        const near = await bench.dial(address)
        const atNear = SocketRecorder.of(near)
        const { atFar } = await acceptFrom(bench, peer)
        near.send(bytesOf('are you there'))
        await atNear.frameCount(1)
        await peer.kill()
        deepStrictEqual(await Promise.all([atNear.closed(), atFar.closed()]), Array(2).fill([1006, '']))
        deepStrictEqual([atNear.count('close'), atFar.count('close')], [1, 1])
        const again = await bench.server.listen(
          address,
          listenOptions((socket) => void SocketRecorder.of(socket))
        )
        SocketRecorder.of(await bench.dial(again.address))
      }),
      LONG_MS
    )

    it(
      'that is killed while it sends leaves whole frames behind, in order',
      withPeer(async (peer) => {
        const { far, atFar } = await acceptFrom(bench, peer)
        let sent = 0
        const send = (): void => void far.send(pattern(10_000, sent++))
        for (let number = 0; number < 20; number++) send()
        atFar.answer = () => (atFar.frames.length < 100 ? send() : peer.killNow())
        await atFar.closed()
        ok(atFar.frames.length >= 100)
        ok(atFar.frames.every((frame, number) => digest(frame) === digest(pattern(10_000, number))))
      }),
      LONG_MS
    )

    if (process.platform === 'win32') return

    it(
      'that stands still takes no more than sendQueueBytes, all in order once it goes on, and holds up no close',
      withPeer(async (peer) => {
        const { far, atFar } = await acceptFrom(bench, peer)
        peer.stop()
        const sent = await jam(far)
        ok(far.bufferedAmount <= LIMITS.sendQueueBytes)
        far.send(bytesOf('last'))
        peer.goOn()
        await atFar.frameCount(sent + 1)
        strictEqual(atFar.frames.at(-1)?.length, 4)
        peer.stop()
        far.close(1000, 'are you there')
        deepStrictEqual(await atFar.closed(), [1006, ''])
      }),
      LONG_MS
    )
  })
}

/** Listens, and has the other process dial. */
async function acceptFrom(bench: DriverBench, peer: DriverProcess) {
  const ends: { readonly far: DriverSocket; readonly atFar: SocketRecorder }[] = []
  const onSocket = (far: DriverSocket): void => void ends.push({ far, atFar: SocketRecorder.of(far) })
  const { address } = await bench.listen(bench.subject.listenUrl, onSocket)
  await peer.dial(address)
  while (ends.length === 0) await turn()
  return only(ends)
}
