import { decayed, scoreOf } from '../../src/peers/peer-score'

const HOUR_MS = 3_600_000

it('T22 good and invalid events count half after each half-life', () => {
  const standing = { good: 4_000, invalid: 8, at: 1_000 }
  expect(decayed(standing, 1_000, HOUR_MS)).toEqual(standing)
  expect(decayed(standing, 1_000 + HOUR_MS, HOUR_MS)).toEqual({ good: 2_000, invalid: 4, at: 1_000 + HOUR_MS })
  expect(decayed(standing, 1_000 + 3 * HOUR_MS, HOUR_MS)).toMatchObject({ good: 500, invalid: 1 })
})

it('a clock that was set back lets nothing grow', () => {
  expect(decayed({ good: 1, invalid: 1, at: 5_000 }, 1_000, HOUR_MS)).toEqual({ good: 1, invalid: 1, at: 1_000 })
})

it('a thousand good events are worth a point, five points at most, and an invalid one costs one', () => {
  expect(scoreOf({ good: 500, invalid: 0 })).toBe(0.5)
  expect(scoreOf({ good: 5_000, invalid: 0 })).toBe(5)
  expect(scoreOf({ good: 5_001_000, invalid: 0 })).toBe(5)
  expect(scoreOf({ good: 1_000, invalid: 3 })).toBe(-2)
})
