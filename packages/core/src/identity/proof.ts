import type { Crypto } from '../kit'
import { concat } from './bytes'
import type { Identity } from './identity'
import { formatPeerId } from './peer-id'
import { proofFailed } from './proof-failed'
import { PUBLIC_KEY_BYTES } from './public-key'
import { decodeSuccession, isSuccession, SUCCESSION_BYTES } from './succession'
import type { Succession } from './succession'

const SIGNATURE_BYTES = 64
const STATEMENT_AT = PUBLIC_KEY_BYTES + SIGNATURE_BYTES

/** Who signed, and whom it was before. */
export interface Signer {
  readonly peerId: string
  readonly succession: Succession | undefined
}

/** Signs a text as an identity: its public key, the signature, and its succession where there is one. */
export function writeProof(identity: Identity, text: Uint8Array): Uint8Array {
  return concat(identity.publicKey, identity.sign(text), identity.statement)
}

/**
 * Says who signed a text. Throws ERR_TRUSTP2P_PROOF_FAILED where nobody did, and ERR_TRUSTP2P_IDENTITY_KEY_INVALID for a
 * key that proves nothing.
 */
export function readProof(crypto: Crypto, proof: Uint8Array, text: Uint8Array): Signer {
  if (proof.length !== STATEMENT_AT && proof.length !== STATEMENT_AT + SUCCESSION_BYTES) {
    throw proofFailed(`the proof has ${proof.length} bytes`)
  }
  const publicKey = new Uint8Array(proof.subarray(0, PUBLIC_KEY_BYTES))
  const peerId = formatPeerId(publicKey)
  if (!crypto.ed25519.verify(publicKey, text, proof.subarray(PUBLIC_KEY_BYTES, STATEMENT_AT))) {
    throw proofFailed(`the signature of ${peerId} does not fit this connection`)
  }
  return { peerId, succession: readStatement(crypto, proof.subarray(STATEMENT_AT), peerId) }
}

function readStatement(crypto: Crypto, bytes: Uint8Array, peerId: string): Succession | undefined {
  if (bytes.length === 0) return undefined
  const succession = decodeSuccession(bytes)
  if (succession.to === peerId && isSuccession(crypto, succession)) return succession
  throw proofFailed(`the statement of ${peerId} that it was ${succession.from} is not signed by that one`)
}
