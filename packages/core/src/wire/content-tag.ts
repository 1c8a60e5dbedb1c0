import type { Hash } from '../kit'
import { base64 } from './base64'
import { encodeBody } from './body'
import { canonicalJson } from './canonical-json'
import { PROTOCOL_ALT, PROTOCOL_VERSION } from './protocol'
import type { PackageType } from './protocol'

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
export function contentTag(crypto: Hash, content: TaggedContent, bodyDepth?: number): string {
  const { type, event, version = PROTOCOL_VERSION, alt = PROTOCOL_ALT } = content
  const encoded = encodeBody(content.body, bodyDepth)
  const body = typeof encoded === 'string' ? canonicalJson(JSON.parse(encoded)) : base64(encoded)
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
