import fc from 'fast-check'
import { parse } from 'protobufjs'
import type { Type } from 'protobufjs'
import type { MessageCodec } from '../../src/contract/contract'
import { ContractEvent } from '../../src/contract/contract'
import { EVERYTHING, eventOf, eventOfMessage, thrownBy } from './samples'

const every = eventOf(EVERYTHING).request
const reference: Type = parse(EVERYTHING).root.lookupType('every.thing.All')

function codecOf(event: ContractEvent): MessageCodec {
  const codec = ContractEvent.codecsOf(event)?.request
  if (codec === undefined) throw new Error('no codec')
  return codec
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const float = fc.float({ noNaN: true })
const mood = fc.constantFrom(0, 1, -7)

/** Bodies of EVERYTHING with every field that is always there after reading. */
const bodies = fc.letrec<{ body: Record<string, unknown> }>((tie) => {
  const inner = fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.constant(undefined), tie('body'))
  const some = inner.filter((value) => value !== undefined)
  const always = {
    a: fc.double({ noNaN: true }),
    b: float,
    c: int32,
    d: uint32,
    e: int32,
    f: uint32,
    g: int32,
    h: int64,
    i: uint64,
    j: int64,
    k: uint64,
    l: int64,
    m: fc.boolean(),
    n: text,
    o: fc.uint8Array({ maxLength: 300 }),
    p: mood,
    r: fc.array(int32, { maxLength: 80 }),
    s: fc.array(text, { maxLength: 4 }),
    t: fc.array(fc.oneof({ depthSize: 'small' }, fc.constant(empty()), some), { maxLength: 2 }),
    u: fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'constructor')), int32, { noNullPrototype: true }),
    v: fc.dictionary(int32.map(String), fc.constant(empty()), { noNullPrototype: true, maxKeys: 2 }),
    w: fc.dictionary(fc.constantFrom('true', 'false'), text, { noNullPrototype: true }),
    z: fc.array(fc.double({ noNaN: true }), { maxLength: 4 })
  }
  const absent = fc.record({
    q: inner,
    x: fc.option(int32, { nil: undefined }),
    y: fc.option(text, { nil: undefined })
  })
  const choice = fc.oneof(fc.constant({}), fc.record({ left: text }), fc.record({ right: int64 }))
  return { body: fc.tuple(fc.record(always), absent, choice).map(([a, b, c]) => withoutAbsent({ ...a, ...b, ...c })) }
}).body

function empty(): Record<string, unknown> {
  return {
    a: 0,
    b: 0,
    c: 0,
    d: 0,
    e: 0,
    f: 0,
    g: 0,
    h: 0n,
    i: 0n,
    j: 0n,
    k: 0n,
    l: 0n,
    m: false,
    n: '',
    o: new Uint8Array(),
    p: 0,
    r: [],
    s: [],
    t: [],
    u: {},
    v: {},
    w: {},
    z: []
  }
}

function withoutAbsent(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}

describe('typed bodies (U5)', () => {
  it('come back as they were', () => {
    fc.assert(fc.property(bodies, (body) => expect(every.decode(every.encode(body))).toEqual(body)))
  })

  it('are written as protobufjs reads them', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const bytes = every.encode(body)
        const read = reference.decode(bytes)
        expect(every.decode(reference.encode(read).finish())).toEqual(body)
      })
    )
  })

  it('are read only with a coded error, or not at all, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          every.decode(bytes)
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^ERR_TRUSTP2P_BODY_(INVALID|TOO_DEEP)$/)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it('are refused wherever they are cut off inside a field, or broken in a byte', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), fc.nat(255), (body, place, byte) => {
        const bytes = every.encode(body)
        for (const damaged of [
          bytes.slice(0, place % (bytes.length + 1)),
          bytes.with(place % Math.max(bytes.length, 1), byte)
        ]) {
          try {
            every.decode(damaged)
          } catch (error) {
            expect((error as { code: string }).code).toMatch(/^ERR_TRUSTP2P_BODY_(INVALID|TOO_DEEP)$/)
          }
        }
      })
    )
  })

  it('may be as deep as limits.bodyDepth says, and not one deeper, when written and when read', () => {
    const codec = codecOf(eventOfMessage('M m = 1;'))
    const nested = (depth: number): object => (depth === 1 ? {} : { m: nested(depth - 1) })
    const bytes = codec.encode(nested(5), 5)
    expect(codec.decode(bytes, 5)).toEqual(nested(5))
    expect(thrownBy(() => codec.encode(nested(6), 5))).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_BODY' })
    expect(thrownBy(() => codec.decode(codec.encode(nested(6), 6), 5))).toMatchObject({
      code: 'ERR_TRUSTP2P_BODY_TOO_DEEP'
    })
    expect(codec.encode(nested(64)).length).toBeGreaterThan(0)
    expect(thrownBy(() => codec.encode(nested(65)))).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_BODY' })
  })

  it('may hold a getter that writes a body of its own', () => {
    const event = eventOfMessage('string a = 1; string b = 2;').request
    const body = {
      a: 'first',
      get b() {
        return String(event.encode({ a: 'xxxxxxxxxxxxxxx' }).length)
      }
    }
    expect(event.decode(event.encode(body))).toEqual({ a: 'first', b: '17' })
  })

  it('of a megabyte are written and read, and the next small one as well', () => {
    const event = eventOfMessage('bytes a = 1; M m = 2;').request
    const large = { a: new Uint8Array(2 ** 20).fill(7), m: { a: new Uint8Array(2 ** 19).fill(8) } }
    const { a, m } = event.decode(event.encode(large)) as typeof large
    expect([Buffer.compare(a, large.a), Buffer.compare(m.a, large.m.a)]).toEqual([0, 0])
    expect(event.encode({ a: Uint8Array.of(1) })).toEqual(Uint8Array.of(10, 1, 1))
  })
})

