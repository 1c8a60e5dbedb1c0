import { deepStrictEqual, ok } from 'node:assert/strict'
import type { DriverSocket } from 'trustp2p'
import { LIMITS, listenOptions } from './driver-bench'
import type { DriverBench, RecordedConnection } from './driver-bench'
import { bytesOf, digest, pattern, turn } from './proofs'
import type { TestRunner } from './runner'
import { SocketRecorder } from './socket-recorder'

/** Where headers of frames change their form (WebSocket, varint), and both ends of the limit. */
const SIZES = [0, 1, 125, 126, 127, 128, 1_024, 1_025, 16_383, 16_384, 65_535, 65_536, LIMITS.frameBytes]

/** What is sent arrives. */
export function describeFrames(bench: DriverBench, { describe, it }: TestRunner): void {
  describe('frames', () => {
    it('arrive byte for byte, from none to frameBytes, both ways', async () => {
      const { near, far, atNear, atFar } = await bench.connectRecorded({ sendQueueBytes: 4_000_000 })
      for (const size of SIZES) {
        near.send(pattern(size, 1))
        far.send(pattern(size, 2))
      }
      const [toFar, toNear] = await Promise.all([atFar.frameCount(SIZES.length), atNear.frameCount(SIZES.length)])
      deepStrictEqual(
        toFar.map(digest),
        SIZES.map((size) => digest(pattern(size, 1)))
      )
      deepStrictEqual(
        toNear.map(digest),
        SIZES.map((size) => digest(pattern(size, 2)))
      )
    })

    it('arrive in the order in which they were sent, over many ticks', async () => {
      const { near, atFar } = await bench.connectRecorded()
      const texts = Array.from({ length: 2_000 }, (_, number) => String(number))
      for (const [number, text] of texts.entries()) {
        near.send(bytesOf(text))
        if (number % 100 === 0) await turn()
      }
      await atFar.frameCount(texts.length)
      deepStrictEqual(atFar.text, texts)
    })

    it('stay what they were while others follow', async () => {
      const { near, atFar } = await bench.connectRecorded()
      for (let round = 0; round < 50; round++) {
        for (let number = 0; number < 20; number++) near.send(pattern(500, round * 20 + number))
        await atFar.frameCount((round + 1) * 20)
      }
      ok(atFar.frames.every((frame, number) => digest(frame) === digest(pattern(500, number))))
    })

    it('may be sent on several sockets, and are not changed by it', async () => {
      const { near, far, atNear, atFar } = await bench.connectRecorded()
      const bytes = pattern(300, 7)
      near.send(bytes)
      far.send(bytes)
      await Promise.all([atFar.frameCount(1), atNear.frameCount(1)])
      const arrived = [bytes, atFar.frames[0], atNear.frames[0]]
      deepStrictEqual(arrived.map(digest), Array(3).fill(digest(pattern(300, 7))))
    })

    for (const receiver of ['inbound', 'outbound'] as const) {
      it(`of one byte more than frameBytes close an ${receiver} socket with 1009`, async () => {
        const connection = await bench.connectRecorded()
        const { sender, atSender, atReceiver } = endsFor(connection, receiver)
        sender.send(pattern(LIMITS.frameBytes, 1))
        sender.send(pattern(LIMITS.frameBytes + 1, 1))
        deepStrictEqual(await atSender.closed(), [1009, ''])
        await atReceiver.closed()
        deepStrictEqual(
          atReceiver.frames.map(({ length }) => length),
          [LIMITS.frameBytes]
        )
        deepStrictEqual(
          atReceiver.errors.map(({ code }) => code),
          ['ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED']
        )
        deepStrictEqual(atReceiver.calls, ['frame', 'error', 'close'])
      })
    }

    it('that come before a receiver is attached wait for it', async () => {
      const { near, far } = await bench.connect()
      far.send(bytesOf('early'))
      near.send(bytesOf('early too'))
      for (let round = 0; round < 5; round++) await turn()
      far.send(bytesOf('later'))
      const [atNear, atFar] = [SocketRecorder.of(near), SocketRecorder.of(far)]
      await Promise.all([atNear.frameCount(2), atFar.frameCount(1)])
      deepStrictEqual([atNear.text, atFar.text], [['early', 'later'], ['early too']])
    })

    it('that were sent within onSocket are received', async () => {
      const listener = await bench.server.listen(bench.subject.listenUrl, listenOptions(greet))
      const atNear = SocketRecorder.of(await bench.dial(listener.address))
      await atNear.frameCount(1)
      deepStrictEqual(atNear.text, ['at once'])
    })
  })
}

function endsFor({ near, far, atNear, atFar }: RecordedConnection, receiver: 'inbound' | 'outbound') {
  return receiver === 'inbound'
    ? { sender: near, atSender: atNear, atReceiver: atFar }
    : { sender: far, atSender: atFar, atReceiver: atNear }
}

function greet(socket: DriverSocket): void {
  SocketRecorder.of(socket)
  socket.send(bytesOf('at once'))
}
