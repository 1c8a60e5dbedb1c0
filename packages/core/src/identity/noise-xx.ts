import { P2pError } from '../errors'
import type { Crypto } from '../kit'
import { concat, utf8 } from './bytes'
import { CipherState } from './cipher-state'
import { proofFailed } from './proof-failed'

/**
 * Noise_XX_25519_ChaChaPoly_SHA256 (Noise Protocol Framework, revision 34):
 *
 *     -> e
 *     <- e, ee, s, es
 *     -> s, se
 */
const PROTOCOL = utf8('Noise_XX_25519_ChaChaPoly_SHA256')
const KEY_BYTES = 32
const TAG_BYTES = 16
const EMPTY: Uint8Array = new Uint8Array(0)

/** A pair of X25519. */
export interface KeyPair {
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
}

/** Makes a pair of X25519. */
export function createKeyPair(crypto: Crypto): KeyPair {
  const secretKey = crypto.randomBytes(KEY_BYTES)
  return { secretKey, publicKey: crypto.x25519.publicKey(secretKey) }
}

export interface NoiseOptions {
  readonly crypto: Crypto
  readonly initiator: boolean
  /** What both sides have to have seen alike. */
  readonly prologue: Uint8Array
  readonly staticKeys: KeyPair
  /** Made for this handshake alone. */
  readonly ephemeralKeys: KeyPair
}

/** What a message held. */
export interface NoiseMessage {
  readonly payload: Uint8Array
  /** What its sender hashed before the payload: a signature in the payload may be one over this. */
  readonly hash: Uint8Array
}

/** The ciphers of a handshake that has ended. */
export interface NoiseCiphers {
  readonly send: CipherState
  readonly receive: CipherState
}

/** One side of one handshake. A message that fails ends it: what was thrown is thrown by every later call. */
export class NoiseXX {
  readonly #options: NoiseOptions
  #chainingKey: Uint8Array
  #hash: Uint8Array
  #cipher: CipherState | undefined
  #remoteEphemeral = EMPTY
  #remoteStatic = EMPTY
  #messages = 0
  #failure: P2pError | undefined

  constructor(options: NoiseOptions) {
    this.#options = options
    this.#chainingKey = PROTOCOL
    this.#hash = PROTOCOL
    this.#mixHash(options.prologue)
  }

  /** The other side's static key; empty before it came. */
  get remoteStatic(): Uint8Array {
    return this.#remoteStatic
  }

  get hash(): Uint8Array {
    return this.#hash
  }

  /**
   * Writes the next message. `makePayload` is handed what is hashed before it. Throws ERR_TRUSTP2P_PROOF_FAILED where the
   * other side's key has a low order.
   */
  write(makePayload: (hash: Uint8Array) => Uint8Array = () => EMPTY): Uint8Array {
    this.#assertTurn(true)
    return this.#orFail(() => this.#write(makePayload))
  }

  #write(makePayload: (hash: Uint8Array) => Uint8Array): Uint8Array {
    const { ephemeralKeys, staticKeys } = this.#options
    const parts: Uint8Array[] = []
    if (this.#messages < 2) {
      this.#mixHash(ephemeralKeys.publicKey)
      parts.push(ephemeralKeys.publicKey)
    }
    if (this.#messages === 1) this.#mixKey(ephemeralKeys, this.#remoteEphemeral)
    if (this.#messages > 0) {
      parts.push(this.#sealAndHash(staticKeys.publicKey))
      this.#mixKey(staticKeys, this.#remoteEphemeral)
    }
    parts.push(this.#sealAndHash(makePayload(this.#hash)))
    this.#messages++
    return concat(...parts)
  }

  /** Reads the next message. Throws ERR_TRUSTP2P_PROOF_FAILED for one that does not hold. */
  read(message: Uint8Array): NoiseMessage {
    this.#assertTurn(false)
    return this.#orFail(() => this.#read(message))
  }

  /** Gives the ciphers once three messages have gone, and once alone. */
  split(): NoiseCiphers {
    if (this.#messages !== 3) throw new TypeError('the handshake has not ended, or its ciphers were taken')
    this.#messages++
    const { crypto, initiator } = this.#options
    const [first, second] = this.#derive(EMPTY)
    const toResponder = new CipherState(crypto.chacha20Poly1305, first)
    const toInitiator = new CipherState(crypto.chacha20Poly1305, second)
    return initiator ? { send: toResponder, receive: toInitiator } : { send: toInitiator, receive: toResponder }
  }

  #read(message: Uint8Array): NoiseMessage {
    const { ephemeralKeys } = this.#options
    let offset = 0
    const take = (length: number): Uint8Array => {
      if (message.length < offset + length) throw proofFailed('a message of the handshake is too short')
      return message.subarray(offset, (offset += length))
    }
    if (this.#messages < 2) {
      this.#remoteEphemeral = new Uint8Array(take(KEY_BYTES))
      this.#mixHash(this.#remoteEphemeral)
    }
    if (this.#messages === 1) this.#mixKey(ephemeralKeys, this.#remoteEphemeral)
    if (this.#messages > 0) {
      this.#remoteStatic = this.#openAndHash(take(KEY_BYTES + TAG_BYTES))
      this.#mixKey(ephemeralKeys, this.#remoteStatic)
    }
    const hash = this.#hash
    const payload = this.#openAndHash(message.subarray(offset))
    this.#messages++
    return { payload, hash }
  }

  #orFail<Result>(step: () => Result): Result {
    try {
      return step()
    } catch (error) {
      if (error instanceof P2pError) this.#failure = error
      throw error
    }
  }

  #assertTurn(writes: boolean): void {
    if (this.#failure !== undefined) throw this.#failure
    const ours = this.#options.initiator === (this.#messages % 2 === 0)
    if (this.#messages > 2 || ours !== writes) throw new TypeError('it is not the turn of this side in the handshake')
  }

  #mixHash(bytes: Uint8Array): void {
    this.#hash = this.#options.crypto.sha256(concat(this.#hash, bytes))
  }

  #mixKey({ secretKey }: KeyPair, publicKey: Uint8Array): void {
    const { crypto } = this.#options
    const shared = crypto.x25519.agree(secretKey, publicKey)
    if (shared === undefined) throw proofFailed('a key of the handshake has a low order')
    const [chainingKey, key] = this.#derive(shared)
    this.#chainingKey = chainingKey
    this.#cipher = new CipherState(crypto.chacha20Poly1305, key)
  }

  /** HKDF of two outputs (Noise, 4.3). */
  #derive(input: Uint8Array): readonly [Uint8Array, Uint8Array] {
    const { crypto } = this.#options
    const secret = crypto.hmacSha256(this.#chainingKey, input)
    const first = crypto.hmacSha256(secret, Uint8Array.of(1))
    return [first, crypto.hmacSha256(secret, concat(first, Uint8Array.of(2)))]
  }

  #sealAndHash(text: Uint8Array): Uint8Array {
    const sealed = this.#cipher === undefined ? text : this.#cipher.seal(text, this.#hash)
    this.#mixHash(sealed)
    return sealed
  }

  #openAndHash(sealed: Uint8Array): Uint8Array {
    const text = this.#cipher === undefined ? sealed : this.#cipher.open(sealed, this.#hash)
    if (text === undefined)
      throw proofFailed('a message of the handshake, or a greeting, was altered or belongs to another')
    this.#mixHash(sealed)
    return text
  }
}
