import { ok, strictEqual } from 'node:assert/strict'
import { LIMITS } from './driver-bench'
import type { DriverBench } from './driver-bench'
import type { ForeignPeer } from './driver-subject'
import { rejectsWith, turn } from './proofs'
import type { TestRunner } from './runner'

const SHORT_HANDSHAKE_MS = 100

/** Connections that do not come about. */
export function describeDialling(bench: DriverBench, { describe, it }: TestRunner): void {
  const { subject } = bench

  describe('dialling', () => {
    it('rejects for an address that nobody listens on', async () => {
      const dial = bench.client.dial(subject.deadUrl, { limits: LIMITS })
      const error = await rejectsWith(dial, 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED', subject.deadUrl)
      ok(error.cause !== undefined)
    })

    if (subject.silentPeer !== undefined) {
      it('rejects after handshakeMs where the peer says nothing', async () => {
        await withPeer(subject.silentPeer?.(), async ({ url }) => {
          const dial = bench.dial(url, { handshakeMs: SHORT_HANDSHAKE_MS })
          await rejectsWith(dial, 'ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT', url, String(SHORT_HANDSHAKE_MS))
        })
      })

      it('rejects at once where its signal aborts while the peer says nothing', async () => {
        await withPeer(subject.silentPeer?.(), async ({ url }) => {
          const controller = new AbortController()
          const dial = bench.client.dial(url, { limits: LIMITS, signal: controller.signal })
          for (let round = 0; round < 20; round++) await turn()
          controller.abort()
          await rejectsWith(dial, 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED', url)
        })
      })
    }

    if (subject.strangePeer !== undefined) {
      it('rejects where the peer speaks another protocol', async () => {
        await withPeer(subject.strangePeer?.(), async ({ url }) => {
          const error: unknown = await bench.dial(url).then(
            () => undefined,
            (reason: unknown) => reason
          )
          const { code } = (error ?? {}) as { readonly code?: string }
          ok(STRANGE_CODES.has(code ?? ''), `not one of ${[...STRANGE_CODES].join(', ')}: ${String(error)}`)
        })
      })
    }

    it('rejects at once where its signal was aborted before', async () => {
      const { listener } = await bench.connect()
      const reason = new Error('changed my mind')
      const dial = bench.client.dial(listener.address, { limits: LIMITS, signal: AbortSignal.abort(reason) })
      strictEqual((await rejectsWith(dial, 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED')).cause, reason)
    })

    it('rejects where its signal aborts during the handshake', async () => {
      const { listener } = await bench.connect()
      const controller = new AbortController()
      const dial = bench.client.dial(listener.address, { limits: LIMITS, signal: controller.signal })
      controller.abort()
      await rejectsWith(dial, 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED', listener.address)
    })

    it('has no more to do with its signal once the socket is open', async () => {
      const { listener } = await bench.connect()
      const controller = new AbortController()
      const socket = await bench.client.dial(listener.address, { limits: LIMITS, signal: controller.signal })
      controller.abort()
      await turn()
      strictEqual(socket.send(new Uint8Array(1)), true)
    })
  })
}

/** What meeting another protocol may look like: an answer, a broken connection, or TLS that fails. */
const STRANGE_CODES = new Set([
  'ERR_TRUSTP2P_DRIVER_DIAL_REFUSED',
  'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
  'ERR_TRUSTP2P_DRIVER_TLS_FAILED'
])

async function withPeer(made: Promise<ForeignPeer> | undefined, use: (peer: ForeignPeer) => Promise<void>) {
  const peer = await made
  if (peer === undefined) throw new Error('there is no such peer')
  try {
    await use(peer)
  } finally {
    await peer.close()
  }
}
