import { P2pError } from '../errors'
import type { Crypto } from '../kit'
import { base64, fromBase64 } from '../wire/base64'
import { framed, utf8 } from './bytes'
import type { Identity } from './identity'
import { createKeyPair, NoiseXX } from './noise-xx'
import type { KeyPair, NoiseCiphers } from './noise-xx'
import { readProof, writeProof } from './proof'
import type { Signer } from './proof'
import { proofFailed } from './proof-failed'

/** How a peer was proved: by Noise, whose keys seal what follows, or by a signature over the TLS that carries it. */
export type ProofKind = 'noise' | 'tls'

/** What the greeting of a side says of proofs: JSON. */
export interface OfferFields {
  /** From who dials the first message of Noise, in base64; from who listens true. */
  readonly noise: string | true
  /** What tells the TLS below from any other, in base64; absent where there is none. */
  readonly tls?: string
  /** There where it is a member of a private network, which peers have to be of, too. */
  readonly network?: true
}

/** A peer that has proved who it is. */
export interface Proven extends Signer {
  readonly proof: ProofKind
  /** What seals the frames that follow; undefined where TLS does. */
  readonly ciphers: NoiseCiphers | undefined
}

/** What follows from a message: it is sent first, then the peer is proved. */
export interface HandshakeStep {
  readonly send: Uint8Array | undefined
  readonly proven: Proven
}

export interface HandshakeOptions {
  readonly crypto: Crypto
  readonly identity: Identity
  /** True for the side that dialled. */
  readonly dials: boolean
  /** The exporter of the TLS below, 32 bytes; undefined where there is none. */
  readonly exporter: Uint8Array | undefined
  /** What the members of a private network know, 32 bytes: a proof of anybody else fails [there is none]. */
  readonly network?: Uint8Array | undefined
  /** Whom it has to be [anybody]. */
  readonly pinned: string | undefined
}

const NOISE_DOMAIN = utf8('trustp2p noise proof 1')
const TLS_DOMAIN = utf8('trustp2p tls proof 1')
const CHANNEL_DOMAIN = utf8('trustp2p tls channel 1')
const KEY_BYTES = 32

/**
 * The proof of both sides to each other: who listens proves itself first, so that who dialled tells nobody but that one
 * who it is. Both go by the exact bytes of both greetings: one that was altered lets it fail.
 */
export class Handshake {
  readonly #options: HandshakeOptions
  #ephemeral: KeyPair | undefined
  readonly #channel: string | undefined
  #noise: NoiseXX | undefined
  /** Those of both sides, and what the members of a private network know: each proof is bound to it. */
  #greetings: Uint8Array = new Uint8Array(0)

  constructor(options: HandshakeOptions) {
    const { crypto, exporter } = options
    this.#options = options
    this.#channel = exporter && base64(crypto.sha256(framed(CHANNEL_DOMAIN, exporter)))
  }

