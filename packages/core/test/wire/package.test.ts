import { P2pError } from '../../src/errors'
import { CP2pPackage, encodeBody, encodeFrame, isPackageType, PackageType } from '../../src/wire/package'
import { frame, key, lengthField, plainFields, thrownBy, varint, varintField } from './raw-frame'

const VECTOR = '0a03312e30120131181e2201652a077b2261223a317d320174'
const TYPES = Object.values(PackageType)

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function decodeError(bytes: Uint8Array, limits = {}): P2pError {
  const error = thrownBy(() => CP2pPackage.decode(bytes, limits))
  if (error instanceof P2pError) return error
  throw error
}

describe('a package on the wire', () => {
  it('is the frame vector, both ways (T7)', () => {
    const fields = { type: PackageType.REQUEST, event: 'e', body: { a: 1 }, tag: 't' }
    expect(hex(CP2pPackage.encode(fields))).toBe(VECTOR)
    expect(hex(encodeFrame(PackageType.REQUEST, 'e', encodeBody({ a: 1 }), 't'))).toBe(VECTOR)
    const decoded = CP2pPackage.decode(Buffer.from(VECTOR, 'hex'))
    expect(decoded).toMatchObject({ ...fields, version: '1.0', alt: '1', encoding: 0, error: undefined })
  })

  it.each(TYPES)('comes back as it went, of type %d (T7)', (type) => {
    const decoded = CP2pPackage.decode(CP2pPackage.encode({ type, event: 'ereignis/ü', body: [1, 'ä'], tag: '1z' }))
    expect(decoded).toMatchObject({ type, event: 'ereignis/ü', body: [1, 'ä'], tag: '1z' })
  })

  it.each(TYPES)('of type %d is read from a peer that writes the six fields of 2018 alone (T7)', (type) => {
    const bytes = frame(...plainFields(type, 'echo', '{"a":"ä"}', 'w35dxwqyQ2CzqHkOG5q+gwagPtaPweD4LEwzC2RjQNo='))
    expect(CP2pPackage.decode(bytes)).toMatchObject({ type, event: 'echo', body: { a: 'ä' }, encoding: 0 })
    expect(hex(encodeFrame(type, 'echo', '{"a":"ä"}', 'w35dxwqyQ2CzqHkOG5q+gwagPtaPweD4LEwzC2RjQNo='))).toBe(hex(bytes))
  })

  it('carries bytes with field 7, and says so', () => {
    const body = Uint8Array.of(0, 255, 1)
    const bytes = CP2pPackage.encode({ type: PackageType.TALK, event: 'e', body })
    expect(hex(bytes)).toBe('0a03312e3012013118142201652a0300ff0132003801')
    expect(CP2pPackage.decode(bytes)).toMatchObject({ encoding: 1, body, bytes: body, tag: '' })
  })

  it('carries a typed body with the digest of its contract in field 10 (U5)', () => {
    const body = Uint8Array.of(10, 1, 97)
    const contract = '0123456789abcdef'
    const bytes = CP2pPackage.encode({ type: PackageType.TALK, event: 'e', body, contract })
    expect(hex(bytes)).toBe('0a03312e3012013118142201652a030a0161320038025' + '10123456789abcdef')
    const decoded = CP2pPackage.decode(bytes)
    expect(decoded).toMatchObject({ encoding: 2, bytes: body, contract })
    expect(decoded.isOfContract(Buffer.from(contract, 'hex'))).toBe(true)
    expect(decoded.isOfContract(Buffer.from('0123456789abcdee', 'hex'))).toBe(false)
    expect(thrownBy(() => decoded.body)).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_UNKNOWN' })
  })

  it('is of no contract where its body is not typed, whatever field 10 says', () => {
    const decoded = CP2pPackage.decode(
      frame(...plainFields(20, 'e', '1', ''), [...key(10, 1), ...Array<number>(8).fill(1)])
    )
    expect(decoded.contract).toBeUndefined()
    expect(decoded.isOfContract(new Uint8Array(8).fill(1))).toBe(false)
  })

  it('with a typed body that names no contract is none', () => {
    expect(decodeError(frame(...plainFields(20, 'e', '1', ''), varintField(7, 2))).code).toBe(
      'ERR_TRUSTP2P_WIRE_MISSING_FIELD'
    )
    const bodies = [[], 'text', { contract: 1 }]
    for (const body of bodies) {
      const fields = { type: PackageType.TALK, event: 'e', body, contract: '0123456789abcdef' }
      expect(() => CP2pPackage.encode(fields)).toThrow(TypeError)
    }
    const wrong = { type: PackageType.TALK, event: 'e', body: new Uint8Array(), contract: '0123' }
    expect(() => CP2pPackage.encode(wrong)).toThrow(TypeError)
  })

  it('carries the code of a failure in field 8', () => {
    const bytes = CP2pPackage.encode({ type: PackageType.RESPONSE, event: 'e', body: null, tag: 't', error: 'ERR_X' })
    expect(hex(bytes)).toMatch(/4205/)
    expect(CP2pPackage.decode(bytes).error).toBe('ERR_X')
  })

  it('has no code where field 8 is empty', () => {
    const fields = plainFields(PackageType.RESPONSE, 'e', '{}', 't')
    expect(CP2pPackage.decode(frame(...fields, lengthField(8, ''))).error).toBeUndefined()
  })

  it('has the version and the alt of its sender, and the defaults of the schema where they are absent', () => {
    const other = CP2pPackage.encode({ type: PackageType.TALK, event: 'e', body: 1, version: '2.3', alt: 'x' })
    expect(CP2pPackage.decode(other)).toMatchObject({ version: '2.3', alt: 'x' })
    const bare = frame(lengthField(4, 'e'), lengthField(5, '1'), lengthField(6, ''))
    expect(CP2pPackage.decode(bare)).toMatchObject({ version: '1.0', alt: '1', type: PackageType.SYSTEM })
  })

  it('tells its types from other numbers', () => {
    expect([...Array(40).keys()].filter((type) => isPackageType(type))).toEqual([0, 10, 11, 20, 30, 31])
    expect([-1, 0.5, Number.NaN].some((type) => isPackageType(type))).toBe(false)
  })
})

