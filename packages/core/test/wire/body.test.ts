import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { encodeBody, readJsonBody } from '../../src/wire/body'

function readBack(text: string): unknown {
  const bytes = new TextEncoder().encode(text)
  return readJsonBody(bytes, 0, bytes.length, 64)
}

function nested(depth: number): unknown {
  let value: unknown = 0
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { value }
  return value
}

describe('encodeBody', () => {
  it('gives the JSON text of any JSON value, which reads back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = encodeBody(value)
        expect(text).toBe(JSON.stringify(value))
        expect(readBack(String(text))).toEqual(JSON.parse(JSON.stringify(value)))
      })
    )
  })

  it('gives bytes as they are, not copied, of another realm too', () => {
    const bytes = Uint8Array.of(1, 2)
    expect(encodeBody(bytes)).toBe(bytes)
    const buffer = Buffer.from('ab')
    expect(encodeBody(buffer)).toBe(buffer)
    const foreign: unknown = runInNewContext('new Uint8Array([9, 1, 2]).subarray(1)')
    expect(foreign).not.toBeInstanceOf(Uint8Array)
    expect(encodeBody(foreign)).toEqual(bytes)
  })

  it('sends undefined as null', () => {
    expect(encodeBody(undefined)).toBe('null')
    expect(encodeBody(null)).toBe('null')
  })

  it.each([
    ['a BigInt', 1n],
    ['a BigInt inside', { a: [1n] }],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['NaN', Number.NaN],
    ['an infinity inside', { a: { b: -Infinity } }],
    ['NaN that toJSON gives', { toJSON: () => Number.NaN }],
    ['undefined in a list', [1, undefined]],
    ['a hole in a list', Array(1)],
    ['a function in a list', { a: [() => 1] }],
    ['a symbol in a list', [[Symbol('s')]]],
    ['a DataView', new DataView(new ArrayBuffer(1))],
    ['a list of 16 bit numbers', new Uint16Array(1)],
    ['an ArrayBuffer', new ArrayBuffer(1)]
  ])('refuses %s with a TypeError', (_what, value) => {
    expect(() => encodeBody(value)).toThrow(TypeError)
  })

  it('refuses a cycle with a TypeError', () => {
    const cycle: { self?: unknown } = {}
    cycle.self = [cycle]
    expect(() => encodeBody(cycle)).toThrow(TypeError)
  })

  it('leaves out properties of which the value is undefined, a function or a symbol, as JSON.stringify does', () => {
    expect(encodeBody({ a: undefined, b: () => 1, c: Symbol('s'), d: null })).toBe('{"d":null}')
  })

  it('accepts null wherever it stands for itself', () => {
    const value = { null: [null, { a: null }, 'null'], date: new Date(Number.NaN) }
    expect(encodeBody(value)).toBe('{"null":[null,{"a":null},"null"],"date":null}')
  })

  it('calls toJSON, which may give an object with a toJSON of its own', () => {
    class Point {
      readonly x = null
      toJSON(): this {
        return this
      }
    }
    expect(encodeBody({ at: new Point(), when: new Date(0) })).toBe(
      '{"at":{"x":null},"when":"1970-01-01T00:00:00.000Z"}'
    )
  })

  it('takes 64 levels where nothing else is said, and not one more', () => {
    expect(encodeBody(nested(64))).toBe(JSON.stringify(nested(64)))
    expect(() => encodeBody(nested(65))).toThrow(RangeError)
    expect(encodeBody(nested(3), 3)).toBe(JSON.stringify(nested(3)))
    expect(() => encodeBody(nested(3), 2)).toThrow(RangeError)
    expect(() => encodeBody(nested(200_000))).toThrow(RangeError)
  })

  it('writes lone surrogates as escapes, so that the text has bytes', () => {
    expect(encodeBody(['\ud800', { '\udc00': 1 }])).toBe('["\\ud800",{"\\udc00":1}]')
  })
})
