import { hashOf, randomFor } from '../../src/simulator/seeds'

const draw = (seed: number, purpose: string): number[] => {
  const random = randomFor(seed, purpose)
  return [random.next(), random.next()]
}

it('gives the same chance for the same seed and purpose', () => {
  expect(draw(1, 'a')).toEqual(draw(1, 'a'))
})

it('gives another chance for another seed, and for another purpose', () => {
  expect(draw(1, 'a')).not.toEqual(draw(2, 'a'))
  expect(draw(1, 'a')).not.toEqual(draw(1, 'b'))
})

it('hashes as the published FNV-1a does', () => {
  expect(hashOf(new TextEncoder().encode(''))).toBe(0x811c9dc5)
  expect(hashOf(new TextEncoder().encode('foobar'))).toBe(0xbf9cf968)
})