describe('CP2pPackage.encode', () => {
  const fields = { type: PackageType.TALK, event: 'e', body: null }

  it.each([
    ['a type that is none', { type: 21 }],
    ['a type that is a text', { type: '20' }],
    ['an event that is no text', { event: 7 }],
    ['a tag that is no text', { tag: null }],
    ['an error that is no text', { error: 1 }],
    ['a version that is no text', { version: 1 }],
    ['an alt that is no text', { alt: 1 }],
    ['an event with a lone surrogate', { event: 'a\ud800' }],
    ['an event that begins with the second half of a pair', { event: '\udc00\ud800' }],
    ['a tag with a lone surrogate', { tag: '\udfff' }],
    ['an error with a lone surrogate', { error: '\ud800' }],
    ['a body that JSON has no word for', { body: [undefined] }]
  ])('refuses %s with a TypeError', (_what, wrong) => {
    const misuse = { ...fields, ...wrong } as unknown as Parameters<typeof CP2pPackage.encode>[0]
    expect(() => CP2pPackage.encode(misuse)).toThrow(TypeError)
  })

  it('gives an ArrayBuffer that holds no other frame', () => {
    const bytes = CP2pPackage.encode(fields)
    expect(bytes.buffer.byteLength).toBe(bytes.length)
  })

  it('leaves the fields of its caller alone', () => {
    const body = { tag: 't', error: 'x' }
    CP2pPackage.encode({ ...fields, body })
    expect(body).toEqual({ tag: 't', error: 'x' })
  })
})

