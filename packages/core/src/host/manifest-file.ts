import type { z } from 'zod'
import { P2pError, errorText } from '../errors'
import { isPlainObject } from '../config/plain'
import { checkManifest } from '../thread/manifest'
import type { Manifest } from '../thread/manifest'
import type { ConfigParser } from '../thread/manifest-types'
import { readJson } from './config-file-json'
import { placesOf, TextFault, validText } from './config-file-text'
import { ABSENT, type Note, readPrint, stateKey } from './file-print'
import { lstat, type Steps } from './file-steps'
import type { GuardedBytes, LinkGuard } from './link-guard'
import { moduleEnding } from './thread-name'

/** Longest manifest file, in bytes. */
const MANIFEST_FILE_BYTES = 64 * 1024

const ENDING = '.thread.json'
const BYTE_ORDER_MARK = '239,187,191'

/** Where the manifest of a thread lies that is no part of its module: `chat.thread.json` beside `chat.mjs`. */
export function manifestFileOf(file: string): string {
  const ending = moduleEnding(file) ?? ''
  return file.slice(0, file.length - ending.length) + ENDING
}

/**
 * Reads and checks the manifest file of a thread, before any of its code runs; undefined where there is none. Its
 * `config` is a JSON schema, its `$schema` for editors. Throws ERR_TRUSTP2P_THREAD_MANIFEST_INVALID with file, line and
 * column, or file and key; and what the guard throws.
 */
export function* readManifestFile(file: string, guard: LinkGuard, note: Note): Steps<Manifest | undefined> {
  const path = manifestFileOf(file)
  const read = yield* readGuarded(path, guard, note)
  const label = guard.label(path)
  if (read === undefined) {
    // Without it the thread would run with none of the limits that somebody meant it to have.
    if ((yield* lstat(path))?.isSymbolicLink() !== true) return undefined
    throw invalid(`${label} is a link that leads nowhere: mend or remove it`)
  }
  const given = parse(label, read.bytes)
  return checkManifest(() => withParser(label, given), `${label}: the manifest`)
}

/** What is refused is watched, too: mended permissions are a change. */
function* readGuarded(path: string, guard: LinkGuard, note: Note): Steps<GuardedBytes | undefined> {
  try {
    const read = yield* guard.readBytes(path)
    note(path, read?.hash ?? ABSENT)
    return read
  } catch (error) {
    note(stateKey(path), yield* readPrint(stateKey(path), 0))
    throw error
  }
}

function parse(label: string, bytes: Uint8Array): unknown {
  if (bytes.length > MANIFEST_FILE_BYTES) {
    throw invalid(`${label} has ${bytes.length} bytes: at most ${MANIFEST_FILE_BYTES} are read`)
  }
  if (bytes.subarray(0, 3).join() === BYTE_ORDER_MARK) {
    throw invalid(`${label}:1:1: it begins with a byte order mark: save it as UTF-8 without one`)
  }
  const { text, isWhole } = validText(bytes)
  const placeAt = (offset: number): string => {
    const { line, column } = placesOf(text)(offset)
    return `${label}:${line}:${column}`
  }
  if (!isWhole) throw invalid(`${placeAt(text.length)}: the bytes here are no UTF-8 text: save it as UTF-8`)
  try {
    return readJson(text).value
  } catch (fault) {
    if (fault instanceof TextFault) throw invalid(`${placeAt(fault.offset)}: ${fault.message}`, fault)
    throw fault
  }
}

/** The manifest as code would have it: without the key for editors, and with a parser for its configuration. */
function withParser(label: string, given: unknown): unknown {
  if (!isPlainObject(given)) return given
  const entries = Object.entries(given).filter(([key]) => key !== '$schema')
  return Object.fromEntries(entries.map(([key, value]) => [key, key === 'config' ? parserOf(label, value) : value]))
}

function parserOf(label: string, schema: unknown): ConfigParser {
  if (!isPlainObject(schema) && typeof schema !== 'boolean') {
    throw invalid(`${label}: the manifest has no JSON schema under 'config'; give an object such as {"type":"object"}`)
  }
  // Loaded when the first schema is read: a node without one has read its own configuration by other means, or none.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const zod = (require('zod') as { z: typeof z }).z
  try {
    return zod.fromJSONSchema(schema)
  } catch (cause) {
    throw invalid(
      `${label}: the manifest has a JSON schema under 'config' that cannot be used: ${errorText(cause)}`,
      cause
    )
  }
}

function invalid(text: string, cause?: unknown): P2pError {
  return new P2pError('ERR_TRUSTP2P_THREAD_MANIFEST_INVALID', text, { cause })
}