  /** What our greeting says. */
  get offer(): OfferFields {
    const noise = this.#options.dials ? base64(this.#ephemeralKeys.publicKey) : true
    const isPrivate = this.#options.network !== undefined
    return { noise, ...(this.#channel !== undefined && { tls: this.#channel }), ...(isPrivate && { network: true }) }
  }

  /** How the peer of such a greeting can be proved; undefined where it cannot. Anything may stand in it. */
  kindFor(offer: Readonly<Record<string, unknown>>): ProofKind | undefined {
    if (this.#channel !== undefined && offer['tls'] === this.#channel) return 'tls'
    return this.#firstMessage(offer) === undefined ? undefined : 'noise'
  }

  /**
   * Both greetings are there, and `kindFor` gave a kind: gives what is to be sent, if it is the turn of this side.
   * Throws ERR_TRUSTP2P_PROOF_FAILED.
   */
  begin(greetings: Greetings, offer: Readonly<Record<string, unknown>>): Uint8Array | undefined {
    const { dials, identity, crypto, network } = this.#options
    const inOrder = dials ? [greetings.own, greetings.peer] : [greetings.peer, greetings.own]
    this.#greetings = framed(...inOrder, ...(network === undefined ? [] : [network]))
    if (this.kindFor(offer) === 'tls') return dials ? undefined : this.#writeTlsProof()
    const [prologue, ephemeralKeys, staticKeys] = [this.#greetings, this.#ephemeralKeys, identity.handshakeKeys]
    const noise = new NoiseXX({ crypto, initiator: dials, prologue, staticKeys, ephemeralKeys })
    this.#noise = noise
    if (dials) return void noise.write()
    noise.read(this.#firstMessage(offer) ?? new Uint8Array(0))
    return this.#writeNoiseProof(noise)
  }

  /**
   * Takes the peer's message. Throws ERR_TRUSTP2P_PROOF_FAILED, ERR_TRUSTP2P_IDENTITY_KEY_INVALID or
   * ERR_TRUSTP2P_PROOF_WRONG_PEER; the handshake is of no use then.
   */
  take(message: Uint8Array): HandshakeStep {
    return this.#noise === undefined ? this.#takeTlsProof(message) : this.#takeNoiseProof(this.#noise, message)
  }

  /** Made when it is needed: who listens needs none for a peer that proves nothing. */
  get #ephemeralKeys(): KeyPair {
    return (this.#ephemeral ??= createKeyPair(this.#options.crypto))
  }

  #firstMessage({ noise }: Readonly<Record<string, unknown>>): Uint8Array | undefined {
    if (this.#options.dials) return noise === true ? new Uint8Array(0) : undefined
    const message = typeof noise === 'string' ? fromBase64(noise) : undefined
    return message?.length === KEY_BYTES ? message : undefined
  }

  #takeNoiseProof(noise: NoiseXX, message: Uint8Array): HandshakeStep {
    const { crypto, dials } = this.#options
    const { payload, hash } = noise.read(message)
    const signer = readProof(crypto, payload, noiseText(roleOf(!dials), noise.remoteStatic, hash))
    this.#assertPinned(signer)
    const send = dials ? this.#writeNoiseProof(noise) : undefined
    return { send, proven: { proof: 'noise', ciphers: noise.split(), ...signer } }
  }

  #writeNoiseProof(noise: NoiseXX): Uint8Array {
    const { identity, dials } = this.#options
    const { publicKey } = identity.handshakeKeys
    return noise.write((hash) => writeProof(identity, noiseText(roleOf(dials), publicKey, hash)))
  }

  #takeTlsProof(message: Uint8Array): HandshakeStep {
    const { crypto, dials } = this.#options
    const signer = readProof(crypto, message, this.#tlsText(!dials))
    this.#assertPinned(signer)
    const send = dials ? this.#writeTlsProof() : undefined
    return { send, proven: { proof: 'tls', ciphers: undefined, ...signer } }
  }

  #writeTlsProof(): Uint8Array {
    const { identity, dials } = this.#options
    return writeProof(identity, this.#tlsText(dials))
  }

  #tlsText(dials: boolean): Uint8Array {
    const { exporter } = this.#options
    if (exporter === undefined) throw proofFailed('there is no TLS to bind the proof to')
    return framed(TLS_DOMAIN, roleOf(dials), exporter, this.#greetings)
  }

  #assertPinned({ peerId }: Signer): void {
    const { pinned } = this.#options
    if (pinned === undefined || pinned === peerId) return
    const text = `the address names the peer ${pinned}, and ${peerId} answers there: nothing was sent to it`
    throw new P2pError('ERR_TRUSTP2P_PROOF_WRONG_PEER', text, { details: { pinned, peerId } })
  }
}

/** The frames that both sides greeted with, byte for byte. */
export interface Greetings {
  readonly own: Uint8Array
  readonly peer: Uint8Array
}

function roleOf(dials: boolean): Uint8Array {
  return utf8(dials ? 'dials' : 'listens')
}

function noiseText(role: Uint8Array, staticKey: Uint8Array, hash: Uint8Array): Uint8Array {
  return framed(NOISE_DOMAIN, role, staticKey, hash)
}