describe('encodeFrame', () => {
  it('refuses a lone surrogate wherever it stands', () => {
    for (const lone of ['\ud800', 'a\udc00', `${'x'.repeat(100)}\ud800`]) {
      expect(() => encodeFrame(PackageType.REQUEST, lone, 'null', 't')).toThrow(TypeError)
      expect(() => encodeFrame(PackageType.REQUEST, 'e', `"${lone}"`, 't')).toThrow(TypeError)
      expect(() => encodeFrame(PackageType.REQUEST, 'e', 'null', lone)).toThrow(TypeError)
      expect(() => encodeFrame(PackageType.RESPONSE, 'e', 'null', 't', lone)).toThrow(TypeError)
    }
  })

  it('leaves the frames before it alone', () => {
    const frames = Array.from({ length: 200 }, (_, index) =>
      encodeFrame(PackageType.TALK, 'e', `"${'ä'.repeat(index)}"`, '')
    )
    frames.forEach((bytes, index) => expect(CP2pPackage.decode(bytes).body).toBe('ä'.repeat(index)))
  })
})

describe('CP2pPackage.decode', () => {
  const plain = plainFields(PackageType.REQUEST, 'echo', '{"a":1}', 'tag')

  it('takes a frame of limits.frameBytes, and not one byte more', () => {
    const bytes = frame(...plain)
    expect(CP2pPackage.decode(bytes, { frameBytes: bytes.length }).event).toBe('echo')
    const error = decodeError(bytes, { frameBytes: bytes.length - 1 })
    expect(error).toMatchObject({ code: 'ERR_TRUSTP2P_WIRE_TOO_LARGE', details: undefined })
  })

  it('takes 1 MiB where nothing else is said, and not one byte more', () => {
    const body = (size: number) => new Uint8Array(size)
    const empty = CP2pPackage.encode({ type: PackageType.TALK, event: 'e', body: body(1024 * 1024 - 100) }).length
    const room = 1024 * 1024 - empty + 1024 * 1024 - 100
    const longest = CP2pPackage.encode({ type: PackageType.TALK, event: 'e', body: body(room) })
    expect(longest.length).toBe(1024 * 1024)
    expect(CP2pPackage.decode(longest).bytes.length).toBe(room)
    const longer = CP2pPackage.encode({ type: PackageType.TALK, event: 'e', body: body(room + 1) })
    expect(decodeError(longer).code).toBe('ERR_TRUSTP2P_WIRE_TOO_LARGE')
  })

  it('looks at the length before anything else', () => {
    const bytes = Uint8Array.of(0xff, 0xff, 0xff)
    expect(decodeError(bytes, { frameBytes: 2 }).code).toBe('ERR_TRUSTP2P_WIRE_TOO_LARGE')
  })

  it.each([
    ['event', [1, 2, 3, 5, 6]],
    ['body', [1, 2, 3, 4, 6]],
    ['tag', [1, 2, 3, 4, 5]],
    ['event', []]
  ])('refuses a frame without %s', (name, present) => {
    const fields = present.map((number) => plain[number - 1] ?? [])
    const error = decodeError(frame(...fields))
    expect(error.code).toBe('ERR_TRUSTP2P_WIRE_MISSING_FIELD')
    expect(error.message).toContain(name)
  })

  it.each([
    ['a field number of 0', [0x02, 0x00]],
    ['a field number of 0 in a group', [...key(20, 3), 0x02, 0x00, ...key(20, 4)]],
    ['a key of more than 32 bits', [0xfa, 0xff, 0xff, 0xff, 0x1f, 0x00]],
    ['a key of more than 5 bytes', [0x8a, 0x80, 0x80, 0x80, 0x80, 0x00, 0x00]],
    ['a length of more than 5 bytes', [...key(20, 2), 0x81, 0x80, 0x80, 0x80, 0x80, 0x00, 0x41]],
    ['a varint of 11 bytes', [...key(20, 0), ...Array<number>(10).fill(0x80), 0x00]],
    ['a type of 11 bytes', [...key(3, 0), ...Array<number>(10).fill(0x80), 0x00]],
    ['the wire type 6', key(20, 6)],
    ['the wire type 7', key(20, 7)],
    ['the end of a group that never began', key(20, 4)],
    ['a group that ends as another', [...key(20, 3), ...key(21, 4)]],
    ['a version that is a varint', varintField(1, 1)],
    ['an alt that is a varint', varintField(2, 1)],
    ['a type that is a text', lengthField(3, '\x1e')],
    ['an event that is fixed', [...key(4, 5), 0, 0, 0, 0]],
    ['a body that is a varint', varintField(5, 1)],
    ['a tag that is a varint', varintField(6, 1)],
    ['an encoding that is fixed', [...key(7, 5), 0, 0, 0, 0]],
    ['a contract that is no fixed64', lengthField(10, 'abcdefgh')],
    ['an error that is a group', [...key(8, 3), ...key(8, 4)]]
  ])('refuses %s', (_what, field) => {
    expect(decodeError(frame(...plain, field)).code).toBe('ERR_TRUSTP2P_WIRE_MALFORMED')
  })

  it('refuses a frame that ends anywhere but between two fields', () => {
    const fixed = [...key(20, 1), 1, 2, 3, 4, 5, 6, 7, 8, ...key(20, 5), 1, 2, 3, 4]
    const fields = [
      ...plain,
      varintField(7, 0),
      lengthField(8, 'ERR'),
      varintField(20, -1),
      fixed,
      lengthField(20, 'x')
    ]
    const between = new Set(fields.map((_field, index) => frame(...fields.slice(0, index)).length))
    between.add(frame(...fields.slice(0, 9)).length + 10)
    const bytes = frame(...fields)
    for (let end = 0; end < bytes.length; end++) {
      if (between.has(end)) continue
      expect(decodeError(bytes.subarray(0, end)).code).toBe('ERR_TRUSTP2P_WIRE_TRUNCATED')
    }
  })

  it('refuses a length far beyond the frame without making room for it', () => {
    const bytes = frame(...plain, [...key(5, 2), 0xff, 0xff, 0xff, 0xff, 0x0f])
    expect(decodeError(bytes).code).toBe('ERR_TRUSTP2P_WIRE_TRUNCATED')
  })

  it.each([
    ['version', 1],
    ['alt', 2],
    ['event', 4],
    ['tag', 6],
    ['error', 8]
  ])('refuses %s in other bytes than UTF-8', (_name, number) => {
    const wrong = [[0xff], [0xe9], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]
    for (const bytes of [...wrong, ...wrong.map((tail) => [...Array<number>(100).fill(0x61), ...tail])]) {
      expect(decodeError(frame(...plain, lengthField(number, bytes))).code).toBe('ERR_TRUSTP2P_WIRE_INVALID_UTF8')
    }
  })

  it.each([1, 9, 12, 21, 32, 99, 158, 2 ** 31 - 1, -1, -(2 ** 31)])('refuses the package type %d', (type) => {
    const error = decodeError(frame(...plain, varintField(3, type)))
    expect(error.code).toBe('ERR_TRUSTP2P_WIRE_UNKNOWN_TYPE')
    expect(error.details).toEqual({ type, event: 'echo', tag: 'tag' })
  })

  it.each([3, 4, -1])('refuses the encoding %d', (encoding) => {
    const error = decodeError(frame(...plain, varintField(7, encoding)))
    expect(error.code).toBe('ERR_TRUSTP2P_WIRE_UNKNOWN_ENCODING')
    expect(error.details).toEqual({ type: PackageType.REQUEST, event: 'echo', tag: 'tag' })
  })

  it('counts only the low 32 bits of an int32, as protobuf does', () => {
    expect(CP2pPackage.decode(frame(...plain, varintField(3, (7n << 32n) | 31n))).type).toBe(PackageType.RESPONSE)
    const padded = [...key(3, 0), 0x9e, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]
    expect(CP2pPackage.decode(frame(...plain, padded)).type).toBe(PackageType.REQUEST)
  })

  it('tells whom an error is about once event and tag were read, and not before', () => {
    const [version = [], alt = [], type = [], event = [], body = [], tag = []] = plain
    const broken = varintField(5, 1)
    expect(decodeError(frame(version, alt, type, event, tag, broken)).details).toEqual({
      type: PackageType.REQUEST,
      event: 'echo',
      tag: 'tag'
    })
    expect(decodeError(frame(version, alt, type, event, body, broken)).details).toBeUndefined()
    expect(decodeError(frame(version, type, event, tag)).details).toMatchObject({ tag: 'tag' })
  })

  it('puts no more of the text of a peer into a message than a line', () => {
    const fields = plainFields(99, '\x1b[2J\u202e'.repeat(10000), '{}', 'tag')
    const { message } = decodeError(frame(...fields))
    expect(message.length).toBeLessThan(600)
    expect(message).toMatch(/^[\x20-\x7e]*$/)
  })

  it('keeps an event and a tag of 1024 characters in an error, and no longer ones', () => {
    const long = 'x'.repeat(1024)
    expect(decodeError(frame(...plainFields(99, long, '{}', long))).details).toEqual({
      type: 99,
      event: long,
      tag: long
    })
    for (const [event = '', tag = ''] of [
      [`${long}x`, 't'],
      ['e', `${long}x`]
    ]) {
      expect(decodeError(frame(...plainFields(99, event, '{}', tag))).details).toBeUndefined()
    }
  })

  it('passes over unknown fields of every wire type, groups in groups included', () => {
    const inner = [...varintField(1, 5), ...lengthField(4, 'inner'), ...key(30, 1), ...Array<number>(8).fill(1)]
    const group = [...key(20, 3), ...key(21, 3), ...inner, ...key(21, 4), ...key(22, 5), 0, 0, 0, 0, ...key(20, 4)]
    const unknown = [varintField(9, -1), lengthField(12, 'trace'), [...key(10, 1), ...Array<number>(8).fill(9)], group]
    const far = lengthField(2 ** 29 - 1, 'far')
    expect(CP2pPackage.decode(frame(...unknown, ...plain, far))).toMatchObject({ event: 'echo', body: { a: 1 } })
  })

  it('passes over 100 groups in a group, and not 101', () => {
    const nested = (depth: number) => [
      ...Array.from({ length: depth }, () => key(20, 3)).flat(),
      ...Array.from({ length: depth }, () => key(20, 4)).flat()
    ]
    expect(CP2pPackage.decode(frame(...plain, nested(101))).event).toBe('echo')
    expect(decodeError(frame(...plain, nested(102))).code).toBe('ERR_TRUSTP2P_WIRE_MALFORMED')
    expect(decodeError(frame(...plain, nested(10_000))).code).toBe('ERR_TRUSTP2P_WIRE_MALFORMED')
  })

  it('takes the last of several equal fields', () => {
    const later = [...plainFields(PackageType.TALK, 'later', '[2]', 'z'), varintField(7, 1), varintField(7, 0)]
    expect(CP2pPackage.decode(frame(...plain, ...later))).toMatchObject({
      type: 20,
      event: 'later',
      body: [2],
      tag: 'z'
    })
  })

  it('takes fields in any order', () => {
    expect(CP2pPackage.decode(frame(...plain.toReversed()))).toMatchObject({
      event: 'echo',
      body: { a: 1 },
      tag: 'tag'
    })
  })

  it.each(['__proto__', 'constructor', 'toString', '', '\u0000', '\ufeffe'])(
    'gives the event %j as it came',
    (event) => {
      expect(CP2pPackage.decode(encodeFrame(PackageType.TALK, event, 'null', '')).event).toBe(event)
    }
  )
})

