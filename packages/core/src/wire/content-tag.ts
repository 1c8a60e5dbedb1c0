import type { Crypto } from '../kit'
import { encodeBody } from './body'
import { PROTOCOL_ALT, PROTOCOL_VERSION } from './protocol'
import type { PackageType } from './protocol'

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
 * Gives the tag that identical requests share: base64(sha256) over the fields in the order of their names, each as
 * name, `s` or `n`, and value, joined by NUL. The value of a JSON body is its text with sorted keys at every depth,
 * that of bytes their base64. Throws what `encodeBody` throws.
 */
export function contentTag(crypto: Crypto, content: TaggedContent): string {
  const { type, event, body, version = PROTOCOL_VERSION, alt = PROTOCOL_ALT } = content
  const parts = ['alt', 's', alt, 'body', 's', bodyText(body), 'event', 's', event]
  parts.push('type', 'n', String(type), 'version', 's', version)
  return base64(crypto.sha256(new TextEncoder().encode(parts.join('\0'))))
}

function bodyText(body: unknown): string {
  const encoded = encodeBody(body)
  if (typeof encoded !== 'string') return base64(encoded)
  const value: unknown = JSON.parse(encoded)
  return JSON.stringify(sortKeys(value))
}

function sortKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sortKeys)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, part]) => [key, sortKeys(part)]))
}

function base64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
