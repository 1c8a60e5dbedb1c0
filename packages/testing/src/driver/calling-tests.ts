import { ok, strictEqual } from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import type { DriverSocket } from 'trustp2p'
import { LIMITS } from './driver-bench'
import type { DriverBench } from './driver-bench'
import type { ForeignCaller } from './driver-subject'
import type { TestRunner } from './runner'
import { SocketRecorder } from './socket-recorder'

const HANDSHAKE_MS = 300

/** Longest time by which a caller may go later, on a busy machine. */
const SLACK_MS = 10_000

/** Connections to a listener from who does not speak its protocol. */
export function describeCalls(bench: DriverBench, { describe, it }: TestRunner): void {
  const call = bench.subject.caller
  if (call === undefined) return

  const withCaller = async (use: (caller: ForeignCaller, listening: Listening) => Promise<void>): Promise<void> => {
    const listening = await listen(bench)
    const caller = await call(listening.address)
    try {
      await use(caller, listening)
    } finally {
      caller.close()
    }
  }

  describe('a caller', () => {
    it('that says nothing is dropped after handshakeMs, and others are taken meanwhile', async () => {
      const start = performance.now()
      await withCaller(async (caller, { address, accepted }) => {
        const near = await bench.dial(address)
        await caller.gone
        const tookMs = performance.now() - start
        ok(tookMs > HANDSHAKE_MS * 0.9 && tookMs < HANDSHAKE_MS + SLACK_MS, `it took ${tookMs} ms`)
        strictEqual(near.send(new Uint8Array(1)), true)
        strictEqual(accepted(), 1)
      })
    })

    it('that speaks another protocol is dropped, gets no socket, and others are taken after it', async () => {
      await withCaller(async (caller, { address, accepted }) => {
        caller.write('220 mail.example.org ESMTP\r\n\r\n')
        await caller.gone
        SocketRecorder.of(await bench.dial(address))
        strictEqual(accepted(), 1)
      })
    })

    it('that says nothing holds up no close of the driver', async () => {
      await withCaller(async (caller, { accepted }) => {
        await bench.server.close()
        await caller.gone
        strictEqual(accepted(), 0)
      })
    })
  })
}

interface Listening {
  readonly address: string
  /** How many sockets came of it. */
  readonly accepted: () => number
}

async function listen({ server, subject }: DriverBench): Promise<Listening> {
  let accepted = 0
  const { address } = await server.listen(subject.listenUrl, {
    limits: { ...LIMITS, handshakeMs: HANDSHAKE_MS },
    onWarning: () => undefined,
    onSocket: (socket: DriverSocket) => {
      accepted += 1
      SocketRecorder.of(socket)
    }
  })
  return { address, accepted: () => accepted }
}
