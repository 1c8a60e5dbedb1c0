import fc from 'fast-check'
import { createLog, createNodeKit } from 'trustp2p'
import type { Crypto } from 'trustp2p'
import { createKeyPair, NoiseXX } from '../../core/src/identity/noise-xx'
import type { KeyPair } from '../../core/src/identity/noise-xx'
import { NOISE_VECTORS } from '../../core/test/identity/noise-vectors'
import { nobleCrypto } from '../src/noble-crypto'

const { crypto: nodeCrypto } = createNodeKit({ log: createLog({ level: 'silent' }) })
const { ed25519, x25519, chacha20Poly1305, sha256, hmacSha256, randomBytes } = nobleCrypto

const hex = (text: string) => new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'))
const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString('hex'))
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const anyBytes = fc.uint8Array({ maxLength: 300 })

/** Both, side by side. */
const both = <Result>(ask: (crypto: Crypto) => Result): [noble: Result, node: Result] => [
  ask(nobleCrypto),
  ask(nodeCrypto)
]

function expectAlike(ask: (crypto: Crypto) => unknown): void {
  const [noble, node] = both(ask)
  expect(noble).toEqual(node)
}

describe('cryptography in script gives what is published', () => {
  it.each([
    [
      'test 1',
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'
    ],
    [
      'test 2',
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
    ],
    [
      'test 3',
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'
    ]
  ])('Ed25519: RFC 8032, 7.1, %s', (_name, secret, key, message, signature) => {
    expect(text(ed25519.publicKey(hex(secret)))).toBe(key)
    expect(text(ed25519.sign(hex(secret), hex(message)))).toBe(signature)
    expect(ed25519.verify(hex(key), hex(message), hex(signature))).toBe(true)
    expect(ed25519.verify(hex(key), hex(`${message}00`), hex(signature))).toBe(false)
  })

  it('X25519: RFC 7748, 5.2 and 6.1', () => {
    const scalar = 'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4'
    const point = 'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c'
    expect(text(x25519.agree(hex(scalar), hex(point)))).toBe(
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552'
    )
    const alice = hex('77076d0a7318a57d3c16c17251b26645df4c2f92ebc099ab8b4a3e1c5f0f7c2a')
    const bob = hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')
    expect(text(x25519.publicKey(bob))).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
    expect(x25519.agree(alice, x25519.publicKey(bob))).toEqual(x25519.agree(bob, x25519.publicKey(alice)))
  })

  it('ChaCha20-Poly1305: RFC 8439, 2.8.2', () => {
    const box = {
      key: hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
      nonce: hex('070000004041424344454647'),
      data: hex('50515253c0c1c2c3c4c5c6c7')
    }
    const plain = Buffer.from(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    )
    const sealed = hex(`
      d31a8d34648e60db7b86afbc53ef7ec2 a4aded51296e08fea9e2b5a736ee62d6 3dbea45e8ca9671282fafb69da92728b
      1a71de0a9e060b2905d6a5b67ecd3b36 92ddbd7f2d778b8c9803aee328091b58 fab324e4fad675945585808b4831d7bc
      3ff4def08e4b7a9de576d26586cec64b 6116 1ae10b594f09e26a7e902ecbd0600691`)
    expect(text(chacha20Poly1305.seal(box, plain))).toBe(text(sealed))
    expect(text(chacha20Poly1305.open(box, sealed))).toBe(text(plain))
  })

  it('SHA-256 (FIPS 180-4) of "abc", HMAC of RFC 4231, test case 2', () => {
    expect(text(sha256(Buffer.from('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(text(hmacSha256(Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?')))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
    )
  })

  it.each(NOISE_VECTORS)('Noise XX, with the ciphers that follow: $source', (vector) => {
    const pairOf = (secret: string): KeyPair => ({ secretKey: hex(secret), publicKey: x25519.publicKey(hex(secret)) })
    const side = (initiator: boolean, [staticKey, ephemeralKey]: readonly [string, string]): NoiseXX =>
      new NoiseXX({
        crypto: nobleCrypto,
        initiator,
        prologue: hex(vector.prologue),
        staticKeys: pairOf(staticKey),
        ephemeralKeys: pairOf(ephemeralKey)
      })
    const one = side(true, [vector.initStatic, vector.initEphemeral])
    const other = side(false, [vector.respStatic, vector.respEphemeral])
    vector.messages.slice(0, 3).forEach(([payload, ciphertext], index) => {
      const [from, to] = index % 2 === 0 ? [one, other] : [other, one]
      expect(text(from.write(() => hex(payload)))).toBe(ciphertext)
      expect(text(to.read(hex(ciphertext)).payload)).toBe(payload)
    })
    const [first, second] = [one.split(), other.split()]
    vector.messages.slice(3).forEach(([payload, ciphertext], index) => {
      const [from, to] = index % 2 === 0 ? [second, first] : [first, second]
      expect(text(from.send.seal(hex(payload)))).toBe(ciphertext)
      expect(text(to.receive.open(hex(ciphertext)))).toBe(payload)
    })
  })
})

