import { assertCloseFrame, isRefusal } from '../../src/driver/close-frame'

it.each([1000, 1003, 1007, 1014, 3000, 4999])('the code %d can be sent', (code) => {
  expect(() => assertCloseFrame(code, '')).not.toThrow()
})

it.each([-1, 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_536, 1000.5, NaN, Infinity])(
  'the code %d cannot be sent',
  (code) => {
    expect(() => assertCloseFrame(code, '')).toThrow(RangeError)
  }
)

it.each(['a', 'é', '€', '😀'])('a reason of %s has at most 123 bytes of UTF-8', (character) => {
  const size = Buffer.byteLength(character)
  const longest = character.repeat(Math.floor(123 / size)) + 'x'.repeat(123 % size)
  expect(() => assertCloseFrame(1000, longest)).not.toThrow()
  expect(() => assertCloseFrame(1000, `${longest}x`)).toThrow(RangeError)
})

it.each([
  [true, [1002, 1003, 1007, 1008, 1009, 1013]],
  [false, [1000, 1001, 1006, 1010, 1011, 1012, 1014, 3000, 4999]]
])('that a peer is thrown off, or not let in, is %s of %p', (isRefused, codes) => {
  for (const code of codes) expect(isRefusal(code)).toBe(isRefused)
})
