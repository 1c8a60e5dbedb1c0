import fc from 'fast-check'
import { Latency } from '../../src/thread/latency'

describe('the durations of a handler', () => {
  it('have no quantile while there are none', () => {
    expect([new Latency().count, new Latency().quantile(0.5)]).toEqual([0, undefined])
  })

  it('give quantiles that are right to a quarter, and never too short', () => {
    const durations = fc.array(fc.double({ min: 0.001, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(durations, fc.constantFrom(0, 0.5, 0.9, 0.99, 1), (list, part) => {
        const latency = new Latency()
        for (const ms of list) latency.add(ms)
        const sorted = list.toSorted((left, right) => left - right)
        const exact = sorted[Math.max(1, Math.ceil(list.length * part)) - 1] ?? NaN
        const found = latency.quantile(part) ?? NaN
        expect(found).toBeGreaterThanOrEqual(exact)
        expect(found).toBeLessThanOrEqual(exact * 1.25 + 0.002)
      })
    )
  })

  it.each([
    [0, 0.001],
    [0.0005, 0.001],
    [35 * 60_000, 2 ** 31 / 1000],
    [Infinity, 2 ** 31 / 1000]
  ])('of %d ms count as %d ms at most', (ms, most) => {
    const latency = new Latency()
    latency.add(ms)
    expect(latency.quantile(1)).toBe(most)
  })
})
