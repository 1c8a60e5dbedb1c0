import { P2pError, errorText } from '../errors'
import { firstLine } from './failure'
import type { ConfigParser } from './manifest-types'

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
