import { Handshake } from '../identity/handshake'
import type { HandshakeOptions } from '../identity/handshake'
import { encodeFrame, PackageType } from '../wire/package'
import { GREETING_EVENT } from './greeting'

export interface OpeningOptions {
  /** The text of our greeting, with what is added to it. */
  readonly greeting: (more: Readonly<Record<string, unknown>>) => string
  /** How we prove ourselves [not at all]. */
  readonly proofs: Omit<HandshakeOptions, 'exporter'> | undefined
  /** True where a peer that does not prove itself is refused. */
  readonly required: boolean
  /** Longest frame that we take. */
  readonly frameBytes: number
}

/** What we say first on a connection: our greeting, and what it offers to prove. */
export class Opening {
  readonly required: boolean
  readonly #options: OpeningOptions
  #handshake: Handshake | undefined
  #frame: Uint8Array | undefined
  #sent = false

  constructor(options: OpeningOptions) {
    this.#options = options
    this.required = options.required
  }

  /** True where the peer has to be of the private network of this node. */
  get isPrivate(): boolean {
    return this.#options.proofs?.network !== undefined
  }

  /** True once a driver has sent it with its own handshake. */
  get isSent(): boolean {
    return this.#sent
  }

  /** Undefined where nothing is proved, and before the greeting was made. */
  get handshake(): Handshake | undefined {
    return this.#handshake
  }

  /** The greeting, made at the first call. `exporter` is that of the TLS below the connection. */
  frame(exporter: Uint8Array | undefined): Uint8Array {
    return (this.#frame ??= this.#make(exporter))
  }

  /** For a driver that sends it at once: see DialOptions. */
  readonly takeFrame = (exporter: Uint8Array | undefined): Uint8Array => {
    this.#sent = true
    return this.frame(exporter)
  }

  #make(exporter: Uint8Array | undefined): Uint8Array {
    const { greeting, proofs, frameBytes } = this.#options
    this.#handshake = proofs && new Handshake({ exporter, ...proofs })
    const more = this.#handshake === undefined ? {} : { ...this.#handshake.offer, frame_bytes: frameBytes }
    return encodeFrame(PackageType.TALK, GREETING_EVENT, greeting(more), '')
  }
}
