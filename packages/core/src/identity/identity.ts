import type { Crypto } from '../kit'
import { createKeyPair } from './noise-xx'
import type { KeyPair } from './noise-xx'
import { formatPeerId } from './peer-id'
import { encodeSuccession } from './succession'
import type { Succession } from './succession'

/** What a node proves itself with. It holds its secret key, and shows it nowhere. */
export class Identity {
  readonly peerId: string
  readonly publicKey: Uint8Array
  /** That it went by another id before; undefined where it did not. */
  readonly succession: Succession | undefined
  /** What it says of itself behind a signature: the encoded succession, or nothing. */
  readonly statement: Uint8Array
  /** Those of the handshakes of this run: the signatures of the identity are over them. */
  readonly handshakeKeys: KeyPair
  readonly #crypto: Crypto
  readonly #secretKey: Uint8Array

  /** @param secretKey any 32 random bytes */
  constructor(crypto: Crypto, secretKey: Uint8Array, succession?: Succession) {
    this.#crypto = crypto
    this.#secretKey = secretKey
    this.publicKey = crypto.ed25519.publicKey(secretKey)
    this.peerId = formatPeerId(this.publicKey)
    this.succession = succession
    this.statement = succession === undefined ? new Uint8Array(0) : encodeSuccession(succession)
    this.handshakeKeys = createKeyPair(crypto)
  }

  /** 64 bytes. */
  sign(text: Uint8Array): Uint8Array {
    return this.#crypto.ed25519.sign(this.#secretKey, text)
  }
}

/** Makes an identity that nobody had before, and that nothing keeps. */
export function createIdentity(crypto: Crypto): Identity {
  return new Identity(crypto, crypto.randomBytes(32))
}
