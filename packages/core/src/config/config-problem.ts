import { shownUrl } from '../driver/canonical-url'
import { P2pError } from '../errors'
import { withoutSecrets } from './secrets'

/** One thing that is wrong with what was given. */
export interface ConfigProblem {
  /** Levels parted by dots; empty for the configuration as a whole. */
  readonly path: string
  readonly value: unknown
  /** Who gave it: `code`, `the flag --listen`, `the environment variable TRUSTP2P_NAME`, `trustp2p.config.json:3:5`. */
  readonly origin: string
  readonly text: string
  /** The valid path that is most like a wrong one. */
  readonly nearest?: string | undefined
}

/** Longest part of a value that a message shows, in characters. */
const SHOWN_LENGTH = 60
/** The same of a path: as long as the longest one that is a key, with a long name in it. */
const SHOWN_PATH = 200

/**
 * The error that tells these problems of a number of them; its `details` are those of the first, `problems` has each,
 * and `untold` how many more there are.
 */
export function configError(problems: readonly [ConfigProblem, ...ConfigProblem[]], count: number): P2pError {
  const texts = problems.map((problem) => problem.text)
  const shown = problems.map((problem) => ({
    ...problem,
    value: withoutSecrets(problem.value, problem.path.split('.'))
  }))
  const untold = count - problems.length
  const more = untold === 0 ? [] : [`and ${untold} more`]
  const message =
    count === 1
      ? `the configuration is wrong: ${texts.join('')}`
      : [`the configuration is wrong in ${count} places:`, ...texts, ...more].join('\n  ')
  return new P2pError('ERR_TRUSTP2P_CONFIG_INVALID', message, { details: { ...shown[0], problems: shown, untold } })
}

/** Gives a short text for a value of any kind. */
export function showValue(value: unknown): string {
  return cut(shownUrl(jsonText(value) ?? String(value)), SHOWN_LENGTH)
}

/** Gives the path of a key as a message shows it: keys may be of any length. */
export function showPath(path: readonly string[]): string {
  return cut(path.join('.'), SHOWN_PATH)
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}

/** JSON has no word for a number that is not finite. */
function jsonText(value: unknown): string | undefined {
  if (isNotFinite(value)) return String(value)
  try {
    return JSON.stringify(value, (_, inner: unknown) => (isNotFinite(inner) ? String(inner) : inner))
  } catch {
    return Object.prototype.toString.call(value)
  }
}

/** True for Infinity, -Infinity and NaN: what 1e999 in JSON and `.inf` in YAML come to. */
export function isNotFinite(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value)
}
