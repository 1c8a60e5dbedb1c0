import { once } from 'node:events'
import { Socket } from 'node:net'
import { ManualClock } from '@trustp2p/testing'
import { HALF_OPEN_CONNECTIONS, HalfOpen } from '../../../src/driver/net/half-open'

/** As many connections as wanted, without a system's handle below them. */
function hold(halfOpen: HalfOpen, count: number): Socket[] {
  return Array.from({ length: count }, () => {
    const raw = new Socket()
    halfOpen.add(raw)
    return raw
  })
}

const destroyed = (sockets: readonly Socket[]): number => sockets.filter((socket) => socket.destroyed).length

it('holds as many connections as the limit, and drops the oldest for one more', () => {
  const clock = new ManualClock()
  const halfOpen = new HalfOpen(clock, () => 1_000)
  const held = hold(halfOpen, HALF_OPEN_CONNECTIONS)
  expect(destroyed(held)).toBe(0)
  const [more] = hold(halfOpen, 1)
  expect(destroyed(held)).toBe(1)
  expect([held[0]?.destroyed, more?.destroyed]).toEqual([true, false])
  expect(clock.pending).toBe(HALF_OPEN_CONNECTIONS)
})

it('drops a connection when its time is over, and not 1 ms before', () => {
  const clock = new ManualClock()
  const [raw] = hold(new HalfOpen(clock, () => 1_000), 1)
  clock.advance(999)
  expect(raw?.destroyed).toBe(false)
  clock.advance(1)
  expect(raw?.destroyed).toBe(true)
})

it('forgets a connection that opened or closed', async () => {
  const clock = new ManualClock()
  const halfOpen = new HalfOpen(clock, () => 1_000)
  const [opened, closed] = hold(halfOpen, 2)
  if (opened === undefined || closed === undefined) throw new Error('two were expected')
  halfOpen.delete(opened)
  closed.destroy()
  await once(closed, 'close')
  expect(clock.pending).toBe(0)
  clock.advance(1_000)
  expect(opened.destroyed).toBe(false)
})

it('drops all that it holds', () => {
  const clock = new ManualClock()
  const halfOpen = new HalfOpen(clock, () => 1_000)
  const held = hold(halfOpen, 3)
  halfOpen.destroy()
  expect([destroyed(held), clock.pending]).toEqual([3, 0])
})
