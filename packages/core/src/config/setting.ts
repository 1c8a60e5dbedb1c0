import * as z from './zod'
import type { ConfigProblem } from './config-problem'
import { showPath } from './config-problem'
import { keysOf, nearestPath, schemaAt } from './schema-keys'

/** Who gave a value: `code`, `the flag --listen`; a function where that depends on the path: a line of a file. */
export type Origin = string | ((path: readonly string[]) => string)

/** One value that somebody gave, and where it belongs. */
export interface Setting {
  readonly path: readonly string[]
  readonly value: unknown
  readonly origin: Origin
}

/** Who gave what stands at a path within a setting. */
export function originAt(origin: Origin, path: readonly string[]): string {
  return typeof origin === 'string' ? origin : origin(path)
}

/** Settings that could be read, and what is wrong with the others. */
export interface ReadSettings {
  readonly settings: readonly Setting[]
  readonly problems: readonly ConfigProblem[]
}

export function partition(read: readonly (Setting | ConfigProblem)[]): ReadSettings {
  const settings: Setting[] = []
  const problems: ConfigProblem[] = []
  for (const one of read) {
    if ('text' in one) problems.push(one)
    else settings.push(one)
  }
  return { settings, problems }
}

/** Tells of a path that names no key. */
export function unknownPath(path: readonly string[], value: unknown, origin: string): ConfigProblem {
  const { hint, nearest } = nearestHint(path)
  return { path: path.join('.'), value, origin, text: `${shownKey(path)} (from ${origin}) is no key: ${hint}`, nearest }
}

/** Names what may have been meant by a wrong path. */
export function nearestHint(path: readonly string[]): { readonly hint: string; readonly nearest: string | undefined } {
  const nearest = nearestPath(path)?.join('.')
  return { hint: nearest === undefined ? keysHint(path) : `did you mean ${showPath([nearest])}?`, nearest }
}

export function shownKey(path: readonly string[]): string {
  return path.join('.') === '' ? 'an empty key' : showPath(path)
}

/** Names the keys that stand beside a wrong one. */
export function keysHint(path: readonly string[]): string {
  const section = path.slice(0, -1)
  const schema = schemaAt(section)
  const keys = schema === undefined ? [] : keysOf(schema)
  const name = section.length === 0 ? 'the configuration' : showPath(section)
  return keys.length === 0 ? `${name} has no keys` : `${name} has ${keys.join(', ')}`
}

/**
 * Takes a text as JSON, else as text, else as a list of that one text: the first that the key accepts, so that a name
 * may look like a number, and one address needs no brackets. Where none is accepted, what the text looks like.
 */
export function interpretText(text: string, path: readonly string[]): unknown {
  const json = parseJson(text)
  const readings = [...(json === undefined ? [] : [json.value]), text, [text]]
  const schema = schemaAt(path)
  const accepted = readings.findIndex((reading) => schema !== undefined && z.safeParse(schema, reading).success)
  return readings[Math.max(accepted, 0)]
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return { value }
  } catch {
    return undefined
  }
}
