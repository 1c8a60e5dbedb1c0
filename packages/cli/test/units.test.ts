import { fit, layOut } from '../src/table'
import { byteSize, count, duration, shortDuration } from '../src/units'

it.each([
  [0, '0.0 s'],
  [9_949, '9.9 s'],
  [10_000, '10 s'],
  [59_999, '59 s'],
  [60_000, '1 min 0 s'],
  [3_599_999, '59 min 59 s'],
  [3_600_000, '1 h 0 min'],
  [86_399_999, '23 h 59 min'],
  [90_000_000, '1 d 1 h']
])('%i ms are written as %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

it.each([
  [0.04, '0.0 ms'],
  [9.94, '9.9 ms'],
  [10, '10 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s']
])('%d ms may be written as %s', (ms, text) => {
  expect(shortDuration(ms)).toBe(text)
})

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [10 * 1024, '10 KiB'],
  [1024 ** 3 * 5000, '5000 GiB']
])('%i bytes are written as %s', (bytes, text) => {
  expect(byteSize(bytes)).toBe(text)
})

it('numbers have commas', () => {
  expect(count(1_234_567)).toBe('1,234,567')
})

it('columns are as wide as their widest cell, and lines end without blanks', () => {
  expect(
    layOut([
      ['a', 'bb', 'c'],
      ['a😀c', '', ''],
      ['x', 'y']
    ])
  ).toEqual(['a     bb  c', 'a😀c', 'x     y'])
  expect(layOut([])).toEqual([])
})

it('a line is cut where the terminal ends', () => {
  expect([fit('12345', 5), fit('123456', 5)]).toEqual(['12345', '1234…'])
  expect([fit('漢字x', 5), fit('漢字xy', 5), fit('漢字漢', 5)]).toEqual(['漢字x', '漢字…', '漢字…'])
})
