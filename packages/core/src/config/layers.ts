import type { ConfigFlag } from './config'
import type { ConfigFile } from './config-file'
import type { ConfigProblem } from './config-problem'
import { isNotFinite, showPath, showValue } from './config-problem'
import type { Variable } from './environment'
import { readVariables } from './environment'
import { readFlags } from './flags'
import { isPlainObject, MAX_DEPTH } from './plain'
import type { Origin, ReadSettings, Setting } from './setting'
import { originAt } from './setting'

/** What was given over the defaults, by whom. */
export interface GivenConfig {
  readonly file: ConfigFile | undefined
  readonly variables: readonly Variable[]
  readonly flags: readonly ConfigFlag[]
  readonly code: unknown
}

/** The settings of each layer, the weakest first; those that say nothing are left out. */
export function readLayers({ file, variables, flags, code }: GivenConfig): ReadSettings[] {
  const layers = [
    ...(file === undefined ? [] : [whole(file.value, fileOrigin(file))]),
    readVariables(variables),
    readFlags(flags)
  ]
    .map(withFiniteNumbers)
    .concat(whole(code, 'code'))
  return layers.filter(({ settings, problems }) => settings.length + problems.length > 0)
}

/**
 * Tells of numbers in the settings of threads that are no JSON values, which come of texts such as 1e999 and `.inf`:
 * no schema looks there. What a program gives is its own affair.
 */
function withFiniteNumbers({ settings, problems }: ReadSettings): ReadSettings {
  return { settings, problems: [...problems, ...settings.flatMap((setting) => nonFinite(setting.value, setting))] }
}

function nonFinite(value: unknown, { path, origin }: Pick<Setting, 'path' | 'origin'>): ConfigProblem[] {
  if (path.length > MAX_DEPTH || !mayHoldThreadConfig(path)) return []
  if (isNotFinite(value) && path.length >= THREAD_CONFIG.length) {
    const given = originAt(origin, path)
    const text = `${showPath(path)} is ${showValue(value)} (from ${given}): expected a finite number`
    return [{ path: path.join('.'), value, origin: given, text }]
  }
  if (!isPlainObject(value) && !Array.isArray(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => nonFinite(inner, { path: [...path, key], origin }))
}

/** The path of what a thread gets, with any name for its own. */
const THREAD_CONFIG = ['threads', undefined, 'config'] as const

function mayHoldThreadConfig(path: readonly string[]): boolean {
  return THREAD_CONFIG.every((key, index) => key === undefined || index >= path.length || key === path[index])
}

function whole(value: unknown, origin: Origin): ReadSettings {
  return { settings: [{ path: [], value, origin }], problems: [] }
}

function fileOrigin(file: ConfigFile): Origin {
  return (path) => {
    const place = file.place(path)
    return place === undefined ? file.name : `${file.name}:${place.line}:${place.column}`
  }
}
