import { ManualClock } from '../src'

it('stands still until it is told to go on', () => {
  const clock = new ManualClock(1_000)
  expect([clock.now(), clock.wall()]).toEqual([0, 1_000])
  clock.advance(250)
  expect([clock.now(), clock.wall()]).toEqual([250, 1_250])
})

it('runs timers in the order of their times, the older of two first, each at its own time', () => {
  const clock = new ManualClock()
  const runs: [string, number][] = []
  const start = (name: string, delayMs: number) => clock.setTimeout(() => runs.push([name, clock.now()]), delayMs)
  start('c', 30)
  start('a', 10)
  start('b', 20)
  start('also b', 20)
  start('later', 31)
  clock.advance(30)
  expect(runs).toEqual([
    ['a', 10],
    ['b', 20],
    ['also b', 20],
    ['c', 30]
  ])
  expect(clock.pending).toBe(1)
})

it('runs a timer at its time, and not 1 ms before', () => {
  const clock = new ManualClock()
  let fired = false
  clock.setTimeout(() => (fired = true), 100)
  clock.advance(99)
  expect(fired).toBe(false)
  clock.advance(1)
  expect(fired).toBe(true)
})

it('runs what its timers start', () => {
  const clock = new ManualClock()
  const times: number[] = []
  const tick = () => {
    times.push(clock.now())
    clock.setTimeout(tick, 10)
  }
  clock.setTimeout(tick, 10)
  clock.advance(35)
  expect(times).toEqual([10, 20, 30])
  expect(clock.pending).toBe(1)
})

it('takes a delay below 0 as 0, and runs it with the next advance, also of 0', () => {
  const clock = new ManualClock()
  let fired = 0
  clock.setTimeout(() => (fired += 1), -5)
  expect(fired).toBe(0)
  clock.advance(0)
  expect([fired, clock.now()]).toEqual([1, 0])
})

it('forgets a timer that is cleared, also from within another, and clears harmlessly what has fired', () => {
  const clock = new ManualClock()
  const runs: string[] = []
  const first = clock.setTimeout(() => {
    runs.push('first')
    clock.clearTimeout(second)
  }, 10)
  const second = clock.setTimeout(() => runs.push('second'), 10)
  clock.advance(10)
  clock.clearTimeout(first)
  clock.clearTimeout({})
  expect(runs).toEqual(['first'])
  expect(clock.pending).toBe(0)
})

it('goes on after a timer that threw', () => {
  const clock = new ManualClock()
  const runs: string[] = []
  clock.setTimeout(() => {
    throw new Error('a timer failed')
  }, 10)
  clock.setTimeout(() => runs.push('second'), 20)
  expect(() => clock.advance(50)).toThrow('a timer failed')
  clock.advance(10)
  expect(runs).toEqual(['second'])
})

it('advanceAsync lets promises and deferred callbacks run between timers', async () => {
  const clock = new ManualClock()
  const runs: [string, number][] = []
  const onClock = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
  const work = async () => {
    await onClock(10)
    runs.push(['slept', clock.now()])
    await new Promise<void>((resolve) => process.nextTick(resolve))
    await onClock(10)
    runs.push(['slept again', clock.now()])
  }
  const done = Promise.resolve().then(work)
  await clock.advanceAsync(20)
  await done
  expect(runs).toEqual([
    ['slept', 10],
    ['slept again', 20]
  ])
})
