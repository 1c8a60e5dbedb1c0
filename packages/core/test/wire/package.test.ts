import { createHash } from 'node:crypto'
import { contentTag } from '../../src/wire/content-tag'
import { CP2pPackage, encodeBody, encodeFrame, PackageType } from '../../src/wire/package'

const VECTOR = '0a03312e30120131181e2201652a077b2261223a317d320174'
const crypto = { sha256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest() }

describe('CP2pPackage', () => {
  it('encodes and decodes the frame vector (T7)', () => {
    const fields = { type: PackageType.REQUEST, event: 'e', body: { a: 1 }, tag: 't' }
    expect(Buffer.from(CP2pPackage.encode(fields)).toString('hex')).toBe(VECTOR)
    expect(Buffer.from(encodeFrame(30, 'e', encodeBody({ a: 1 }), 't')).toString('hex')).toBe(VECTOR)
    const decoded = CP2pPackage.decode(Buffer.from(VECTOR, 'hex'))
    expect(decoded).toMatchObject({ ...fields, version: '1.0', alt: '1', encoding: 0, error: undefined })
  })
})

describe('contentTag', () => {
  it('gives the tag vector (T8)', () => {
    expect(contentTag(crypto, { type: 30, event: 'echo', body: { a: 1 } })).toBe(
      'UzEu9UYOdTKSLlMksg4cToxO3FQ/f7m5cWJx6+e9gZk='
    )
  })
})
