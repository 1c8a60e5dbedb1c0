import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import * as curves from '@noble/curves/ed25519.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Aead, Crypto, Ed25519, X25519 } from 'trustp2p/browser'

const KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const TAG_BYTES = 16
/** Most bytes that a browser draws at once (Web Cryptography API, 10.1.1). */
const MOST_DRAWN_BYTES = 65_536

/** As RFC 8032 has it, and OpenSSL: the signature and its points in their one form each. */
const STRICT = { zip215: false }

const ed25519: Ed25519 = {
  publicKey: (secretKey) => curves.ed25519.getPublicKey(key(secretKey)),
  sign: (secretKey, message) => curves.ed25519.sign(message, key(secretKey)),
  verify(publicKey, message, signature) {
    const checked = key(publicKey)
    return signature.length === SIGNATURE_BYTES && curves.ed25519.verify(signature, message, checked, STRICT)
  }
}

const x25519: X25519 = {
  publicKey: (secretKey) => curves.x25519.getPublicKey(key(secretKey)),
  agree(secretKey, publicKey) {
    const [own, other] = [key(secretKey), key(publicKey)]
    try {
      return curves.x25519.getSharedSecret(own, other)
    } catch {
      // Keys of this length fail where what they agree on is all zero, and for nothing else.
      return undefined
    }
  }
}

const aead: Aead = {
  seal: ({ key: secret, nonce, data }, text) => chacha20poly1305(key(secret), nonce, data).encrypt(text),
  open({ key: secret, nonce, data }, sealed) {
    if (sealed.length < TAG_BYTES) return undefined
    const cipher = chacha20poly1305(key(secret), nonce, data)
    try {
      return cipher.decrypt(sealed)
    } catch {
      return undefined
    }
  }
}

/** Cryptography in script, by @noble, with the chance of the platform: nothing in it takes the same time for all keys. */
export const nobleCrypto: Crypto = {
  ed25519,
  x25519,
  chacha20Poly1305: aead,
  sha256: (bytes) => sha256(bytes),
  hmacSha256: (secret, bytes) => hmac(sha256, secret, bytes),
  randomBytes
}

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let start = 0; start < length; start += MOST_DRAWN_BYTES) {
    crypto.getRandomValues(bytes.subarray(start, start + MOST_DRAWN_BYTES))
  }
  return bytes
}

function key(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${bytes.length}`)
  return bytes
}
