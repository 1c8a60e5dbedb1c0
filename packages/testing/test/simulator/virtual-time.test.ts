import { VirtualTime } from '../../src/simulator/virtual-time'

it('goes from event to event, in whole ms', () => {
  const time = new VirtualTime(10)
  const seen: number[] = []
  time.schedule(1.2, () => seen.push(time.now))
  time.schedule(7, () => seen.push(time.now))
  expect(time.nextAt).toBe(2)
  time.step()
  time.step()
  time.step()
  expect(seen).toEqual([2, 7])
  expect(time.nextAt).toBe(Infinity)
})

it('lets events of this instant happen later in it, and negative delays too', () => {
  const time = new VirtualTime(10)
  const seen: string[] = []
  time.schedule(-5, () => seen.push('first'))
  time.schedule(0, () => seen.push('second'))
  time.step()
  time.step()
  expect(seen).toEqual(['first', 'second'])
  expect(time.now).toBe(0)
})

it('begins in 2026, and the wall clock goes with it', () => {
  const time = new VirtualTime(1)
  time.goTo(5)
  expect(new Date(time.wall).toISOString()).toBe('2026-01-01T00:00:00.005Z')
})

it('calls off an event', () => {
  const time = new VirtualTime(1)
  time.cancel(time.schedule(1, () => undefined))
  expect(time.nextAt).toBe(Infinity)
})

it('takes exactly instantEvents at one instant, and fails with one more', () => {
  const time = new VirtualTime(3)
  const endless = (): void => void time.schedule(0, endless)
  time.schedule(1, () => undefined)
  time.step()
  endless()
  time.step()
  time.step()
  expect(() => time.step()).toThrow(
    expect.objectContaining({ code: 'ERR_SIMULATION_LIMIT_INSTANT', message: expect.stringContaining('3 events') })
  )
})
