import { createSeededRandom } from '../src'

function numbers(seed: number, count: number): number[] {
  const random = createSeededRandom(seed)
  return Array.from({ length: count }, () => random.next())
}

it('gives the same numbers for the same seed, in every release', () => {
  expect(numbers(1, 5)).toEqual(numbers(1, 5))
  expect(numbers(1, 3).map((number) => number * 2 ** 32)).toEqual(FIRST_OF_SEED_1)
})

it.each([0, 1, 2, -1, 0.5, 2 ** 31, 2 ** 40])('gives numbers from 0 to below 1, spread evenly, for seed %d', (seed) => {
  const buckets = new Array<number>(10).fill(0)
  for (const number of numbers(seed, 10_000)) {
    expect(number >= 0 && number < 1).toBe(true)
    buckets[Math.floor(number * 10)] = (buckets[Math.floor(number * 10)] ?? 0) + 1
  }
  for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150)
})

it('gives other numbers for neighbouring seeds', () => {
  const firsts = new Set(Array.from({ length: 1_000 }, (_, seed) => numbers(seed, 1)[0]))
  expect(firsts.size).toBe(1_000)
})

const FIRST_OF_SEED_1 = [792534090, 3215351813, 160231488]
