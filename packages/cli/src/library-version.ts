import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The version of this package, and of all packages of the project: they are published together. */
export function libraryVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'))
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return isManifest ? String(manifest.version) : ''
}
