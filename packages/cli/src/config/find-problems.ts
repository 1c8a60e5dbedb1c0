import type { ConfigSources, NodeRole } from 'trustp2p'
import { errorCode, explainConfig, P2pError, resolveConfig } from 'trustp2p'
import { folderOf } from '../common-options'
import { settingSources, sourcesWithoutFile } from '../settings'
import type { SettingOptions } from '../settings'
import { withThreadFolder } from '../thread-folder'

/** Something that is wrong with a configuration, or odd. */
export interface Finding {
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
  readonly problems: readonly Finding[]
  /** What a node lives with. */
  readonly warnings: readonly Finding[]
}

/** Finds what is wrong with the configuration that `start` would take. What stands beside a broken file is looked at, too. */
export async function findProblems(options: SettingOptions, role: NodeRole | undefined): Promise<ConfigReport> {
  const broken: Finding[] = []
  const sources = await settingSources(options, role).catch((error: unknown) => {
    broken.push(...findingsOf(error))
    return sourcesWithoutFile(options, role)
  })
  const problems = [...broken, ...wrongValues(sources)]
  const warnings = problems.length > 0 ? [] : await unknownThreads(sources, folderOf(options))
  return { file: sources.file?.name, problems, warnings }
}

function wrongValues(sources: ConfigSources): Finding[] {
  try {
    resolveConfig(sources)
    return []
  } catch (error) {
    return findingsOf(error)
  }
}

/** The findings that an error about a configuration tells of. Throws other errors again. */
function findingsOf(error: unknown): Finding[] {
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
function factsOf({ path, origin, text, nearest }: Problem): Omit<Finding, 'code'> {
  return { path, origin, text, ...(nearest !== undefined && { nearest }) }
}

/** Settings of threads that are not there: a name may be misspelt. */
async function unknownThreads(sources: ConfigSources, folder: string): Promise<Finding[]> {
  const names = Object.keys(resolveConfig(sources).threads)
  if (names.length === 0) return []
  const known = await withThreadFolder(folder, async ({ source, entries }) => [
    ...entries().map(({ name }) => name),
    ...(await source.available())
  ])
  const listed = [...new Set(known)].sort().join(', ')
  return names.filter((name) => !known.includes(name)).map((name) => unknownThread(name, listed, sources))
}

function unknownThread(name: string, listed: string, sources: ConfigSources): Finding {
  const path = `threads.${name}`
  const given = explainConfig(sources, path).find((value) => value.overridden.length > 0 || value.default === undefined)
  const origin = given?.origin ?? sources.file?.name ?? 'the configuration'
  const hint = listed === '' ? 'no thread is there' : `there are ${listed}`
  const text = `${path} (from ${origin}) is for a thread that is neither enabled nor available: ${hint}`
  return { code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND', path, origin, text }
}
