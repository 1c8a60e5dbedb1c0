import { P2pError } from '../errors'
import { encodeBody, readJsonBody, TypedBody } from './body'
import { FrameReader } from './frame-reader'
import { frameHead, writeFrame } from './frame-writer'
import {
  DEFAULT_BODY_DEPTH,
  DEFAULT_FRAME_BYTES,
  Encoding,
  isPackageType,
  PROTOCOL_ALT,
  PROTOCOL_VERSION
} from './protocol'
import type { PackageType } from './protocol'
import { quote } from './quote'
import { viewOf } from './utf8'

export { EncodedText, encodeBody, encodingOf, TypedBody } from './body'
export type { EncodedBody } from './body'
export { encodeFrame } from './frame-writer'
export { Encoding, isPackageType, PackageType, PROTOCOL_ALT, PROTOCOL_VERSION } from './protocol'

/** What `CP2pPackage.encode` takes. */
export interface PackageFields {
  readonly type: PackageType
  readonly event: string
  /** A JSON value, or bytes; `undefined` is sent as `null`. */
  readonly body: unknown
  /** Empty [default] where no answer is expected. */
  readonly tag?: string
  /** The code of a failed RESPONSE [none]. */
  readonly error?: string
  /** The digest of the contract that wrote the body, which is a Uint8Array then: 16 hexadecimal digits [none]. */
  readonly contract?: string
  /** [PROTOCOL_VERSION] */
  readonly version?: string
  /** [PROTOCOL_ALT] */
  readonly alt?: string
}

/** What `CP2pPackage.decode` takes; Infinity switches a limit off. */
export interface PackageLimits {
  /** Longest frame in bytes [1 MiB]. */
  readonly frameBytes?: number
  /** Deepest nesting of a JSON body [64]: `[]` is 1 deep, a number 0. Enforced when the body is read. */
  readonly bodyDepth?: number
}

let readFrame: (received: CP2pPackage) => Uint8Array

/** One frame, decoded: the envelope of proto/package.proto, which docs/reference/wire.md explains. */
export class CP2pPackage {
  readonly version: string
  readonly alt: string
  readonly type: PackageType
  readonly event: string
  /** Empty where the sender expects no answer. */
  readonly tag: string
  readonly encoding: Encoding
  /** The code of a failed RESPONSE. An empty one on the wire counts as none. */
  readonly error: string | undefined
  readonly #frame: Uint8Array
  readonly #bodyStart: number
  readonly #bodyEnd: number
  readonly #bodyDepth: number
  readonly #contractStart: number
  #isBodyRead = false
  /** The error, where it could not be read. */
  #body: unknown

  private constructor(bytes: Uint8Array, bodyDepth: number) {
    const frame = new FrameReader(bytes)
    frame.readFields()
    const { type, event, tag, encoding } = frame
    if (event === undefined || tag === undefined || frame.bodyStart < 0) throw missingField(frame)
    if (!isPackageType(type)) throw unknownType(frame, event)
    if (!isEncoding(encoding)) throw unknownEncoding(frame, event)
    if (encoding === Encoding.TYPED && frame.contractStart < 0) throw missingContract(frame)
    this.version = frame.version
    this.alt = frame.alt
    this.type = type
    this.event = event
    this.tag = tag
    this.encoding = encoding
    this.error = frame.error === '' ? undefined : frame.error
    this.#frame = bytes
    this.#bodyStart = frame.bodyStart
    this.#bodyEnd = frame.bodyEnd
    this.#bodyDepth = bodyDepth
    this.#contractStart = frame.contractStart
  }

  /** Length of the frame. */
  get frameBytes(): number {
    return this.#frame.length
  }

