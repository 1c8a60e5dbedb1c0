import type { Crypto } from '../kit'
import { encodeBody } from './body'
import { PROTOCOL_ALT, PROTOCOL_VERSION } from './protocol'
import type { PackageType } from './protocol'

/** Few enough arguments for one call. */
const CHUNK_BYTES = 8192

const encoder = new TextEncoder()

/** What a content tag is made from. */
export interface TaggedContent {
  readonly type: PackageType
  readonly event: string
  /** A JSON value, or bytes. */
  readonly body: unknown
  /** [PROTOCOL_VERSION] */
  readonly version?: string
  /** [PROTOCOL_ALT] */
  readonly alt?: string
}

/**
 * Gives the tag that identical requests share (T8): base64(sha256) over the fields in the order of their names, each as
 * name, `s` (text) or `n` (number), and value, joined by NUL. The value of a JSON body is its canonical text, that of
 * bytes their base64. Throws what `encodeBody` throws.
 */
export function contentTag(crypto: Crypto, content: TaggedContent, bodyDepth?: number): string {
  const { type, event, version = PROTOCOL_VERSION, alt = PROTOCOL_ALT } = content
  const encoded = encodeBody(content.body, bodyDepth)
  const body = typeof encoded === 'string' ? canonicalText(JSON.parse(encoded)) : base64(encoded)
  const fields = [
    'alt',
    's',
    alt,
    'body',
    's',
    body,
    'event',
    's',
    event,
    'type',
    'n',
    `${type}`,
    'version',
    's',
    version
  ]
  return base64(crypto.sha256(encoder.encode(fields.join('\0'))))
}

/**
 * Writes a JSON value with the keys of every object sorted by their UTF-16 code units (as RFC 8785 does). Not by making
 * objects with sorted keys: those keep keys that look like numbers in another order.
 */
function canonicalText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonicalText(part)}`).join(',')}}`
}

function base64(bytes: Uint8Array): string {
  let binary = ''
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES))
  }
  return btoa(binary)
}
