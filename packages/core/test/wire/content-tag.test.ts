import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { contentTag } from '../../src/wire/content-tag'
import { PackageType } from '../../src/wire/package'

const crypto = { sha256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest() }

function tagOf(body: unknown, more = {}): string {
  return contentTag(crypto, { type: PackageType.REQUEST, event: 'echo', body, ...more })
}

/** The definition of T8, for a body of which the canonical text is known. */
function tagOfText(text: string): string {
  const parts = ['alt', 's', '1', 'body', 's', text, 'event', 's', 'echo', 'type', 'n', '30', 'version', 's', '1.0']
  return createHash('sha256').update(parts.join('\0')).digest('base64')
}

/** The same value with the keys of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(reversed)
  const entries = Object.entries(value).map(([key, part]) => [key, reversed(part)] as const)
  return Object.fromEntries(entries.reverse())
}

describe('contentTag', () => {
  it('gives the vector (T8)', () => {
    expect(tagOf({ a: 1 })).toBe('UzEu9UYOdTKSLlMksg4cToxO3FQ/f7m5cWJx6+e9gZk=')
    expect(tagOfText('{"a":1}')).toBe('UzEu9UYOdTKSLlMksg4cToxO3FQ/f7m5cWJx6+e9gZk=')
  })

  it('does not depend on the order of keys, at any depth (T8)', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => tagOf(value) === tagOf(reversed(value))))
  })

  it('tells apart lists in another order, and a number from its text', () => {
    expect(tagOf([1, 2])).not.toBe(tagOf([2, 1]))
    expect(tagOf('1')).not.toBe(tagOf(1))
  })

  it('sorts keys by their UTF-16 code units, numbers among them too', () => {
    const body = { b: 1, a: { '9': 1, '10': 2 }, é: 3, '😀': 4, '\uff5e': 5, B: 6 }
    expect(tagOf(body)).toBe(tagOfText('{"B":6,"a":{"10":2,"9":1},"b":1,"é":3,"😀":4,"～":5}'))
  })

  it('keeps a key __proto__ as any other', () => {
    expect(tagOf(JSON.parse('{"b":1,"__proto__":{"z":1,"y":2}}'))).toBe(tagOfText('{"__proto__":{"y":2,"z":1},"b":1}'))
  })

  it('reads the base64 of a body of bytes, of any length', () => {
    for (const length of [0, 1, 2, 3, 8191, 8192, 8193, 100_000]) {
      const bytes = Uint8Array.from({ length }, (_, index) => index % 251)
      expect(tagOf(bytes)).toBe(tagOfText(Buffer.from(bytes).toString('base64')))
    }
  })

  it('depends on type, event, version and alt', () => {
    const others = [{ type: PackageType.SYSTEM }, { event: 'ech' }, { version: '1.1' }, { alt: '2' }]
    const tags = [{}, ...others].map((more) => tagOf({ a: 1 }, more))
    expect(new Set(tags).size).toBe(5)
  })

  it('refuses what no body can be', () => {
    expect(() => tagOf([Number.NaN])).toThrow(TypeError)
  })

  it('leaves the body of its caller alone', () => {
    const body = Object.freeze({ b: 1, a: Object.freeze({ d: 1, c: 2 }) })
    tagOf(body)
    expect(JSON.stringify(body)).toBe('{"b":1,"a":{"d":1,"c":2}}')
  })
})
