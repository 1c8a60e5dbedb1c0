import { ManualClock } from '@trustp2p/testing'
import fc from 'fast-check'
import { RateLimit, RateTable } from '../src/rate-table'
import type { Rate } from '../src/rate-table'

const rates: fc.Arbitrary<Rate> = fc.record({
  perSecond: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0.001, max: 1000, noNaN: true })),
  burst: fc.integer({ min: 1, max: 20 })
})

/** Waits before each message, in ms: many at once, some far apart. */
const waits = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 5000 })), {
  maxLength: 60
})

/** GCRA in its other form, virtual scheduling: the time at which the next message is expected. */
function createModel({ perSecond, burst }: Rate): (now: number) => boolean {
  const increment = 1000 / perSecond
  let expected = -Infinity
  return (now) => {
    if (now < expected - (burst - 1) * increment - 1e-6) return false
    expected = Math.max(now, expected) + increment
    return true
  }
}

function createTable(most = 100) {
  const clock = new ManualClock()
  return { clock, table: new RateTable(clock, most) }
}

describe('a rate', () => {
  it('takes what the virtual scheduling form of GCRA takes', () => {
    fc.assert(
      fc.property(rates, waits, (rate, steps) => {
        const { clock, table } = createTable()
        const [limit, model] = [new RateLimit(rate), createModel(rate)]
        for (const wait of steps) {
          clock.advance(wait)
          expect(table.take(limit, 'a')).toBe(model(clock.now()))
        }
      })
    )
  })

  it('lets no more through in any time than the burst and what the rate adds', () => {
    fc.assert(
      fc.property(rates, waits, (rate, steps) => {
        const { clock, table } = createTable()
        const limit = new RateLimit(rate)
        const taken: number[] = []
        for (const wait of steps) {
          clock.advance(wait)
          if (table.take(limit, 'a')) taken.push(clock.now())
        }
        taken.forEach((from, index) =>
          taken.slice(index).forEach((until, more) => {
            const most = rate.burst + ((until - from) * rate.perSecond) / 1000
            expect(more + 1).toBeLessThanOrEqual(most + 1e-6)
          })
        )
      })
    )
  })

  it('takes exactly its burst at once, and the next one after the time of one', () => {
    const { clock, table } = createTable()
    const limit = new RateLimit({ perSecond: 3, burst: 7 })
    const take = (): boolean => table.take(limit, 'a')
    expect(Array.from({ length: 8 }, take)).toEqual([...Array<boolean>(7).fill(true), false])
    clock.advance(333)
    expect(take()).toBe(false)
    clock.advance(1)
    expect([take(), take()]).toEqual([true, false])
  })

  it('counts each sender apart, and each limit', () => {
    fc.assert(
      fc.property(rates, fc.array(fc.tuple(fc.nat(3), fc.nat(1), fc.nat(100)), { maxLength: 80 }), (rate, steps) => {
        const { clock, table } = createTable()
        const limits = [new RateLimit(rate), new RateLimit(rate)]
        const models = new Map<string, (now: number) => boolean>()
        for (const [sender, which, wait] of steps) {
          clock.advance(wait)
          const model = models.get(`${sender} ${which}`) ?? createModel(rate)
          models.set(`${sender} ${which}`, model)
          const limit = limits[which] ?? new RateLimit(rate)
          expect(table.take(limit, String(sender))).toBe(model(clock.now()))
        }
      })
    )
  })

  it('that is changed holds at once, and forgets nothing', () => {
    const { clock, table } = createTable()
    const limit = new RateLimit({ perSecond: 1, burst: 2 })
    expect([table.take(limit, 'a'), table.take(limit, 'a'), table.take(limit, 'a')]).toEqual([true, true, false])
    limit.rate = { perSecond: 100, burst: 2 }
    expect(table.take(limit, 'a')).toBe(false)
    clock.advance(10)
    expect([table.take(limit, 'a'), table.take(limit, 'a')]).toEqual([true, false])
  })
})

describe('the table of buckets', () => {
  const rate = { perSecond: 1, burst: 1 }

  it('holds as many as it may, and not one more', () => {
    const { table } = createTable(3)
    const limit = new RateLimit(rate)
    for (const sender of ['a', 'b', 'c']) expect(table.take(limit, sender)).toBe(true)
    expect(table.size).toBe(3)
    table.take(limit, 'd')
    expect([table.size, limit.buckets.has('d')]).toEqual([3, false])
  })

  it('displaces the least recently used of those that are full', () => {
    const { clock, table } = createTable(3)
    const [slow, fast] = [new RateLimit({ perSecond: 0.001, burst: 9 }), new RateLimit(rate)]
    table.take(slow, 'owes')
    table.take(fast, 'older')
    table.take(fast, 'newer')
    clock.advance(1000)
    table.take(fast, 'next')
    expect([...slow.buckets.keys()]).toEqual(['owes'])
    expect([...fast.buckets.keys()]).toEqual(['newer', 'next'])
  })

  it('lets newcomers share one bucket while none is full', () => {
    const { clock, table } = createTable(2)
    const limit = new RateLimit(rate)
    expect(['a', 'b', 'c', 'd'].map((sender) => table.take(limit, sender))).toEqual([true, true, true, false])
    clock.advance(999)
    expect(table.take(limit, 'd')).toBe(false)
    clock.advance(1)
    expect(table.take(limit, 'd')).toBe(true)
    expect([...limit.buckets.keys()]).toContain('d')
  })

  it('forgets no debt, however many senders come', () => {
    const senders = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.nat(20)), { maxLength: 150 })
    fc.assert(
      fc.property(senders, fc.integer({ min: 1, max: 8 }), (steps, most) => {
        const { clock, table } = createTable(most)
        const limit = new RateLimit({ perSecond: 10, burst: 3 })
        const model = createModel({ perSecond: 10, burst: 3 })
        for (let count = 0; count < 3; count++)
          expect([table.take(limit, 'v'), model(clock.now())]).toEqual([true, true])
        for (const [sender, wait] of steps) {
          clock.advance(wait)
          table.take(limit, String(sender))
          expect(table.size).toBeLessThanOrEqual(most)
          if (limit.buckets.has('v')) expect(table.take(limit, 'v')).toBe(model(clock.now()))
          else expect(clock.now()).toBeGreaterThanOrEqual(300)
        }
      })
    )
  })

  it('lets full ones go while new ones come', () => {
    const { clock, table } = createTable(100)
    const limit = new RateLimit(rate)
    for (let count = 0; count < 50; count++) table.take(limit, String(count))
    clock.advance(1000)
    for (let count = 50; count < 100; count++) table.take(limit, String(count))
    expect([table.size, limit.buckets.size, limit.buckets.has('49')]).toEqual([50, 50, false])
  })

  it('looks again once a rate was raised', () => {
    const { clock, table } = createTable(1)
    const limit = new RateLimit({ perSecond: 0.001, burst: 1 })
    table.take(limit, 'a')
    table.take(limit, 'b')
    limit.rate = { perSecond: 1000, burst: 1 }
    table.rateChanged()
    clock.advance(1)
    table.take(limit, 'b')
    expect([...limit.buckets.keys()]).toEqual(['b'])
  })
})
