export const VERSION = '1.0'
export const ALT = '1'
export const FRAME_BYTES = 1_048_576
export const Type = { SYSTEM: 0, PING: 10, PONG: 11, TALK: 20, REQUEST: 30, RESPONSE: 31 }
export const Encoding = { JSON: 0, BYTES: 1 }
/** What this client never said that it reads. */
const TYPED = 2
const BODY_DEPTH = 64
const GROUP_DEPTH = 100

export class WireError extends Error {
  readonly code: string
  constructor(code: string, message = code) {
    super(message)
    this.code = code
  }
}
const wireFault = (fault: string): WireError => new WireError(`ERR_TRUSTP2P_WIRE_${fault}`)

export interface Envelope {
  version: string
  alt: string
  type: number
  event: string
  body: Uint8Array
  tag: string
  encoding: number
  error: string
  /** Of a typed body, as hexadecimal text. */
  contract?: string
}

// Without ignoreBOM the decoder would drop a byte order mark: an event keeps it, JSON.parse refuses it.
const decodeUtf8 = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)

class FieldReader {
  private offset = 0
  constructor(private readonly data: Uint8Array) {}

  /** The low 32 bits of a varint. One of at most 5 bytes, a key or a length, must fit into them. */
  varint(maxBytes: 5 | 10): number {
    let low = 0
    for (let index = 0; index < maxBytes; index++) {
      const byte = this.data[this.offset++]
      if (byte === undefined) throw wireFault('TRUNCATED')
      if (index === 4 && maxBytes === 5 && byte > 0x0f) break
      if (index < 5) low |= (byte & 0x7f) << (7 * index)
      if (byte < 0x80) return low >>> 0
    }
    throw wireFault('MALFORMED')
  }

  take(length = this.varint(5)): Uint8Array {
    if (length > this.data.length - this.offset) throw wireFault('TRUNCATED')
    this.offset += length
    return this.data.subarray(this.offset - length, this.offset)
  }

  text(): string {
    const bytes = this.take()
    try {
      return decodeUtf8(bytes)
    } catch {
      throw wireFault('INVALID_UTF8')
    }
  }

  /** Undefined at the end of the package. */
  nextKey(): number | undefined {
    if (this.offset === this.data.length) return undefined
    const key = this.varint(5)
    if (key < 8) throw wireFault('MALFORMED')
    return key
  }

  skip(firstKey: number): void {
    const openGroups: number[] = []
    for (let key: number | undefined = firstKey; key !== undefined; key = this.nextKey()) {
      const [field, wireType] = [key >>> 3, key & 7]
      if (wireType === 0) this.varint(10)
      else if (wireType === 1 || wireType === 5) this.take(wireType === 1 ? 8 : 4)
      else if (wireType === 2) this.take()
      else if (wireType === 3 && openGroups.length <= GROUP_DEPTH) openGroups.push(field)
      else if (wireType !== 4 || openGroups.pop() !== field) throw wireFault('MALFORMED')
      if (openGroups.length === 0) return
    }
    throw wireFault('TRUNCATED')
  }
}

/** Lets unknown types and encodings pass: they want an answer, for which the rest of the envelope is needed. */
export function decodeEnvelope(data: Uint8Array): Envelope {
  if (data.length > FRAME_BYTES) throw wireFault('TOO_LARGE')
  const reader = new FieldReader(data)
  const [numbers, texts] = [new Map<number, number>(), new Map<number, string>()]
  let body: Uint8Array | undefined
  let contract: string | undefined
  for (let key = reader.nextKey(); key !== undefined; key = reader.nextKey()) {
    const field = key >>> 3
    const isNumber = field === 3 || field === 7
    if (field === 10 && (key & 7) === 1) contract = Buffer.from(reader.take(8)).toString('hex')
    else if (field === 10) throw wireFault('MALFORMED')
    else if (field > 8) reader.skip(key)
    else if ((key & 7) !== (isNumber ? 0 : 2)) throw wireFault('MALFORMED')
    else if (isNumber) numbers.set(field, reader.varint(10) | 0)
    else if (field === 5) body = reader.take()
    else texts.set(field, reader.text())
  }
  const [event, tag] = [texts.get(4), texts.get(6)]
  if (event === undefined || !body || tag === undefined) throw wireFault('MISSING_FIELD')
  const [version, alt, error] = [texts.get(1) ?? VERSION, texts.get(2) ?? ALT, texts.get(8) ?? '']
  const [type, encoding] = [numbers.get(3) ?? 0, numbers.get(7) ?? 0]
  if (encoding === TYPED && contract === undefined) throw wireFault('MISSING_FIELD')
  return { version, alt, type, event, body, tag, encoding, error, ...(contract !== undefined && { contract }) }
}

