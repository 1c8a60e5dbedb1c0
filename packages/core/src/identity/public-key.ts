import { P2pError } from '../errors'

/** Bytes of a public key, of Ed25519 as of X25519. */
export const PUBLIC_KEY_BYTES = 32

/**
 * The y of the points of low order on edwards25519 that are written in their shortest form, the sign left out: what fits
 * such a key fits anything (RFC 8032, 5.1.7, checks none of this).
 */
const LOW_ORDER = new Set([
  `01${'00'.repeat(31)}`,
  '00'.repeat(32),
  `ec${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'
])

/** Throws ERR_TRUSTP2P_IDENTITY_KEY_INVALID for bytes that are no Ed25519 key to be trusted: wrong length, not canonical, low order. */
export function assertPublicKey(key: Uint8Array): void {
  const fault = faultOf(key)
  if (fault === undefined) return
  throw new P2pError('ERR_TRUSTP2P_IDENTITY_KEY_INVALID', `a public key of Ed25519 ${fault}: it proves nothing`)
}

function faultOf(key: Uint8Array): string | undefined {
  if (key.length !== PUBLIC_KEY_BYTES) return `has ${PUBLIC_KEY_BYTES} bytes, not ${key.length}`
  const y = new Uint8Array(key)
  y[31] = (y[31] ?? 0) & 0x7f
  if (!isReduced(y)) return 'is not in its canonical form'
  return LOW_ORDER.has(hex(y)) ? 'has a low order' : undefined
}

/** True below 2^255 - 19, lowest byte first. */
function isReduced(y: Uint8Array): boolean {
  if (y[31] !== 0x7f || (y[0] ?? 0) < 0xed) return true
  return y.subarray(1, 31).some((byte) => byte !== 0xff)
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
