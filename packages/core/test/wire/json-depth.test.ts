import fc from 'fast-check'
import { isDeeperThan } from '../../src/wire/json-depth'

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

describe('isDeeperThan', () => {
  it('agrees with the depth of the value, at the limit and one past it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const depth = depthOf(value)
        for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
          expect(isDeeperThan(text, depth)).toBe(false)
          if (depth > 0) expect(isDeeperThan(text, depth - 1)).toBe(true)
        }
      })
    )
  })

  it('counts no bracket in a string, escaped quotes and backslashes in it or not', () => {
    for (const text of ['[[[[[[[[', '\\"[[[[[[[[', '\\\\', '"]]]]"[[[[[']) {
      expect(isDeeperThan(JSON.stringify([text, { [text]: 1 }]), 2)).toBe(false)
      expect(isDeeperThan(JSON.stringify([text, { [text]: [1] }]), 2)).toBe(true)
    }
  })

  it('takes any number of lists beside each other', () => {
    expect(isDeeperThan(JSON.stringify(Array(1000).fill([{}])), 3)).toBe(false)
    expect(isDeeperThan(JSON.stringify(Array(1000).fill([{}])), 2)).toBe(true)
  })

  it('ends on texts that are no JSON', () => {
    for (const text of [']]]]]]]]]]]]', '"'.repeat(99), '\\'.repeat(99), '{'.repeat(99), '"\\']) {
      expect(typeof isDeeperThan(text, 2)).toBe('boolean')
    }
  })
})
