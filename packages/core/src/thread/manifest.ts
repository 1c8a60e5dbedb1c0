import { P2pError, errorText } from '../errors'
import { firstLine } from './failure'
import { isThreadName } from './names'
import type { ConfigParser, ThreadManifest } from './thread'

/** A manifest that was checked, every key present. */
export interface Manifest {
  readonly after: readonly string[]
  readonly requires: readonly string[]
  /** True where the thread says that it has hooks only. */
  readonly hooksOnly: boolean
  readonly config: ConfigParser | undefined
}

type Keys = Record<keyof ThreadManifest, true>
const KEYS = Object.keys({ after: true, requires: true, handles: true, config: true } satisfies Keys)

/**
 * Reads and checks the static `manifest` of a thread class. Throws ERR_TRUSTP2P_THREAD_MANIFEST_INVALID, with the
 * file, the key and what it takes.
 */
export function readManifest(threadClass: object, path: string): Manifest {
  const fail = (text: string, cause?: unknown): never => {
    throw new P2pError('ERR_TRUSTP2P_THREAD_MANIFEST_INVALID', `${path}: the static manifest ${text}`, { cause })
  }
  try {
    return checkManifest('manifest' in threadClass ? threadClass.manifest : undefined, fail)
  } catch (error) {
    if (error instanceof P2pError) throw error
    return fail(`cannot be read (${firstLine(errorText(error))}); give a plain object`, error)
  }
}

type Fail = (text: string) => never

function checkManifest(manifest: unknown, fail: Fail): Manifest {
  if (manifest === undefined) return { after: [], requires: [], hooksOnly: false, config: undefined }
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) return fail('is no object')
  const entries = new Map<string, unknown>(Object.entries(manifest))
  for (const key of entries.keys()) {
    if (!KEYS.includes(key)) fail(`has the unknown key '${key}'; it takes ${KEYS.join(', ')}`)
  }
  return {
    after: checkNames('after', entries.get('after'), fail),
    requires: checkNames('requires', entries.get('requires'), fail),
    hooksOnly: checkHandles(entries.get('handles'), fail),
    config: checkConfig(entries.get('config'), fail)
  }
}

function checkNames(key: string, names: unknown, fail: Fail): readonly string[] {
  if (names === undefined) return []
  if (!Array.isArray(names)) return fail(`has no list under '${key}'; give thread names: ${key}: ['heartbeat']`)
  return names.map((name: unknown) =>
    typeof name === 'string' && isThreadName(name)
      ? name
      : fail(`names ${JSON.stringify(name) ?? String(name)} in '${key}', which is no thread name`)
  )
}

function checkHandles(handles: unknown, fail: Fail): boolean {
  if (handles === undefined) return false
  if (Array.isArray(handles) && handles.length === 0) return true
  return fail("takes only [] under 'handles' (hooks only); name handled events in the eventMap")
}

function checkConfig(config: unknown, fail: Fail): ConfigParser | undefined {
  if (config === undefined) return undefined
  return isParser(config) ? config : fail("has no 'parse' function under 'config'; give a schema")
}

function isParser(value: unknown): value is ConfigParser {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return 'parse' in value && typeof value.parse === 'function'
}

/**
 * Gives `this.config` of a thread: what the manifest's schema makes of its settings, the settings themselves where
 * there is no schema. Throws ERR_TRUSTP2P_CONFIG_INVALID with the key and what is wrong.
 */
export function parseConfig(name: string, parser: ConfigParser | undefined, settings: unknown): unknown {
  const value = settings ?? {}
  if (parser === undefined) return value
  try {
    return parser.parse(value)
  } catch (error) {
    const { key, text } = firstIssue(error)
    const where = [`threads.${name}.config`, ...key].join('.')
    throw new P2pError('ERR_TRUSTP2P_CONFIG_INVALID', `${where}: ${text}; mend the configuration`, { cause: error })
  }
}

/** The first issue that a schema found: zod keeps a list, others give a message. */
function firstIssue(error: unknown): { key: readonly string[]; text: string } {
  const issues: unknown = typeof error === 'object' && error !== null && 'issues' in error ? error.issues : undefined
  const issue: unknown = Array.isArray(issues) ? issues[0] : undefined
  if (typeof issue !== 'object' || issue === null || !('message' in issue)) {
    return { key: [], text: firstLine(errorText(error)) }
  }
  return {
    key: 'path' in issue && Array.isArray(issue.path) ? issue.path.map(String) : [],
    text: String(issue.message)
  }
}
