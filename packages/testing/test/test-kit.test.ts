import { MemoryNetwork, createMemoryDriver } from 'trustp2p'
import type { DriverSocket } from 'trustp2p'
import { ManualClock, createMemoryLog, createTestKit } from '../src'

it('gives equal chance to kits of equal seeds', () => {
  const draw = (seed?: number) => createTestKit(seed === undefined ? {} : { seed }).random.next()
  expect(draw()).toBe(draw(1))
  expect(draw(2)).not.toBe(draw(1))
})

it('uses the clock and the log that it was given', () => {
  const clock = new ManualClock()
  const log = createMemoryLog()
  const kit = createTestKit({ clock, log })
  expect(kit.clock).toBe(clock)
  kit.log.warn({ a: 1 }, 'careful')
  expect(log.lines).toEqual([{ level: 'warn', message: 'careful', fields: { a: 1 } }])
})

it('hashes with SHA-256', () => {
  const digest = createTestKit().crypto.sha256(new Uint8Array())
  expect(Buffer.from(digest).toString('hex')).toMatch(/^e3b0c44298fc1c149afbf4c8996fb924/)
})

it('runs a memory driver without time passing', async () => {
  const kit = createTestKit()
  const driver = createMemoryDriver({ kit, network: new MemoryNetwork(kit) })
  const limits = { frameBytes: 100, sendQueueBytes: 100, handshakeMs: 100 }
  const received: number[] = []
  const receive = (socket: DriverSocket) => {
    socket.attach({
      onFrame: (bytes) => received.push(...bytes),
      onDrain: () => undefined,
      onError: () => undefined,
      onClose: () => undefined
    })
  }
  await driver.listen('memory://node', { limits, onWarning: () => undefined, onSocket: receive })
  const socket = await driver.dial('memory://node', { limits })
  socket.send(Uint8Array.of(1, 2, 3))
  await kit.clock.advanceAsync(0)
  expect(received).toEqual([1, 2, 3])
  await driver.close()
})

it('records lines with the bindings of children, oldest first', () => {
  const log = createMemoryLog()
  const child = log.child({ thread: 'a' }).child({ version: 2 })
  child.debug({}, 'one')
  log.info({ n: 1 }, 'two')
  child.error({ thread: 'b' }, 'three')
  expect(log.lines).toEqual([
    { level: 'debug', message: 'one', fields: { thread: 'a', version: 2 } },
    { level: 'info', message: 'two', fields: { n: 1 } },
    { level: 'error', message: 'three', fields: { thread: 'b', version: 2 } }
  ])
})
