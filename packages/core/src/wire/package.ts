import { P2pError } from '../errors'
import { decodeJsonBody, encodeBody } from './body'
import { readFrame } from './frame-reader'
import type { ReadFrame } from './frame-reader'
import { writeFrame } from './frame-writer'
import {
  DEFAULT_BODY_DEPTH,
  DEFAULT_FRAME_BYTES,
  Encoding,
  isPackageType,
  PROTOCOL_ALT,
  PROTOCOL_VERSION
} from './protocol'
import type { PackageType } from './protocol'

export { encodeBody } from './body'
export type { EncodedBody } from './body'
export { encodeFrame } from './frame-writer'
export { Encoding, isPackageType, PackageType, PROTOCOL_ALT, PROTOCOL_VERSION } from './protocol'

/** What `CP2pPackage.encode` takes. */
export interface PackageFields {
  readonly type: PackageType
  readonly event: string
  /** A JSON value, or bytes. */
  readonly body: unknown
  /** Empty [default] where no answer is expected. */
  readonly tag?: string
  /** The code of a failed RESPONSE. */
  readonly error?: string
  /** [PROTOCOL_VERSION] */
  readonly version?: string
  /** [PROTOCOL_ALT] */
  readonly alt?: string
}

/** The limits of decoding. */
export interface PackageLimits {
  /** Longest frame in bytes [1 MiB]. */
  readonly frameBytes?: number
  /** Deepest nesting of a JSON body [64]; enforced when the body is read. */
  readonly bodyDepth?: number
}

/** The envelope of a frame (proto/package.proto). */
export class CP2pPackage {
  readonly version: string
  readonly alt: string
  readonly type: PackageType
  readonly event: string
  /** Empty where the sender expects no answer. */
  readonly tag: string
  readonly encoding: Encoding
  /** The code of a failed RESPONSE. An empty text on the wire counts as none. */
  readonly error: string | undefined
  readonly #frame: Uint8Array
  readonly #bodyStart: number
  readonly #bodyEnd: number
  readonly #bodyDepth: number
  #body: unknown
  #bodyError: unknown
  #bodyRead = false

  private constructor(frame: ReadFrame, type: PackageType, encoding: Encoding, bodyDepth: number) {
    this.version = frame.version
    this.alt = frame.alt
    this.type = type
    this.event = frame.event
    this.tag = frame.tag
    this.encoding = encoding
    this.error = frame.error === '' ? undefined : frame.error
    this.#frame = frame.bytes
    this.#bodyStart = frame.bodyStart
    this.#bodyEnd = frame.bodyEnd
    this.#bodyDepth = bodyDepth
  }

  /** The body as it came: a view of the frame, not a copy. */
  get bytes(): Uint8Array {
    return this.#frame.subarray(this.#bodyStart, this.#bodyEnd)
  }

  /**
   * The body: a JSON value, or the bytes. Decoded on first read and kept.
   * Throws ERR_TRUSTP2P_BODY_INVALID or ERR_TRUSTP2P_BODY_TOO_DEEP, the same error at each read.
   */
  get body(): unknown {
    if (!this.#bodyRead) this.#readBody()
    if (this.#bodyError !== undefined) throw this.#bodyError
    return this.#body
  }

  #readBody(): void {
    this.#bodyRead = true
    if (this.encoding === Encoding.BYTES) {
      this.#body = this.bytes
      return
    }
    try {
      this.#body = decodeJsonBody(this.#frame, this.#bodyStart, this.#bodyEnd, this.#bodyDepth)
    } catch (error) {
      this.#bodyError = error
    }
  }

  /** Encodes a package. Throws a TypeError for fields that no package can have, and what `encodeBody` throws. */
  static encode(fields: PackageFields): Uint8Array {
    const { type, event, tag = '', error, version = PROTOCOL_VERSION, alt = PROTOCOL_ALT } = fields
    if (!isPackageType(type)) throw new TypeError(`The type of a package is one of PackageType, not ${String(type)}`)
    for (const [name, text] of Object.entries({ event, tag, error: error ?? '', version, alt })) {
      if (typeof text !== 'string') throw new TypeError(`The ${name} of a package is a string, not ${String(text)}`)
    }
    return writeFrame({ version, alt, type, event, body: encodeBody(fields.body), tag, error })
  }

  /**
   * Decodes a frame; its body waits until it is read. The package keeps a view of the frame. Throws ERR_TRUSTP2P_WIRE_*;
   * where event and tag could be read, the error's details hold `type`, `event` and `tag`, whole.
   */
  static decode(bytes: Uint8Array, limits: PackageLimits = {}): CP2pPackage {
    const frame = readFrame(bytes, limits.frameBytes ?? DEFAULT_FRAME_BYTES)
    const { type, encoding, event, tag } = frame
    const details = { type, event, tag }
    if (!isPackageType(type)) {
      throw new P2pError('ERR_TRUSTP2P_WIRE_UNKNOWN_TYPE', `The package type ${type} is unknown`, { details })
    }
    if (encoding !== Encoding.JSON && encoding !== Encoding.BYTES) {
      throw new P2pError('ERR_TRUSTP2P_WIRE_UNKNOWN_ENCODING', `The body encoding ${encoding} is unknown`, { details })
    }
    return new CP2pPackage(frame, type, encoding, limits.bodyDepth ?? DEFAULT_BODY_DEPTH)
  }
}