describe('a body that does not match its contract', () => {
  const event = eventOfMessage(
    'string text = 1; int32 n = 2; uint64 big = 3; repeated int32 list = 4; map<int32, bool> map = 5; E e = 6; M m = 7; bytes b = 8; bool ok = 9; double d = 10; optional string toString = 11; uint32 u = 12; oneof o { string left = 13; string right = 14; }',
    'enum E { ZERO = 0; ONE = 1; }'
  ).request
  it.each([
    ['nothing', undefined, 'M takes an object'],
    ['a list', [], 'M takes an object'],
    ['a field that is not in it', { txet: 'a' }, 'M.txet is no field'],
    ['a number for a text', { text: 1 }, 'M.text takes a text, not 1 (number)'],
    ['0 for a text', { text: 0 }, 'M.text takes a text'],
    ['false for a number', { n: false }, 'M.n takes'],
    ['an empty text for a number', { n: '' }, 'M.n takes'],
    ['half a number', { n: 0.5 }, 'M.n takes a whole number of 32 bits'],
    ['NaN', { n: NaN }, 'M.n takes'],
    ['a number past 32 bits', { n: 2 ** 31 }, 'M.n takes'],
    ['a bigint for 32 bits', { n: 1n }, 'M.n takes'],
    ['a negative number without a sign', { u: -1 }, 'M.u takes a whole number from 0 to 2^32 - 1'],
    ['a negative bigint without a sign', { big: -1n }, 'M.big takes a bigint from 0 to 2^64 - 1'],
    ['a bigint past 64 bits', { big: 2n ** 64n }, 'M.big takes'],
    ['a number that is not exact', { big: 2 ** 53 }, 'M.big takes'],
    ['no list', { list: 1 }, 'M.list takes a list'],
    ['a hole in a list', { list: [1, , 2] }, 'M.list takes'],
    ['a list for a map', { map: [] }, 'M.map takes an object'],
    ['a key of a map that is no number', { map: { a: true } }, 'M.map (key) takes a whole number'],
    ['a value of a map', { map: { '1': 1 } }, 'M.map takes true or false'],
    ['a number that the enum does not have', { e: 2 }, 'M.e takes one of 0, 1'],
    ['a fault deeper inside', { m: { m: { text: {} } } }, 'M.text takes a text, not a object'],
    ['a text for bytes', { b: 'abc' }, 'M.b takes a Uint8Array'],
    ['a list for bytes', { b: [1] }, 'M.b takes a Uint8Array'],
    ['1 for true', { ok: 1 }, 'M.ok takes true or false'],
    ['a text for a number', { d: '1' }, 'M.d takes a number'],
    ['half a character', { text: '\ud800' }, 'M.text holds a lone surrogate'],
    ['two of a oneof', { left: 'a', right: 'b' }, 'M.right is in the oneof o, of which left is set too']
  ])('is refused before it is sent: %s', (_what, body, part) => {
    const error = thrownBy(() => event.encode(body))
    expect(error).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_BODY' })
    expect(error.message).toContain(part)
  })

  it('must have what is required, and may leave out the rest', () => {
    const required = eventOf(
      'message M { required string text = 1; optional int32 n = 2 [default = 7]; optional bool b = 3 [default = true]; optional int64 l = 4 [default = -9]; optional E e = 5 [default = TWO]; optional double d = 6 [default = inf]; optional string s = 7 [default = "hm"]; } enum E { ONE = 1; TWO = 2; } service S { rpc Do(M) returns (M); }'
    ).request
    expect(thrownBy(() => required.encode({}))).toMatchObject({
      code: 'ERR_TRUSTP2P_CONTRACT_BODY',
      details: { field: 'M.text' }
    })
    expect(thrownBy(() => required.encode({ text: null }))).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_BODY' })
    expect(required.decode(required.encode({ text: '' }))).toEqual({
      text: '',
      n: 7,
      b: true,
      l: -9n,
      e: 2,
      d: Infinity,
      s: 'hm'
    })
    expect(thrownBy(() => required.decode(new Uint8Array()))).toMatchObject({ code: 'ERR_TRUSTP2P_BODY_INVALID' })
    expect(event.decode(event.encode({}))).not.toHaveProperty('m')
  })

  it('is not taken for what every object inherits', () => {
    expect(event.encode({})).toHaveLength(0)
    expect(event.decode(event.encode({ toString: 'own' }))).toHaveProperty('toString', 'own')
  })
})

