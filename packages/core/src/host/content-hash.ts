import { createHash } from 'node:crypto'

/** Tells one content from another: SHA-256, in base64. */
export function hashOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('base64')
}
