import fc from 'fast-check'
import { printable, printableJson } from '../src/printable'

describe('printable text', () => {
  it('is what it was where it does nothing to a terminal', () => {
    expect(printable('Grüße, 世界 👩‍💻 "x" \\')).toBe('Grüße, 世界 👩‍💻 "x" \\')
  })

  it.each([
    ['\u001b[31mred', '\\u001b[31mred'],
    ['a\r\nb\tc\u0007', 'a\\u000d\\u000ab\\u0009c\\u0007'],
    ['\u009b31m', '\\u009b31m'],
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['\udb40\udc41', '\\udb40\\udc41'],
    ['\ud800', '\\ud800']
  ])('shows the control or format character of %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  it('of any JSON value is valid JSON of the same value, without a control character', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('compact' as const, 'indented' as const), (value, layout) => {
        const text = printableJson(value, layout)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e]/u)
      })
    )
  })

  it('of undefined is null', () => {
    expect(printableJson(undefined, 'compact')).toBe('null')
  })
})