describe('the body of a package', () => {
  function bodyOf(text: string | number[], limits = {}): unknown {
    const bytes = frame(lengthField(4, 'e'), lengthField(5, text), lengthField(6, 't'))
    return CP2pPackage.decode(bytes, limits).body
  }

  it('is decoded once, and kept', () => {
    const received = CP2pPackage.decode(Buffer.from(VECTOR, 'hex'))
    expect(received.body).toBe(received.body)
  })

  it('is a view of the frame, a plain Uint8Array even where the frame is a Buffer', () => {
    const bytes = Buffer.from(VECTOR, 'hex')
    const view = CP2pPackage.decode(bytes).bytes
    expect(view.constructor).toBe(Uint8Array)
    expect(view.buffer).toBe(bytes.buffer)
    expect(new TextDecoder().decode(view)).toBe('{"a":1}')
  })

  it.each([
    ['nothing', ''],
    ['no JSON', '{a:1}'],
    ['JSON and more', '{}x'],
    ['a byte order mark', '\ufeff{}'],
    ['other bytes than UTF-8', [0x22, 0xff, 0x22]],
    ['a long text of other bytes than UTF-8', [0x22, ...Array<number>(100).fill(0x61), 0xc3, 0x22]]
  ])('cannot be %s', (_what, text) => {
    expect(thrownBy(() => bodyOf(text))).toMatchObject({ code: 'ERR_TRUSTP2P_BODY_INVALID' })
  })

  it('throws one and the same error at each read', () => {
    const received = CP2pPackage.decode(frame(lengthField(4, 'e'), lengthField(5, '{'), lengthField(6, 't')))
    const first = thrownBy(() => received.body)
    expect(first).toMatchObject({ code: 'ERR_TRUSTP2P_BODY_INVALID' })
    expect((first as Error).cause).toBeInstanceOf(SyntaxError)
    expect(thrownBy(() => received.body)).toBe(first)
    expect(received.bytes).toEqual(Uint8Array.of(0x7b))
  })

  it('is 64 levels deep where nothing else is said, and not one more', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(JSON.stringify(bodyOf(nested(64)))).toBe(nested(64))
    expect(thrownBy(() => bodyOf(nested(65)))).toMatchObject({ code: 'ERR_TRUSTP2P_BODY_TOO_DEEP' })
    expect(thrownBy(() => bodyOf(nested(200_000)))).toMatchObject({ code: 'ERR_TRUSTP2P_BODY_TOO_DEEP' })
    expect(bodyOf('[[1]]', { bodyDepth: 2 })).toEqual([[1]])
    expect(thrownBy(() => bodyOf('[[1]]', { bodyDepth: 1 }))).toMatchObject({ code: 'ERR_TRUSTP2P_BODY_TOO_DEEP' })
    expect(bodyOf('7', { bodyDepth: 0 })).toBe(7)
    expect(thrownBy(() => bodyOf('{}', { bodyDepth: 0 }))).toMatchObject({ code: 'ERR_TRUSTP2P_BODY_TOO_DEEP' })
  })

  it('keeps a key __proto__ as a plain key of its own', () => {
    const body = bodyOf('{"__proto__":{"polluted":1},"constructor":2}') as Record<string, unknown>
    expect(Object.keys(body)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('of bytes may be empty', () => {
    const bytes = frame(lengthField(4, 'e'), lengthField(5, ''), lengthField(6, ''), varintField(7, 1))
    expect(CP2pPackage.decode(bytes).body).toEqual(new Uint8Array())
  })

  it('is not read where nobody asks: a broken one harms no route', () => {
    const bytes = frame(lengthField(4, 'e'), lengthField(5, varint(300)), lengthField(6, 't'))
    expect(CP2pPackage.decode(bytes)).toMatchObject({ event: 'e', tag: 't' })
  })
})