describe('cryptography in script gives what that of Node gives', () => {
  const RUNS = { numRuns: 40 }

  it('for keys and signatures of any secret and message', () => {
    fc.assert(
      fc.property(bytesOf(32), anyBytes, (secret, message) => {
        expectAlike((crypto) => text(crypto.ed25519.publicKey(secret)))
        expectAlike((crypto) => text(crypto.ed25519.sign(secret, message)))
        const signature = nodeCrypto.ed25519.sign(secret, message)
        expect(ed25519.verify(nodeCrypto.ed25519.publicKey(secret), message, signature)).toBe(true)
      }),
      RUNS
    )
  })

  it('for signatures and keys of which a byte was altered', () => {
    const secret = new Uint8Array(32).fill(7)
    const signed = { key: ed25519.publicKey(secret), signature: ed25519.sign(secret, hex('0102')) }
    fc.assert(
      fc.property(fc.constantFrom('key' as const, 'signature' as const), fc.nat(31), bytesOf(1), (part, at, [byte]) => {
        const altered = { ...signed, [part]: signed[part].map((old, index) => (index === at ? (byte ?? 0) : old)) }
        expectAlike(({ ed25519: { verify } }) => verify(altered.key, hex('0102'), altered.signature))
      }),
      RUNS
    )
  })

  it('for secrets that any two keys agree on', () => {
    fc.assert(
      fc.property(bytesOf(32), bytesOf(32), (secret, key) => {
        expectAlike((crypto) => text(crypto.x25519.publicKey(secret)))
        expectAlike((crypto) => text(crypto.x25519.agree(secret, key)))
      }),
      RUNS
    )
  })

  it('for sealed texts, hashes and codes of any bytes', () => {
    fc.assert(
      fc.property(
        bytesOf(32),
        bytesOf(12),
        fc.option(anyBytes, { nil: undefined }),
        anyBytes,
        (key, nonce, data, plain) => {
          const box = { key, nonce, data }
          const sealed = nodeCrypto.chacha20Poly1305.seal(box, plain)
          expect(text(chacha20Poly1305.seal(box, plain))).toBe(text(sealed))
          expect(text(chacha20Poly1305.open(box, sealed))).toBe(text(plain))
          expectAlike((crypto) => text(crypto.sha256(plain)))
          expectAlike((crypto) => text(crypto.hmacSha256(plain, key)))
        }
      ),
      RUNS
    )
  })
})

