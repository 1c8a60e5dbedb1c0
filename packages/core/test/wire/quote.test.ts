import { quote } from '../../src/wire/quote'

describe('quote', () => {
  it('gives a short text in quotes', () => {
    expect(quote('hub/challenge')).toBe('"hub/challenge"')
  })

  it('escapes everything but printable ASCII', () => {
    expect(quote('a"\n\x1b\x7f\x9b\u202eé\ud800')).toBe('"a\\"\\n\\u001b\\u007f\\u009b\\u202e\\u00e9\\ud800"')
  })

  it('gives 64 characters whole, and cuts the 65th', () => {
    expect(quote('x'.repeat(64))).toBe(`"${'x'.repeat(64)}"`)
    expect(quote('x'.repeat(65))).toBe(`"${'x'.repeat(64)}"... (65 characters)`)
  })
})
