import * as openssl from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Aead, Crypto, Ed25519, SealedBox, X25519 } from '../kit'

const KEY_BYTES = 32
const TAG_BYTES = 16
const CIPHER = 'chacha20-poly1305'
const CIPHER_OPTIONS = { authTagLength: TAG_BYTES } as const

/** What stands before the 32 bytes of a key in DER (RFC 8410): of a secret one, of a public one. */
const PREFIXES = {
  ed25519: { secret: '302e020100300506032b657004220420', public: '302a300506032b6570032100' },
  x25519: { secret: '302e020100300506032b656e04220420', public: '302a300506032b656e032100' }
} as const

type Curve = keyof typeof PREFIXES

/** The keys that were made of bytes, for as long as somebody holds these. */
const secretKeys: Record<Curve, WeakMap<Uint8Array, KeyObject>> = { ed25519: new WeakMap(), x25519: new WeakMap() }

const ed25519: Ed25519 = {
  publicKey: (secretKey) => publicBytes(secretKeyOf('ed25519', secretKey)),
  sign: (secretKey, message) => openssl.sign(null, message, secretKeyOf('ed25519', secretKey)),
  verify: (publicKey, message, signature) => openssl.verify(null, message, publicKeyOf('ed25519', publicKey), signature)
}

const x25519: X25519 = {
  publicKey: (secretKey) => publicBytes(secretKeyOf('x25519', secretKey)),
  agree(secretKey, publicKey) {
    const keys = { privateKey: secretKeyOf('x25519', secretKey), publicKey: publicKeyOf('x25519', publicKey) }
    try {
      const shared = openssl.diffieHellman(keys)
      return shared.every((byte) => byte === 0) ? undefined : shared
    } catch {
      // OpenSSL derives nothing from a key of low order.
      return undefined
    }
  }
}

const chacha20Poly1305: Aead = {
  seal({ key, nonce, data }: SealedBox, text) {
    const cipher = openssl.createCipheriv(CIPHER, key, nonce, CIPHER_OPTIONS)
    if (data !== undefined) cipher.setAAD(data, { plaintextLength: text.length })
    const sealed = Buffer.allocUnsafe(text.length + TAG_BYTES)
    sealed.set(cipher.update(text))
    cipher.final()
    sealed.set(cipher.getAuthTag(), text.length)
    return sealed
  },
  open({ key, nonce, data }: SealedBox, sealed) {
    const length = sealed.length - TAG_BYTES
    if (length < 0) return undefined
    const decipher = openssl.createDecipheriv(CIPHER, key, nonce, CIPHER_OPTIONS)
    if (data !== undefined) decipher.setAAD(data, { plaintextLength: length })
    decipher.setAuthTag(sealed.subarray(length))
    const text = decipher.update(sealed.subarray(0, length))
    try {
      decipher.final()
      return text
    } catch {
      return undefined
    }
  }
}

/** Cryptography by Node's OpenSSL. */
export const nodeCrypto: Crypto = {
  ed25519,
  x25519,
  chacha20Poly1305,
  sha256: (bytes) => openssl.createHash('sha256').update(bytes).digest(),
  hmacSha256: (key, bytes) => openssl.createHmac('sha256', key).update(bytes).digest(),
  randomBytes: (length) => openssl.randomBytes(length)
}

function secretKeyOf(curve: Curve, bytes: Uint8Array): KeyObject {
  const known = secretKeys[curve].get(bytes)
  if (known !== undefined) return known
  const key = openssl.createPrivateKey({ key: der(PREFIXES[curve].secret, bytes), format: 'der', type: 'pkcs8' })
  secretKeys[curve].set(bytes, key)
  return key
}

function publicKeyOf(curve: Curve, bytes: Uint8Array): KeyObject {
  return openssl.createPublicKey({ key: der(PREFIXES[curve].public, bytes), format: 'der', type: 'spki' })
}

function publicBytes(secretKey: KeyObject): Uint8Array {
  const spki = openssl.createPublicKey(secretKey).export({ format: 'der', type: 'spki' })
  return new Uint8Array(spki.subarray(-KEY_BYTES))
}

function der(prefix: string, bytes: Uint8Array): Buffer {
  if (bytes.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${bytes.length}`)
  return Buffer.concat([Buffer.from(prefix, 'hex'), bytes])
}
