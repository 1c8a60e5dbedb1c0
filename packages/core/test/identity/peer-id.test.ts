import { array, assert, integer, property } from 'fast-check'
import { nodeCrypto } from '../../src/host/node-crypto'
import { formatPeerId, isPeerId, parsePeerId } from '../../src/identity/peer-id'
import { assertPublicKey } from '../../src/identity/public-key'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const idInvalid = expect.objectContaining({ code: 'ERR_TRUSTP2P_IDENTITY_ID_INVALID' }) as Error
const keyInvalid = expect.objectContaining({ code: 'ERR_TRUSTP2P_IDENTITY_KEY_INVALID' }) as Error

/** RFC 8032, 7.1, test 1. */
const KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
const ID = formatPeerId(hex(KEY))

/** Written down apart from the code: bits as text, five to a letter. */
function independently(key: Uint8Array): string {
  const bits = `${[...key].map((byte) => byte.toString(2).padStart(8, '0')).join('')}0000`
  return (bits.match(/.{5}/g) ?? []).map((five) => 'ybndrfg8ejkmcpqxot1uwisza345h769'[parseInt(five, 2)]).join('')
}

it('B6 writes a key in 52 letters of z-base-32, and reads it', () => {
  expect(ID).toBe(independently(hex(KEY)))
  expect(ID).toHaveLength(52)
  expect(parsePeerId(ID)).toEqual(hex(KEY))
})

it('reads what it writes, for any key', () => {
  assert(
    property(array(integer({ min: 0, max: 255 }), { minLength: 32, maxLength: 32 }), (bytes) => {
      const key = nodeCrypto.ed25519.publicKey(Uint8Array.from(bytes))
      expect(formatPeerId(key)).toBe(independently(key))
      expect(parsePeerId(formatPeerId(key))).toEqual(key)
    }),
    { numRuns: 50 }
  )
})

it.each([
  ['empty', ''],
  ['51 letters', ID.slice(1)],
  ['53 letters', `${ID}y`],
  ['capitals', ID.toUpperCase()],
  ['a letter that is none', `l${ID.slice(1)}`],
  ['spare bits that are not zero', `${ID.slice(0, 51)}b`],
  ['a key of low order', independently(hex(`01${'00'.repeat(31)}`))],
  ['a key that is not canonical', independently(hex(`ee${'ff'.repeat(30)}7f`))]
])('refuses %s', (_name, text) => {
  expect(isPeerId(text)).toBe(false)
  expect(() => parsePeerId(text)).toThrow(idInvalid)
})

const LOW_ORDER = [
  `01${'00'.repeat(31)}`,
  '00'.repeat(32),
  `${'00'.repeat(31)}80`,
  `ec${'ff'.repeat(31)}`.slice(0, 62) + '7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  // Not canonical: 1 and -1 with a sign, p, p + 1.
  `01${'00'.repeat(30)}80`,
  `ec${'ff'.repeat(31)}`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`
]

it.each(LOW_ORDER)('refuses the malformed or low-order key %s', (key) => {
  expect(() => assertPublicKey(hex(key))).toThrow(keyInvalid)
  expect(() => formatPeerId(hex(key))).toThrow(keyInvalid)
})

it('refuses them for a reason: OpenSSL takes a signature under one for any text', () => {
  const forged = Uint8Array.of(1, ...new Array<number>(63).fill(0))
  expect(nodeCrypto.ed25519.verify(hex(LOW_ORDER[0] ?? ''), Buffer.from('any text'), forged)).toBe(true)
})

it.each([0, 31, 33])('refuses a key of %d bytes', (length) => {
  expect(() => assertPublicKey(new Uint8Array(length))).toThrow(keyInvalid)
})
