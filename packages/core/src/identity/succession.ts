import type { Crypto } from '../kit'
import { concat, framed, utf8 } from './bytes'
import { formatPeerId, parsePeerId } from './peer-id'
import { PUBLIC_KEY_BYTES } from './public-key'

const DOMAIN = utf8('trustp2p succession 1')
const TIME_BYTES = 8
const SIGNATURE_BYTES = 64

/** Bytes of a statement, as `encodeSuccession` writes it. */
export const SUCCESSION_BYTES = 2 * PUBLIC_KEY_BYTES + TIME_BYTES + SIGNATURE_BYTES

/** The statement of a peer that it goes by another id from now on, signed by the old one. */
export interface Succession {
  /** The old peer id. */
  readonly from: string
  /** The new one. */
  readonly to: string
  /** When it was made, in ms since 1970. */
  readonly at: number
  /** 64 bytes, by the old key. */
  readonly signature: Uint8Array
}

/** States that the holder of a secret key goes by the id `to` from now on. */
export function signSuccession(crypto: Crypto, secretKey: Uint8Array, { to, at }: SuccessionFacts): Succession {
  const from = formatPeerId(crypto.ed25519.publicKey(secretKey))
  return { from, to, at, signature: crypto.ed25519.sign(secretKey, signedText({ from, to, at })) }
}

type SuccessionFacts = Pick<Succession, 'to' | 'at'>

/** True where the old key has signed it. */
export function isSuccession(crypto: Crypto, { signature, ...facts }: Succession): boolean {
  return crypto.ed25519.verify(parsePeerId(facts.from), signedText(facts), signature)
}

/** Writes a statement: the two public keys, the time in eight bytes, the highest first, the signature. */
export function encodeSuccession({ from, to, at, signature }: Succession): Uint8Array {
  return concat(parsePeerId(from), parsePeerId(to), timeBytes(at), signature)
}

/** Reads what encodeSuccession writes, signed or not. Throws ERR_TRUSTP2P_IDENTITY_KEY_INVALID for keys that are none. */
export function decodeSuccession(bytes: Uint8Array): Succession {
  const to = PUBLIC_KEY_BYTES
  const at = 2 * PUBLIC_KEY_BYTES
  return {
    from: formatPeerId(bytes.subarray(0, to)),
    to: formatPeerId(bytes.subarray(to, at)),
    at: Number(new DataView(bytes.buffer, bytes.byteOffset + at).getBigUint64(0)),
    signature: new Uint8Array(bytes.subarray(at + TIME_BYTES, SUCCESSION_BYTES))
  }
}

function signedText({ from, to, at }: Omit<Succession, 'signature'>): Uint8Array {
  return framed(DOMAIN, parsePeerId(from), parsePeerId(to), timeBytes(at))
}

function timeBytes(at: number): Uint8Array {
  const bytes = new Uint8Array(TIME_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(at))
  return bytes
}
