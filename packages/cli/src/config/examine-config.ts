import type { ConfigSources, ExplainedValue, NodeConfig, NodeRole } from 'trustp2p'
import { errorCode, explainConfig, P2pError, resolveConfig } from 'trustp2p'
import { folderOf } from '../common-options'
import { settingSources, sourcesWithoutFile } from '../settings'
import type { SettingOptions } from '../settings'
import { withThreadFolder } from '../thread-folder'

const UNKNOWN_THREAD = 'ERR_TRUSTP2P_THREAD_NOT_FOUND'
/** Most threads that are not there that are told of one by one. */
const MOST_WARNINGS = 100

/** Something that is wrong with a configuration, or odd. */
export interface ConfigFinding {
  readonly code: string
  /** Levels parted by dots; absent where it is about the file as a whole. */
  readonly path?: string
  /** Who gave it: `trustp2p.config.json:3:5`. */
  readonly origin?: string
  readonly text: string
  /** The valid path that is most like a wrong one. */
  readonly nearest?: string
}

export interface ConfigReport {
  /** The configuration file; absent where there is none, or where it cannot be taken. */
  readonly file?: string | undefined
  readonly problems: readonly ConfigFinding[]
  /** What a node lives with. */
  readonly warnings: readonly ConfigFinding[]
}

/** A configuration that was looked at. */
export interface ExaminedConfig {
  readonly report: ConfigReport
  /** As `start` would take it; undefined where there are problems. */
  readonly config: NodeConfig | undefined
}

/**
 * Resolves the configuration that `start` would take, and finds what is wrong with it. What stands beside a broken file
 * is looked at, too. Rejects with ERR_TRUSTP2P_NODE_FOLDER_INVALID.
 */
export async function examineConfig(options: SettingOptions, role?: NodeRole): Promise<ExaminedConfig> {
  const problems: ConfigFinding[] = []
  const sources = await settingSources(options, role).catch((error: unknown) => {
    problems.push(...findingsOf(error))
    return sourcesWithoutFile(options, role)
  })
  const resolved = resolveMaybe(sources, problems)
  const config = problems.length > 0 ? undefined : resolved
  const warnings = config === undefined ? [] : await unknownThreads(sources, config, folderOf(options))
  return { report: { file: sources.file?.name, problems, warnings }, config }
}

/** Undefined where values are wrong; those are added to the problems. */
function resolveMaybe(sources: ConfigSources, problems: ConfigFinding[]): NodeConfig | undefined {
  try {
    return resolveConfig(sources)
  } catch (error) {
    problems.push(...findingsOf(error))
    return undefined
  }
}

/** The findings that an error about a configuration tells of. Throws other errors again. */
function findingsOf(error: unknown): ConfigFinding[] {
  const code = errorCode(error) ?? ''
  if (!(error instanceof P2pError) || !code.startsWith('ERR_TRUSTP2P_CONFIG_')) throw error
  const { problems, untold, file } = error.details ?? {}
  if (Array.isArray(problems)) {
    const more = typeof untold === 'number' && untold > 0 ? [{ code, text: `and ${untold} more` }] : []
    return [...problems.filter(isProblem).map((problem) => ({ code, ...factsOf(problem) })), ...more]
  }
  return [{ code, ...(typeof file === 'string' && { origin: file }), text: error.message }]
}

type Problem = Readonly<Record<'path' | 'origin' | 'text', string>> & { readonly nearest?: string | undefined }

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'
}

/** Without the value: what a program gave need not be JSON. */
function factsOf({ path, origin, text, nearest }: Problem): Omit<ConfigFinding, 'code'> {
  return { path, origin, text, ...(nearest !== undefined && { nearest }) }
}

/** Settings of threads that are not there: a name may be misspelt. */
async function unknownThreads(
  sources: ConfigSources,
  { threads, allowedFolders }: NodeConfig,
  cwd: string
): Promise<ConfigFinding[]> {
  const names = Object.keys(threads)
  if (names.length === 0) return []
  const known = await withThreadFolder({ cwd, allowedFolders }, async ({ source, entries }) => [
    ...entries().map(({ name }) => name),
    ...(await source.available())
  ])
  const there = new Set(known)
  const unknown = names.filter((name) => !there.has(name))
  if (unknown.length === 0) return []
  const listed = [...there].sort().join(', ')
  const values = explainConfig(sources, 'threads')
  const told = unknown.slice(0, MOST_WARNINGS).map((name) => unknownThread(name, listed, { sources, values }))
  const untold = unknown.length - told.length
  return untold === 0 ? told : [...told, { code: UNKNOWN_THREAD, text: `and ${untold} more` }]
}

interface Given {
  readonly sources: ConfigSources
  /** All that was given for threads. */
  readonly values: readonly ExplainedValue[]
}

function unknownThread(name: string, listed: string, { sources, values }: Given): ConfigFinding {
  const path = `threads.${name}`
  const given = values.find(
    (value) => value.path.startsWith(`${path}.`) && (value.overridden.length > 0 || value.default === undefined)
  )
  const origin = given?.origin ?? sources.file?.name ?? 'the configuration'
  const hint = listed === '' ? 'no thread is there' : `there are ${listed}`
  const text = `${path} (from ${origin}) is for a thread that is neither enabled nor available: ${hint}`
  return { code: UNKNOWN_THREAD, path, origin, text }
}
