import { nodeCrypto } from '../../src/host/node-crypto'

const { ed25519, x25519, chacha20Poly1305, hmacSha256, randomBytes } = nodeCrypto
const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex')

it('signs and verifies with Ed25519 (RFC 8032, 7.1, test 2)', () => {
  const secret = hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb')
  const key = ed25519.publicKey(secret)
  expect(text(key)).toBe('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
  const signature = ed25519.sign(secret, hex('72'))
  expect(text(signature)).toBe(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
  )
  expect(ed25519.verify(key, hex('72'), signature)).toBe(true)
  expect(ed25519.verify(key, hex('73'), signature)).toBe(false)
  expect(ed25519.verify(key, hex('72'), signature.subarray(1))).toBe(false)
})

it('agrees on a secret with X25519 (RFC 7748, 6.1), on none with a key of low order', () => {
  const secret = hex('77076d0a7318a57d3c16c17251b26645df4c2f92ebc099ab8b4a3e1c5f0f7c2a')
  const other = hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')
  expect(x25519.agree(secret, x25519.publicKey(other))).toEqual(x25519.agree(other, x25519.publicKey(secret)))
  expect(text(x25519.publicKey(other))).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
  expect(x25519.agree(secret, new Uint8Array(32))).toBeUndefined()
})

it('seals and opens with ChaCha20-Poly1305 (RFC 8439, A.5)', () => {
  const box = {
    key: hex('1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0'),
    nonce: hex('000000000102030405060708'),
    data: hex('f33388860000000000004e91')
  }
  const sealed = chacha20Poly1305.seal(box, Buffer.from('Internet-Drafts'))
  expect(sealed).toHaveLength(15 + 16)
  expect(text(sealed.subarray(0, 15))).toBe('64a0861575861af460f062c79be643')
  expect(Buffer.from(chacha20Poly1305.open(box, sealed) ?? []).toString()).toBe('Internet-Drafts')
  expect(chacha20Poly1305.open({ ...box, data: hex('00') }, sealed)).toBeUndefined()
  expect(chacha20Poly1305.open(box, sealed.subarray(1))).toBeUndefined()
  expect(chacha20Poly1305.open(box, sealed.subarray(0, 15))).toBeUndefined()
})

it('makes an HMAC of SHA-256 (RFC 4231, test case 2)', () => {
  expect(text(hmacSha256(Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?')))).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
  )
})

it('draws bytes that differ', () => {
  expect(randomBytes(32)).toHaveLength(32)
  expect(randomBytes(32)).not.toEqual(randomBytes(32))
})

it.each([31, 33])('refuses a key of %d bytes', (length) => {
  expect(() => ed25519.publicKey(new Uint8Array(length))).toThrow(RangeError)
  expect(() => x25519.agree(new Uint8Array(32).fill(1), new Uint8Array(length))).toThrow(RangeError)
})