  /** The body as it came: a view of the frame, not a copy. */
  get bytes(): Uint8Array {
    return viewOf(this.#frame, this.#bodyStart, this.#bodyEnd)
  }

  /** The digest of the contract of a typed body, as 16 hexadecimal digits; undefined for other bodies. */
  get contract(): string | undefined {
    if (this.encoding !== Encoding.TYPED) return undefined
    let text = ''
    for (let index = 0; index < 8; index++) {
      text += (this.#frame[this.#contractStart + index] ?? 0).toString(16).padStart(2, '0')
    }
    return text
  }

  /** True for a typed body of the contract with that digest of 8 bytes. */
  isOfContract(digest: Uint8Array): boolean {
    if (this.encoding !== Encoding.TYPED) return false
    for (let index = 0; index < 8; index++) {
      if (this.#frame[this.#contractStart + index] !== digest[index]) return false
    }
    return true
  }

  /**
   * The body: a JSON value, or the bytes. Decoded on first read and kept.
   * Throws ERR_TRUSTP2P_BODY_INVALID or ERR_TRUSTP2P_BODY_TOO_DEEP, the same error at each read; for a typed body, which
   * only who has its contract can read, ERR_TRUSTP2P_CONTRACT_UNKNOWN.
   */
  get body(): unknown {
    if (!this.#isBodyRead) this.#readBody()
    if (this.#body instanceof P2pError) throw this.#body
    return this.#body
  }

  #readBody(): void {
    this.#isBodyRead = true
    if (this.encoding === Encoding.BYTES) this.#body = this.bytes
    else if (this.encoding === Encoding.TYPED) this.#body = unreadable(this.event)
    else this.#body = readJsonBody(this.#frame, this.#bodyStart, this.#bodyEnd, this.#bodyDepth)
  }

  static {
    readFrame = (received) => received.#frame
  }

  /**
   * Encodes a package into an ArrayBuffer of its own. Throws a TypeError for fields that no package can have, and what
   * `encodeBody` throws.
   */
  static encode(fields: PackageFields): Uint8Array {
    const { type, event, tag = '', error, contract, version = PROTOCOL_VERSION, alt = PROTOCOL_ALT } = fields
    if (!isPackageType(type)) throw new TypeError(`the type of a package is one of PackageType, not ${String(type)}`)
    assertTexts({ event, tag, error: error ?? '', version, alt })
    const body = contract === undefined ? encodeBody(fields.body) : typedBody(fields.body, contract)
    const frame = writeFrame(frameHead(version, alt), { type, event, body, tag, error })
    return new Uint8Array(frame)
  }

  /**
   * Decodes a frame, of which the package keeps a view; the body waits until it is read. Throws ERR_TRUSTP2P_WIRE_*;
   * where event and tag could be read and have at most 1024 characters each, the `details` of the error hold them, and
   * the `type` as a number, so that a request can be answered.
   */
  static decode(bytes: Uint8Array, limits: PackageLimits = {}): CP2pPackage {
    const { frameBytes = DEFAULT_FRAME_BYTES, bodyDepth = DEFAULT_BODY_DEPTH } = limits
    if (bytes.length > frameBytes) {
      const message = `the frame of ${bytes.length} bytes is longer than ${frameBytes} (limits.frameBytes)`
      throw new P2pError('ERR_TRUSTP2P_WIRE_TOO_LARGE', message)
    }
    return new CP2pPackage(bytes, bodyDepth)
  }
}

/** The frame of a package as it came: not for threads. */
export function frameOf(received: CP2pPackage): Uint8Array {
  return readFrame(received)
}

function assertTexts(texts: Record<string, unknown>): void {
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text !== 'string') throw new TypeError(`the ${name} of a package is a string, not a ${typeof text}`)
  }
}

function typedBody(body: unknown, contract: string): TypedBody {
  if (!(body instanceof Uint8Array)) throw new TypeError('a typed body is the Uint8Array that its contract wrote')
  if (!/^[0-9a-f]{16}$/.test(contract)) throw new TypeError('the contract of a body is 16 hexadecimal digits')
  const digest = new Uint8Array(8)
  for (let index = 0; index < 8; index++) digest[index] = parseInt(contract.slice(index * 2, index * 2 + 2), 16)
  return new TypedBody(body, digest)
}

function isEncoding(encoding: number): encoding is Encoding {
  return encoding === Encoding.JSON || encoding === Encoding.BYTES || encoding === Encoding.TYPED
}

function unreadable(event: string): P2pError {
  const message = `the typed body of ${quote(event)} is of a contract that is not here: give the node one for this event`
  return new P2pError('ERR_TRUSTP2P_CONTRACT_UNKNOWN', message)
}

function missingContract(frame: FrameReader): P2pError {
  return frame.failure('ERR_TRUSTP2P_WIRE_MISSING_FIELD', 'the body of the frame is typed, and no contract is named')
}

function missingField(frame: FrameReader): P2pError {
  const name = frame.event === undefined ? 'event' : frame.tag === undefined ? 'tag' : 'body'
  return frame.failure('ERR_TRUSTP2P_WIRE_MISSING_FIELD', `the frame has no ${name}`)
}

function unknownType(frame: FrameReader, event: string): P2pError {
  const message = `the package type ${frame.type} of the event ${quote(event)} is none of PackageType`
  return frame.failure('ERR_TRUSTP2P_WIRE_UNKNOWN_TYPE', message)
}

function unknownEncoding(frame: FrameReader, event: string): P2pError {
  const message = `the body encoding ${frame.encoding} of the event ${quote(event)} is none of JSON (0), bytes (1) and typed (2)`
  return frame.failure('ERR_TRUSTP2P_WIRE_UNKNOWN_ENCODING', message)
}