describe('cryptography in script refuses what that of Node refuses', () => {
  const p = `ed${'ff'.repeat(30)}7f`

  it.each([
    ['zero', '00'.repeat(32)],
    ['one', `01${'00'.repeat(31)}`],
    ['of order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
    ['of order 8, too', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'],
    ['p - 1', `ec${'ff'.repeat(30)}7f`],
    ['p, which is zero', p],
    ['p + 1, which is one', `ee${'ff'.repeat(30)}7f`]
  ])('a key of X25519 of low order: %s', (_name, key) => {
    expect(both(({ x25519: { agree } }) => agree(new Uint8Array(32).fill(9), hex(key)))).toEqual([undefined, undefined])
  })

  it('takes a key of X25519 that is not in its shortest form, and the highest bit, as Node does', () => {
    for (const key of [`f6${'ff'.repeat(30)}7f`, `09${'00'.repeat(30)}80`]) {
      expectAlike(({ x25519: { agree } }) => text(agree(new Uint8Array(32).fill(9), hex(key))))
    }
  })

  it.each([
    ['a key that is no point', `02${'00'.repeat(31)}`, '00'.repeat(64)],
    [
      'an s that is not below the order',
      '',
      `${'00'.repeat(32)}edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010`
    ],
    ['a signature of 63 bytes', '', '00'.repeat(63)],
    ['a signature of 65 bytes', '', '00'.repeat(65)]
  ])('with Ed25519 %s', (_name, key, signature) => {
    const publicKey = key === '' ? ed25519.publicKey(new Uint8Array(32).fill(7)) : hex(key)
    expect(both((crypto) => crypto.ed25519.verify(publicKey, hex(''), hex(signature)))).toEqual([false, false])
  })

  it.each([31, 33])('a key of %d bytes, with a RangeError', (length) => {
    const [wrong, right] = [new Uint8Array(length), new Uint8Array(32).fill(1)]
    for (const { ed25519: signatures, x25519: agreement } of [nobleCrypto, nodeCrypto]) {
      expect(() => signatures.publicKey(wrong)).toThrow(RangeError)
      expect(() => signatures.sign(wrong, right)).toThrow(RangeError)
      expect(() => signatures.verify(wrong, right, new Uint8Array(64))).toThrow(RangeError)
      expect(() => agreement.publicKey(wrong)).toThrow(RangeError)
      expect(() => agreement.agree(right, wrong)).toThrow(RangeError)
      expect(() => agreement.agree(wrong, right)).toThrow(RangeError)
    }
    const box = { key: wrong, nonce: new Uint8Array(12) }
    expect(() => chacha20Poly1305.seal(box, right)).toThrow(RangeError)
    expect(() => chacha20Poly1305.open(box, right)).toThrow(RangeError)
  })

  it('a sealed text that was altered, cut, or sealed with other data, another key or another nonce', () => {
    const box = { key: new Uint8Array(32).fill(1), nonce: new Uint8Array(12), data: hex('01') }
    const sealed = chacha20Poly1305.seal(box, hex('0203'))
    const opened = [
      chacha20Poly1305.open(
        box,
        sealed.map((byte, at) => (at === 0 ? byte ^ 1 : byte))
      ),
      chacha20Poly1305.open(box, sealed.subarray(1)),
      chacha20Poly1305.open(box, sealed.subarray(0, 15)),
      chacha20Poly1305.open({ ...box, data: hex('02') }, sealed),
      chacha20Poly1305.open({ ...box, data: undefined }, sealed),
      chacha20Poly1305.open({ ...box, key: new Uint8Array(32) }, sealed),
      chacha20Poly1305.open({ ...box, nonce: new Uint8Array(12).fill(1) }, sealed)
    ]
    expect(opened).toEqual(opened.map(() => undefined))
  })
})

it.each([0, 32, 65_536, 65_537])('draws %d bytes, others each time', (length) => {
  const [one, other] = [randomBytes(length), randomBytes(length)]
  expect([one.length, other.length]).toEqual([length, length])
  if (length > 0) expect(one.subarray(-32)).not.toEqual(other.subarray(-32))
})

it('makes pairs of which each side finds the same secret', () => {
  const [one, other] = [createKeyPair(nobleCrypto), createKeyPair(nodeCrypto)]
  expect(text(x25519.agree(one.secretKey, other.publicKey))).toBe(
    text(nodeCrypto.x25519.agree(other.secretKey, one.publicKey))
  )
})
