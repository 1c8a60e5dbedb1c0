import fc from 'fast-check'
import { readUtf8, utf8Size, writeUtf8 } from '../../src/wire/utf8'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 100 }),
  fc.constantFrom('\u0080', '\u07ff', '\u0800', '\uffff', '\ufeff', '\u{10000}', '\u{10ffff}', 'a'.repeat(41))
)

describe('UTF-8', () => {
  it('has the size and the bytes that Node gives', () => {
    fc.assert(
      fc.property(text, (value) => {
        const size = Buffer.byteLength(value)
        const target = new Uint8Array(size + 2)
        expect(utf8Size(value)).toBe(size)
        expect(writeUtf8(target, 1, value, size)).toBe(true)
        expect(Buffer.from(target).equals(Buffer.from(`\0${value}\0`))).toBe(true)
        expect(readUtf8(target, 1, size + 1)).toBe(value)
      })
    )
  })

  it('says where a text takes another number of bytes than was thought, and writes nothing beyond them', () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 200 }), (value, size) => {
        const target = new Uint8Array(size + 1).fill(7)
        expect(writeUtf8(target, 0, value, size)).toBe(size === Buffer.byteLength(value))
        expect(target[size]).toBe(7)
      })
    )
  })

  it('has no bytes for a lone surrogate', () => {
    const units = fc
      .array(fc.constantFrom('a', 'é', '\ud83d', '\ude00'), { maxLength: 8 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(units, (value) => {
        if (/\p{Surrogate}/u.test(value)) expect(() => utf8Size(value)).toThrow(TypeError)
        else expect(utf8Size(value)).toBe(Buffer.byteLength(value))
      })
    )
  })

  it('reads nothing else than UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const expected = Buffer.from(bytes).toString()
        if (Buffer.from(expected).equals(bytes)) expect(readUtf8(bytes, 0, bytes.length)).toBe(expected)
        else expect(() => readUtf8(bytes, 0, bytes.length)).toThrow()
      })
    )
  })
})
