/** Few enough arguments for one call. */
const CHUNK_BYTES = 8192

/** Base64 (RFC 4648, with padding). */
export function base64(bytes: Uint8Array): string {
  let binary = ''
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES))
  }
  return btoa(binary)
}
