import * as openssl from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Aead, Crypto, Ed25519, SealedBox, X25519 } from '../kit'

const KEY_BYTES = 32
const TAG_BYTES = 16
const CIPHER = 'chacha20-poly1305'
const CIPHER_OPTIONS = { authTagLength: TAG_BYTES } as const

type Curve = 'Ed25519' | 'X25519'

/** The keys that were made of bytes, for as long as somebody holds these. */
const secretKeys: Record<Curve, WeakMap<Uint8Array, KeyObject>> = { Ed25519: new WeakMap(), X25519: new WeakMap() }

const ed25519: Ed25519 = {
  publicKey: (secretKey) => publicBytes(secretKeyOf('Ed25519', secretKey)),
  sign: (secretKey, message) => openssl.sign(null, message, secretKeyOf('Ed25519', secretKey)),
  verify: (publicKey, message, signature) => openssl.verify(null, message, publicKeyOf('Ed25519', publicKey), signature)
}

const x25519: X25519 = {
  publicKey: (secretKey) => publicBytes(secretKeyOf('X25519', secretKey)),
  agree(secretKey, publicKey) {
    const keys = { privateKey: secretKeyOf('X25519', secretKey), publicKey: publicKeyOf('X25519', publicKey) }
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
    if (data !== undefined && data.length > 0) cipher.setAAD(data, { plaintextLength: text.length })
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
    if (data !== undefined && data.length > 0) decipher.setAAD(data, { plaintextLength: length })
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
  sha256: (bytes) => openssl.hash('sha256', bytes, 'buffer'),
  hmacSha256: (key, bytes) => openssl.createHmac('sha256', key).update(bytes).digest(),
  randomBytes: (length) => openssl.randomBytes(length)
}

function secretKeyOf(curve: Curve, bytes: Uint8Array): KeyObject {
  const known = secretKeys[curve].get(bytes)
  if (known !== undefined) return known
  // Keys go in and out as JWK: OpenSSL reads and writes DER ten times as slowly.
  const key = openssl.createPrivateKey({ key: { kty: 'OKP', crv: curve, d: base64url(bytes), x: '' }, format: 'jwk' })
  secretKeys[curve].set(bytes, key)
  return key
}

function publicKeyOf(curve: Curve, bytes: Uint8Array): KeyObject {
  return openssl.createPublicKey({ key: { kty: 'OKP', crv: curve, x: base64url(bytes) }, format: 'jwk' })
}

function publicBytes(secretKey: KeyObject): Uint8Array {
  return new Uint8Array(Buffer.from(secretKey.export({ format: 'jwk' }).x ?? '', 'base64url'))
}

function base64url(bytes: Uint8Array): string {
  if (bytes.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${bytes.length}`)
  return Buffer.from(bytes.buffer, bytes.byteOffset, KEY_BYTES).toString('base64url')
}
