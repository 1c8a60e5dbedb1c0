import fc from 'fast-check'
import { readName } from '../../src/wire/name-table'

const encoder = new TextEncoder()

function read(bytes: Uint8Array): string {
  return readName(Uint8Array.of(0, ...bytes, 0), 1, bytes.length + 1)
}

describe('readName', () => {
  it('gives each name as it was written, whatever was read before', () => {
    const names = fc.array(fc.string({ unit: 'binary', maxLength: 80 }), { maxLength: 12 })
    fc.assert(
      fc.property(names, (texts) => {
        const twice = [...texts, ...texts]
        expect(twice.map((text) => read(encoder.encode(text)))).toEqual(twice)
      })
    )
  })

  it('keeps thousands of names apart in its few slots', () => {
    const names = Array.from({ length: 5000 }, (_, index) => `event/${index}`)
    for (let round = 0; round < 2; round++) expect(names.map((name) => read(encoder.encode(name)))).toEqual(names)
  })

  it('does not take bytes that are no UTF-8 for a name with those char codes', () => {
    expect(read(encoder.encode('\u00e9'))).toBe('\u00e9')
    for (let byte = 0x80; byte < 0x100; byte++) {
      read(encoder.encode(String.fromCharCode(byte)))
      expect(() => read(Uint8Array.of(byte))).toThrow()
    }
  })
})
