import { createTestKit } from '@trustp2p/testing'
import type { DriverSocket } from '../../../src/driver/contract'
import { createMemoryDriver } from '../../../src/driver/memory/memory-driver'
import { MemoryNetwork } from '../../../src/driver/memory/memory-network'
import { Recorder } from '../recorder'

const limits = { frameBytes: 1_000, sendQueueBytes: 10_000, handshakeMs: 1_000 }

async function connect() {
  const kit = createTestKit()
  const driver = createMemoryDriver({ kit, network: new MemoryNetwork(kit) })
  const accepted: DriverSocket[] = []
  const options = { limits, onWarning: () => undefined, onSocket: (socket: DriverSocket) => accepted.push(socket) }
  await driver.listen('memory://server', options)
  const near = await driver.dial('memory://server', options)
  const [far] = accepted
  if (far === undefined) throw new Error('nobody accepted')
  return { kit, driver, near, far }
}

it('drops a peer that does not follow a close, 2 s later on the clock of its kit', async () => {
  const { kit, near } = await connect()
  const atNear = Recorder.of(near)
  near.close(1000, '')
  await kit.clock.advanceAsync(1_999)
  expect(atNear.calls).toEqual([])
  await kit.clock.advanceAsync(1)
  expect(atNear.closes).toEqual([[1006, '']])
})

it('leaves no timer after an orderly close', async () => {
  const { kit, near, far } = await connect()
  const atNear = Recorder.of(near)
  Recorder.of(far)
  near.close(1000, '')
  await atNear.closed()
  expect(kit.clock.pending).toBe(0)
})

it('completes a close between two ends that nobody is attached to', async () => {
  const { kit, near, far } = await connect()
  near.close(1000, '')
  far.close(1001, '')
  await kit.clock.advanceAsync(0)
  expect(kit.clock.pending).toBe(0)
})

it('delivers within deferred callbacks: no time passes', async () => {
  const { kit, near, far } = await connect()
  const atFar = Recorder.of(far)
  near.send(new Uint8Array(1))
  expect(atFar.calls).toEqual([])
  await new Promise<void>((resolve) => process.nextTick(resolve))
  expect(atFar.calls).toEqual(['frame'])
  expect(kit.clock.now()).toBe(0)
})

it('hands over copies: a sender that reuses its bytes, and a receiver that writes into its own, harm nobody', async () => {
  const { near, far } = await connect()
  const atFar = Recorder.of(far)
  const bytes = Buffer.from([1, 2, 3])
  near.send(bytes)
  bytes.fill(9)
  await atFar.frameCount(1)
  expect([...(atFar.frames[0] ?? [])]).toEqual([1, 2, 3])
})

it('gives each connection a peer of its own', async () => {
  const { driver, far } = await connect()
  await driver.dial('memory://server', { limits })
  expect(far).toMatchObject({ url: 'memory://server', peer: 'memory:1', host: 'memory' })
})

it('meets nobody of another network', async () => {
  const { kit } = await connect()
  const other = createMemoryDriver({ kit, network: new MemoryNetwork(kit) })
  await expect(other.dial('memory://server', { limits })).rejects.toMatchObject({
    code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED'
  })
})
