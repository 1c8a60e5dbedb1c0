import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { listenOptions } from './driver-bench'
import type { DriverBench } from './driver-bench'
import { bytesOf } from './proofs'
import { LONG_MS } from './runner'
import type { TestRunner } from './runner'
import { SocketRecorder } from './socket-recorder'

const COUNTS = [1, 10, 100]

/** A handshake of TLS takes milliseconds of both ends, which are one process here: more at once would take too long. */
const DIALS_AT_ONCE = 10

/** Many sockets, many messages. */
export function describeLoad(bench: DriverBench, { describe, it }: TestRunner): void {
  describe('load', () => {
    for (const sockets of COUNTS) {
      for (const messages of COUNTS) {
        it(`${sockets} sockets carry ${messages} messages each, and their answers`, async () => {
          const { askers, accepted } = await connectMany(bench, sockets)
          strictEqual(accepted(), sockets)
          await Promise.all(askers.map(({ ask }) => ask(messages)))
        })
      }
    }

    it(
      `1000 sockets carry ${COUNTS.join(', ')} messages each, and their answers`,
      async () => {
        const { askers, accepted } = await connectMany(bench, 1_000)
        strictEqual(accepted(), 1_000)
        for (const messages of COUNTS) await Promise.all(askers.map(({ ask }) => ask(messages)))
      },
      LONG_MS
    )
  })
}

interface Asker {
  /** Sends so many messages, and proves that each came back, in order. */
  readonly ask: (messages: number) => Promise<void>
}

async function connectMany(bench: DriverBench, sockets: number) {
  let accepted = 0
  const echo = listenOptions((socket) => {
    accepted += 1
    SocketRecorder.of(socket).answer = (bytes) => void socket.send(bytes)
  })
  const listener = await bench.server.listen(bench.subject.listenUrl, echo)
  const askers: Asker[] = []
  while (askers.length < sockets) {
    const count = Math.min(DIALS_AT_ONCE, sockets - askers.length)
    const dial = (_: unknown, number: number): Promise<Asker> =>
      dialAsker(bench, listener.address, askers.length + number)
    askers.push(...(await Promise.all(Array.from({ length: count }, dial))))
  }
  return { askers, accepted: () => accepted }
}

async function dialAsker(bench: DriverBench, url: string, number: number): Promise<Asker> {
  const socket = await bench.dial(url)
  const recorder = SocketRecorder.of(socket)
  return {
    ask: async (messages) => {
      const texts = Array.from({ length: messages }, (_, index) => `message ${index} of socket ${number}`)
      const before = recorder.frames.length
      for (const text of texts) socket.send(bytesOf(text))
      await recorder.frameCount(before + messages)
      deepStrictEqual(recorder.text.slice(before), texts)
    }
  }
}
