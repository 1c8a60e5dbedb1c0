import { P2pError } from '../errors'
import type { MessageCodec } from '../contract/contract'
import type { TypedEvent } from '../contract/contract-table'
import { base64 } from '../wire/base64'
import { encodeBody, Encoding, TypedBody } from '../wire/package'
import type { CP2pPackage, EncodedBody } from '../wire/package'

/** A body that is read by a contract, on first read, and kept. */
export class BodyReading {
  readonly #package: CP2pPackage
  readonly #codec: MessageCodec
  readonly #depth: number
  #value: unknown

  constructor(received: CP2pPackage, codec: MessageCodec, depth: number) {
    this.#package = received
    this.#codec = codec
    this.#depth = depth
  }

  /** Throws ERR_TRUSTP2P_BODY_INVALID or ERR_TRUSTP2P_BODY_TOO_DEEP, the same error at each read. */
  get value(): unknown {
    this.#value ??= this.#read()
    if (this.#value instanceof P2pError) throw this.#value
    return this.#value
  }

  #read(): unknown {
    switch (this.#package.encoding) {
      case Encoding.TYPED:
        return this.#codec.read(this.#package.bytes, this.#depth)
      case Encoding.JSON:
        return this.#codec.readJson(this.#package.body, this.#depth)
      case Encoding.BYTES: {
        const text = `the body is bytes, where the contract says ${this.#codec.name}: send it typed, or as JSON`
        return new P2pError('ERR_TRUSTP2P_BODY_INVALID', text)
      }
    }
  }
}

/** How an answer is written: as the question was, typed or in JSON, and checked by the contract both ways. */
export class AnswerWriter {
  readonly #event: TypedEvent
  readonly #isTyped: boolean

  constructor(event: TypedEvent, isTyped: boolean) {
    this.#event = event
    this.#isTyped = isTyped
  }

  /** Throws ERR_TRUSTP2P_CONTRACT_BODY. */
  write(body: unknown, depth: number): EncodedBody {
    const { codecs, digest, event } = this.#event
    const bytes = encodeTyped(codecs.response, body, event, depth)
    return this.#isTyped ? new TypedBody(bytes, digest) : encodeBody(toJson(codecs.response.read(bytes, depth)), depth)
  }
}

/** Writes a question, or a talk. Throws ERR_TRUSTP2P_CONTRACT_BODY, which names event and field. */
export function encodeQuestion({ codecs, digest, event }: TypedEvent, body: unknown, depth: number): TypedBody {
  return new TypedBody(encodeTyped(codecs.request, body, event, depth), digest)
}

/** No body at all is an empty one: what a handler gives that returns nothing. */
function encodeTyped(codec: MessageCodec, body: unknown, event: string, depth: number): Uint8Array {
  try {
    return codec.encode(body ?? {}, depth)
  } catch (error) {
    if (!(error instanceof P2pError)) throw error
    const { message, details } = error
    throw new P2pError('ERR_TRUSTP2P_CONTRACT_BODY', `${event}: ${message}`, { details: { ...details, event } })
  }
}

/** What JSON has no word for becomes text: bigints in decimal, bytes in Base64. */
function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return base64(value)
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toJson(part)]))
}
