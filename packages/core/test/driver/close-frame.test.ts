import { assertCloseFrame } from '../../src/driver/close-frame'

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