describe('bytes that are no body of their type', () => {
  const event = eventOfMessage(
    'string text = 1; M m = 2; repeated int32 list = 3; map<string, int32> map = 4; fixed64 far = 5; oneof o { int32 left = 6; int32 right = 7; }'
  ).request
  it.each([
    ['another wire type', [0x08, 0x01], 'M.text has the wire type 0, not 2'],
    ['another wire type of a list', [0x1d, 0, 0, 0, 0], 'M.list has the wire type 5, not 0'],
    ['another wire type of a map', [0x20, 0x01], 'M.map has the wire type 0'],
    ['another wire type in a map', [0x22, 0x02, 0x08, 0x01], 'M.map (key) has the wire type 0'],
    ['no UTF-8', [0x0a, 0x01, 0xff], 'M.text is not UTF-8'],
    ['a length past the end', [0x0a, 0x05, 0x61], 'ends inside a field'],
    ['a length of 4 GiB', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], 'ends inside a field'],
    ['a length of more than 32 bits', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x1f], 'more than 32 bits'],
    [
      'a message that is longer than its length',
      [0x12, 0x02, 0x0a, 0x05, 0x61, 0x61, 0x61, 0x61, 0x61],
      'ends inside a field'
    ],
    ['a fixed64 of 7 bytes', [0x29, 1, 2, 3, 4, 5, 6, 7], 'ends inside a field'],
    ['a list that ends inside a number', [0x1a, 0x01, 0x80], 'ends inside a field'],
    ['a varint of 11 bytes', [0x30, ...Array<number>(10).fill(0x80), 0], 'longer than 10 bytes'],
    ['the number 0', [0x00, 0x00], 'the number 0'],
    ['wire type 7', [0x7f], 'wire type 7'],
    ['a group that ends as another', [0x7b, 0x84, 0x01], 'wire type 4'],
    ['an open group', [0x7b], 'ends inside a field']
  ])('are refused: %s', (_what, bytes, part) => {
    const error = thrownBy(() => event.decode(Uint8Array.from(bytes)))
    expect(error).toMatchObject({ code: 'ERR_TRUSTP2P_BODY_INVALID' })
    expect(error.message).toContain(part)
  })

  it.each([
    ['a short one', 10_000, 95],
    ['a long one', 100_000, 11]
  ])('may be read with as many zeros as its length allows, and not with more: %s', (_what, count, fields) => {
    const empty = new Uint8Array(count * 2).map((_byte, index) => (index % 2 === 0 ? 10 : 0))
    const read = (zeros: number): unknown => {
      const item = Array.from({ length: zeros }, (_field, index) => `int32 f${index} = ${index + 1};`).join(' ')
      const types = `message List { repeated Item list = 1; } message Item { ${item} }`
      const proto = `syntax = "proto3"; ${types} service S { rpc Do(List) returns (List); }`
      return eventOf(proto).request.decode(empty)
    }
    expect(read(fields)).toMatchObject({ list: { length: count } })
    expect(thrownBy(() => read(fields + 1))).toMatchObject({ code: 'ERR_TRUSTP2P_BODY_INVALID' })
  })

  it('may have groups in an unknown field 100 deep, and not 101', () => {
    const groups = (depth: number) =>
      Uint8Array.from([...Array<number>(depth).fill(0x7b), ...Array<number>(depth).fill(0x7c)])
    expect(event.decode(groups(100))).toMatchObject({ text: '' })
    expect(thrownBy(() => event.decode(groups(101)))).toMatchObject({ code: 'ERR_TRUSTP2P_BODY_INVALID' })
  })

  it('may have unknown fields of every wire type, and the last of several counts', () => {
    const unknown = [0x78, 1, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7a, 1, 0, 0x7d, 1, 2, 3, 4, 0x7b, 0x08, 1, 0x7c]
    expect(event.decode(Uint8Array.from([...unknown, 0x0a, 1, 0x61, 0x0a, 1, 0x62]))).toMatchObject({ text: 'b' })
    expect(event.decode(Uint8Array.of(0x30, 1, 0x38, 2))).toEqual({ text: '', list: [], map: {}, far: 0n, right: 2 })
  })

  it('may hold lists packed and unpacked', () => {
    expect(event.decode(Uint8Array.of(0x18, 1, 0x1a, 2, 2, 3, 0x18, 4))).toMatchObject({ list: [1, 2, 3, 4] })
  })

  it('give an enum number that is not listed as it is', () => {
    expect(every.decode(Uint8Array.of(0x80, 0x01, 0x09))).toMatchObject({ p: 9 })
  })
})
