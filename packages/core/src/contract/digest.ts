import type { Hash } from '../kit'

/** Bytes of a digest: it is a fixed64 on the wire. */
export const DIGEST_BYTES = 8

const encoder = new TextEncoder()

/** Gives the digest of a canonical descriptor: the first 8 bytes of its SHA-256, which stand on the wire in this order. */
export function digestOf(crypto: Hash, text: string | Uint8Array): Uint8Array {
  const bytes = typeof text === 'string' ? encoder.encode(text) : text
  return crypto.sha256(bytes).slice(0, DIGEST_BYTES)
}

/** A digest as 16 hexadecimal digits: how the greeting has it. */
export function hexOf(digest: Uint8Array): string {
  let text = ''
  for (const byte of digest) text += byte.toString(16).padStart(2, '0')
  return text
}

/** True for what `hexOf` gives. */
export function isDigestText(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)
}
