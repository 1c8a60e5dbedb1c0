import { createSeededRandom, createTestKit, ManualClock } from '@trustp2p/testing'
import { Backoff } from '../../src/deliver/backoff'
import { Deadlines } from '../../src/deliver/deadlines'
import { RateWindow } from '../../src/rate-window'
import { Redialer } from '../../src/deliver/redialer'
import type { P2pSocket } from '../../src/driver/socket'

const config = { firstMs: 100, factor: 2, longestMs: 1000, jitter: 0 }

describe('Backoff', () => {
  it('T18 waits longer each time, up to the longest wait, and starts anew after a reset', () => {
    const backoff = new Backoff(config, createSeededRandom(1))
    expect(Array.from({ length: 6 }, () => backoff.next())).toEqual([100, 200, 400, 800, 1000, 1000])
    backoff.reset()
    expect(backoff.next()).toBe(100)
  })

  it('T18 adds a random part within its bounds', () => {
    const backoff = new Backoff({ ...config, factor: 1, jitter: 0.2 }, createSeededRandom(7))
    const waits = Array.from({ length: 1000 }, () => backoff.next())
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(80)
    expect(Math.max(...waits)).toBeLessThanOrEqual(120)
    expect(new Set(waits).size).toBeGreaterThan(900)
  })
})

describe('Deadlines', () => {
  it('sweeps at the earliest deadline, then at the one that the sweep gives', () => {
    const clock = new ManualClock()
    const swept: number[] = []
    const deadlines = new Deadlines(clock, (now) => {
      swept.push(now)
      return swept.length === 1 ? clock.now() + 500 : Infinity
    })
    deadlines.watch(clock.now() + 300)
    deadlines.watch(clock.now() + 100)
    deadlines.watch(clock.now() + 200)
    const start = clock.now()
    clock.advance(1000)
    expect(swept.map((at) => at - start)).toEqual([100, 600])
  })

  it('sweeps 10 ms after the last sweep at the earliest', () => {
    const clock = new ManualClock()
    const swept: number[] = []
    const deadlines = new Deadlines(clock, (now) => {
      swept.push(now)
      return swept.length === 1 ? now + 1 : Infinity
    })
    const start = clock.now()
    deadlines.watch(start + 11)
    clock.advance(11 + 9)
    expect(swept.map((at) => at - start)).toEqual([11])
    clock.advance(1)
    expect(swept.map((at) => at - start)).toEqual([11, 21])
  })

  it('clears its timer', () => {
    const clock = new ManualClock()
    const deadlines = new Deadlines(clock, () => {
      throw new Error('swept')
    })
    deadlines.watch(clock.now() + 100)
    deadlines.clear()
    clock.advance(1000)
  })
})

describe('RateWindow', () => {
  it('is exceeded by one event more than its limit in one window', () => {
    const window = new RateWindow(2, 100)
    expect([window.exceeded(0), window.exceeded(99), window.exceeded(99)]).toEqual([false, false, true])
    expect([window.exceeded(100), window.exceeded(100), window.exceeded(199)]).toEqual([false, false, true])
  })

  it('with a limit of 0 is never exceeded', () => {
    expect(new RateWindow(0, 100).exceeded(0)).toBe(false)
  })
})

describe('Redialer', () => {
  const socket = () => ({ state: 'open' }) as P2pSocket

  function createRedialer(results: (P2pSocket | Error)[]) {
    const kit = createTestKit()
    const dialled: number[] = []
    const redialer = new Redialer({
      kit,
      config,
      url: 'memory://a',
      dial: async () => {
        dialled.push(kit.clock.now())
        const result = results.shift() ?? new Error('no more')
        if (result instanceof Error) throw result
        return result
      },
      onFailure: () => undefined
    })
    const start = kit.clock.now()
    return { redialer, clock: kit.clock, times: () => dialled.map((at) => at - start) }
  }

  it('T18 dials a dead address again after growing waits until it answers', async () => {
    const { redialer, clock, times } = createRedialer([new Error('1'), new Error('2'), socket()])
    await redialer.start()
    await clock.advanceAsync(5000)
    expect(times()).toEqual([0, 100, 300])
  })

  it('T18 dials a lost connection again, and resets its waits after a stable time', async () => {
    const [first, second, third] = [socket(), socket(), socket()]
    const { redialer, clock, times } = createRedialer([new Error('1'), first, second, third])
    await redialer.start()
    await clock.advanceAsync(100)
    redialer.socketClosed(first)
    await clock.advanceAsync(200)
    redialer.socketClosed(first)
    await clock.advanceAsync(10_000)
    redialer.socketClosed(second)
    await clock.advanceAsync(100)
    expect(times()).toEqual([0, 100, 300, 10_400])
  })

  it.each([
    [9_999, 200],
    [10_000, 100]
  ])('after a connection that held for %d ms the wait is %d ms', async (heldMs, waitMs) => {
    const [first, second] = [socket(), socket()]
    const { redialer, clock, times } = createRedialer([new Error('1'), first, second])
    await redialer.start()
    await clock.advanceAsync(100 + heldMs)
    redialer.socketClosed(first)
    await clock.advanceAsync(waitMs)
    expect(times()).toEqual([0, 100, 100 + heldMs + waitMs])
  })

  it('dials no more once it is stopped', async () => {
    const { redialer, clock, times } = createRedialer([new Error('1')])
    await redialer.start()
    redialer.stop()
    await clock.advanceAsync(5000)
    expect(times()).toEqual([0])
  })
})
