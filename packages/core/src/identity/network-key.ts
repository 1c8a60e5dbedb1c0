import type { Crypto } from '../kit'
import { base64, fromBase64 } from '../wire/base64'
import { utf8 } from './bytes'

/** What a key is used for here: what is mixed into proofs tells nothing of the key. */
const DOMAIN = utf8('trustp2p network 1')

/** Bytes of the key of a private network. */
export const NETWORK_KEY_BYTES = 32

/** What a key is, as an expectation says it. */
export const A_NETWORK_KEY = '32 bytes in base64, such as `trustp2p-cli id network-key` prints, or "" for none'

/** Makes a key; gives it in base64. */
export function createNetworkKey(crypto: Pick<Crypto, 'randomBytes'>): string {
  return base64(crypto.randomBytes(NETWORK_KEY_BYTES))
}

/** Reads what createNetworkKey writes; undefined for anything else. */
export function readNetworkKey(text: string): Uint8Array | undefined {
  const bytes = fromBase64(text)
  return bytes?.length === NETWORK_KEY_BYTES ? bytes : undefined
}

/** What both sides of a proof have to know: 32 bytes that only who has the key can make. */
export function networkSecret(crypto: Crypto, key: Uint8Array): Uint8Array {
  return crypto.hmacSha256(key, DOMAIN)
}
