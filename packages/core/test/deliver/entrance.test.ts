import { createTestKit } from '@trustp2p/testing'
import {
  createIdentity,
  createMemoryDriver,
  createNode,
  createThreadList,
  DriverRegistry,
  MemoryNetwork
} from 'trustp2p'
import { Recorder } from '../driver/recorder'

const GREETING_MS = 500

it('limits.greetingMs is how long a peer may take to prove who it is, and not 1 ms more', async () => {
  const kit = createTestKit()
  const network = new MemoryNetwork(kit)
  const registry = new DriverRegistry()
  registry.add(createMemoryDriver({ kit, network }))
  const server = await createNode({
    ...{ kit, registry, source: createThreadList({}), identity: createIdentity(kit.crypto) },
    ...{ listen: ['memory://server'], auth: 'required', limits: { greetingMs: GREETING_MS } }
  })
  const stranger = createMemoryDriver({ kit, network })
  const limits = { frameBytes: 10_000, sendQueueBytes: 100_000, handshakeMs: 1_000 }
  const recorder = Recorder.of(await stranger.dial('memory://server', { limits }))
  await recorder.frameCount(1)
  kit.clock.advance(GREETING_MS - 1)
  await new Promise(setImmediate)
  expect(recorder.closes).toEqual([])
  kit.clock.advance(1)
  expect(await recorder.closed()).toEqual([1008, 'proof timeout'])
  expect(server.status().counters.failedProofs).toBe(1)
  await stranger.close()
  await server.close({ timeoutMs: 0 })
})
