import fc from 'fast-check'
import { trust_note_p2p_package } from '../../gen/package'
import { P2pError } from '../../src/errors'
import { CP2pPackage, encodeFrame, PackageType } from '../../src/wire/package'
import type { PackageFields } from '../../src/wire/package'
import { lengthField, thrownBy, varintField } from './raw-frame'

const { TrustNoteP2p } = trust_note_p2p_package

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
  fc.constantFrom('', 'e', 'ping', 'x'.repeat(127), 'x'.repeat(128), 'x'.repeat(16383), 'ü'.repeat(64))
)
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(127, 128, 2100).map((size) => new Uint8Array(size))
)

const digest = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((value) => Buffer.from(value).toString('hex'))
const plainFields: fc.Arbitrary<PackageFields> = fc.record(
  {
    type: fc.constantFrom(...Object.values(PackageType)),
    event: text,
    body: fc.oneof(fc.jsonValue(), bytes, text),
    tag: text,
    error: text.filter((value) => value !== ''),
    version: text,
    alt: text
  },
  { requiredKeys: ['type', 'event', 'body'] }
)
const fields = fc.oneof(
  plainFields,
  fc.tuple(plainFields, bytes, digest).map(([plain, body, contract]): PackageFields => ({ ...plain, body, contract }))
)

/** As the generated code takes it: what is no Long serves as well, where it has its three keys. */
function fixed64(digest: string): number {
  const bytes = Buffer.from(digest, 'hex')
  const long: object = { low: bytes.readInt32LE(0), high: bytes.readInt32LE(4), unsigned: true }
  return long as unknown as number
}

/** What the generated code writes for these fields. */
function generated({
  type,
  event,
  body,
  tag = '',
  error,
  contract,
  version = '1.0',
  alt = '1'
}: PackageFields): Uint8Array {
  const content =
    body instanceof Uint8Array
      ? { body, encoding: contract === undefined ? 1 : 2 }
      : { body: new TextEncoder().encode(JSON.stringify(body)) }
  return TrustNoteP2p.encode({
    version,
    alt,
    type,
    event,
    tag,
    ...content,
    ...(error !== undefined && { error }),
    ...(contract !== undefined && { contract: fixed64(contract) })
  }).finish()
}

/** A change that a broken or hostile peer might make to a frame. */
type Mutation = (frame: number[]) => number[]
const place = fc.nat({ max: 400 })
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat({ max: 255 })).map(
    ([at, byte]): Mutation =>
      (frame) =>
        frame.with(at % frame.length, byte)
  ),
  fc.tuple(place, fc.nat({ max: 7 })).map(
    ([at, bit]): Mutation =>
      (frame) =>
        frame.with(at % frame.length, (frame[at % frame.length] ?? 0) ^ (1 << bit))
  ),
  place.map(
    (end): Mutation =>
      (frame) =>
        frame.slice(0, 1 + (end % frame.length))
  ),
  fc.tuple(place, fc.nat({ max: 4 })).map(
    ([at, count]): Mutation =>
      (frame) =>
        frame.toSpliced(at, count, 0)
  ),
  fc.tuple(place, fc.uint8Array({ maxLength: 8 })).map(
    ([at, extra]): Mutation =>
      (frame) =>
        frame.toSpliced(at, 0, ...extra)
  ),
  fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }))
    .map(([field, value]): Mutation => (frame) => [...frame, ...varintField(field, value)]),
  fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.uint8Array({ maxLength: 8 }))
    .map(([field, value]): Mutation => (frame) => [...lengthField(field, value), ...frame])
)
const mutated = fc
  .tuple(fields, fc.array(mutation, { minLength: 1, maxLength: 4 }))
  .map(([given, changes]) =>
    Uint8Array.from(changes.reduce((frame, change) => change(frame), [...CP2pPackage.encode(given)]))
  )

/**
 * Refusals of our own: the generated code replaces bad UTF-8, and skips known fields of other wire types and varints of
 * any length in unknown fields; to it a typed body needs no contract.
 */
function isStricter(error: P2pError): boolean {
  const ours = ['INVALID_UTF8', 'UNKNOWN_TYPE', 'UNKNOWN_ENCODING'].map((name) => `ERR_TRUSTP2P_WIRE_${name}`)
  return ours.includes(error.code) || / wire type [0-5] | longer than 10 bytes|no contract is named/.test(error.message)
}

function assertSameAsGenerated(frame: Uint8Array): void {
  let decoded: CP2pPackage
  try {
    decoded = CP2pPackage.decode(frame)
  } catch (error) {
    if (!(error instanceof P2pError)) throw error
    expect(error.code).toMatch(/^ERR_TRUSTP2P_WIRE_/)
    if (!isStricter(error)) expect(thrownBy(() => TrustNoteP2p.decode(frame))).toBeInstanceOf(Error)
    return
  }
  const { version, alt, type, event, tag, encoding, error = '', bytes: body } = decoded
  const reference = TrustNoteP2p.decode(frame)
  expect({ version, alt, type, event, tag, encoding, error }).toEqual({
    version: reference.version,
    alt: reference.alt,
    type: reference.type,
    event: reference.event,
    tag: reference.tag,
    encoding: reference.encoding,
    error: reference.error
  })
  expect(Buffer.from(body).equals(reference.body)).toBe(true)
  assertEncodesAgain(decoded)
}

/** A decoded package can be written, and comes back the same. */
function assertEncodesAgain({ version, alt, type, event, tag, error, contract, bytes: body }: CP2pPackage): void {
  const again = CP2pPackage.decode(
    CP2pPackage.encode({
      ...{ version, alt, type, event, body, tag },
      ...(error !== undefined && { error }),
      ...(contract !== undefined && { contract })
    }),
    { frameBytes: Infinity }
  )
  expect(again).toMatchObject({
    version,
    alt,
    type,
    event,
    tag,
    error,
    contract,
    encoding: contract === undefined ? 1 : 2
  })
  expect(Buffer.from(again.bytes).equals(body)).toBe(true)
}

describe('the codec and the generated code', () => {
  it('write the same bytes', () => {
    fc.assert(
      fc.property(fields, (given) => {
        expect(Buffer.from(CP2pPackage.encode(given)).equals(generated(given))).toBe(true)
      }),
      { numRuns: 300 }
    )
  })

  it('write the same bytes on the hot path', () => {
    fc.assert(
      fc.property(fields, ({ type, event, body, tag = '', error }) => {
        const encoded = body instanceof Uint8Array ? body : JSON.stringify(body)
        const frame = encodeFrame(type, event, encoded, tag, error)
        const expected = generated({ type, event, body, tag, ...(error !== undefined && { error }) })
        expect(Buffer.from(frame).equals(expected)).toBe(true)
      }),
      { numRuns: 300 }
    )
  })

  it('read the same fields of what either writes', () => {
    fc.assert(
      fc.property(fields, (given) => assertSameAsGenerated(generated(given))),
      { numRuns: 300 }
    )
  })

  it('agree on frames that were tampered with: the same fields, or a refusal', () => {
    fc.assert(fc.property(mutated, assertSameAsGenerated), { numRuns: 2000 })
  })

  it('agree on random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), assertSameAsGenerated), { numRuns: 2000 })
  })

  it('give the body of every JSON value back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        const decoded = CP2pPackage.decode(CP2pPackage.encode({ type: PackageType.TALK, event: 'e', body }))
        expect(decoded.body).toEqual(JSON.parse(JSON.stringify(body)))
      })
    )
  })
})