/** What only a newer peer sends, and what is therefore no reason to close. */
export function newerFaultOf({ type, encoding }: Envelope): WireError | undefined {
  if (!Object.values(Type).includes(type)) return wireFault('UNKNOWN_TYPE')
  return Object.values(Encoding).includes(encoding) ? undefined : wireFault('UNKNOWN_ENCODING')
}

function varintBytes(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varintBytes(value >>> 7)]
}

function lengthField(field: number, content: string | Uint8Array): Uint8Array {
  if (typeof content === 'string' && /\p{Surrogate}/u.test(content)) throw wireFault('INVALID_UTF8')
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return Buffer.concat([Uint8Array.from([field * 8 + 2, ...varintBytes(bytes.length)]), bytes])
}

export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { version, alt, type, event, body, tag, encoding, error, contract } = envelope
  const parts = [lengthField(1, version), lengthField(2, alt), Uint8Array.from([0x18, ...varintBytes(type)])]
  parts.push(lengthField(4, event), lengthField(5, body), lengthField(6, tag))
  if (encoding !== 0) parts.push(Uint8Array.from([0x38, ...varintBytes(encoding)]))
  if (error !== '') parts.push(lengthField(8, error))
  if (contract !== undefined) parts.push(Uint8Array.from([0x51]), Buffer.from(contract, 'hex'))
  const data = Buffer.concat(parts)
  if (data.length > FRAME_BYTES) throw wireFault('TOO_LARGE')
  return data
}

function checkDepth(value: unknown, levelsLeft = BODY_DEPTH): void {
  if (typeof value !== 'object' || value === null) return
  if (levelsLeft === 0) throw new WireError('ERR_TRUSTP2P_BODY_TOO_DEEP')
  for (const item of Object.values(value)) checkDepth(item, levelsLeft - 1)
}

function orInvalidBody<Result>(convert: () => Result): Result {
  try {
    return convert()
  } catch {
    throw new WireError('ERR_TRUSTP2P_BODY_INVALID')
  }
}

function parseJson(bytes: Uint8Array): unknown {
  const value = orInvalidBody<unknown>(() => JSON.parse(decodeUtf8(bytes)))
  checkDepth(value)
  return value
}

export function encodeBody(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body
  const bytes = orInvalidBody(() => Buffer.from(JSON.stringify(body === undefined ? null : body)))
  // Parsed again, because toJSON may have made the text deeper than the value.
  parseJson(bytes)
  return bytes
}

export function decodeBody({ encoding, body }: Envelope): unknown {
  return encoding === Encoding.BYTES ? body : parseJson(body)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An empty record for a body that is none, where another code counts more than that of the body. */
export function readRecord(envelope: Envelope): Record<string, unknown> {
  try {
    const body = decodeBody(envelope)
    return isRecord(body) ? body : {}
  } catch {
    return {}
  }
}

export function codeOr(fallback: string, code: unknown): string {
  return typeof code === 'string' && /^[A-Za-z][\w.:-]{0,63}$/.test(code) ? code : fallback
}

export function isVersion1(version: unknown): boolean {
  return typeof version === 'string' && /^0*1(\.\d+){0,3}$/.test(version)
}
