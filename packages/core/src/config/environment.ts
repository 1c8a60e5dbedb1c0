import type * as z from './zod'
import type { ConfigProblem } from './config-problem'
import { showPath } from './config-problem'
import { ENVIRONMENT_PREFIX } from './names'
import { nodeSchema } from './schema'
import { childSchema, hasFreeKeys, keysOf, nearestPath, schemaAt } from './schema-keys'
import type { ReadSettings, Setting } from './setting'
import { interpretText, keysHint, partition } from './setting'

/** An environment variable that is meant for us. */
export interface Variable {
  readonly name: string
  readonly text: string
}

const LEVEL_MARK = '__'

/**
 * Reads environment variables: shorter paths first, so that `TRUSTP2P_LIMITS={…}` does not undo
 * `TRUSTP2P_LIMITS__FRAME_BYTES`, in whatever order they stand.
 */
export function readVariables(variables: readonly Variable[]): ReadSettings {
  const names = new Map<string, string>()
  const { settings, problems } = partition(variables.map((variable) => readVariable(variable, names)))
  return { settings: settings.toSorted((one, other) => one.path.length - other.path.length), problems }
}

function readVariable(variable: Variable, names: Map<string, string>): Setting | ConfigProblem {
  const { name, text } = variable
  const { path, known } = variablePath(name.slice(ENVIRONMENT_PREFIX.length).split(LEVEL_MARK))
  if (!known) return unknownVariable(name, text, path)
  const twin = names.get(JSON.stringify(path))
  if (twin !== undefined) return twinVariable(variable, { path, twin })
  names.set(JSON.stringify(path), name)
  return { path, value: interpretText(text, path), origin: originOf(name) }
}

/** The keys that the levels stand for, as the schema spells them, up to the first level that is no key. */
function variablePath(levels: readonly string[]): { readonly path: readonly string[]; readonly known: boolean } {
  const path: string[] = []
  let schema: z.core.$ZodType = nodeSchema
  for (const level of levels) {
    const key = matchKey(schema, level)
    const child = childSchema(schema, key)
    path.push(key)
    if (child === undefined || key === '') return { path, known: false }
    schema = child
  }
  return { path, known: true }
}

function matchKey(schema: z.core.$ZodType, level: string): string {
  if (hasFreeKeys(schema)) return /[a-z]/.test(level) ? level : level.toLowerCase()
  return keysOf(schema).find((key) => bare(key) === bare(level)) ?? level.toLowerCase()
}

function bare(key: string): string {
  return key.replaceAll('_', '').toLowerCase()
}

/** The name of the variable for a path: `TRUSTP2P_LIMITS__FRAME_BYTES`. */
export function variableName(path: readonly string[]): string {
  const levels = path.map((key, index) => levelName(key, schemaAt(path.slice(0, index))))
  return ENVIRONMENT_PREFIX + levels.join(LEVEL_MARK)
}

/** A name that users chose is written as it is, unless it has small letters alone. */
function levelName(key: string, section: z.core.$ZodType | undefined): string {
  const isFree = section !== undefined && hasFreeKeys(section)
  return isFree && key !== key.toLowerCase() ? key : key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}

function unknownVariable(name: string, text: string, path: readonly string[]): ConfigProblem {
  const nearest = nearestPath(path)
  const hint = nearest === undefined ? keysHint(path) : `did you mean ${showPath([variableName(nearest)])}?`
  return {
    path: path.join('.'),
    value: text,
    origin: originOf(name),
    text: `${originOf(name)} names no key: ${hint}`,
    nearest: nearest?.join('.')
  }
}

/** What a variable names, and another one that names the same. */
interface SharedKey {
  readonly path: readonly string[]
  readonly twin: string
}

function twinVariable({ name, text }: Variable, { path, twin }: SharedKey): ConfigProblem {
  return {
    path: path.join('.'),
    value: text,
    origin: originOf(name),
    text: `${showPath([name])} and ${showPath([twin])} name the same key: remove one of them`
  }
}

function originOf(name: string): string {
  return `the environment variable ${showPath([name])}`
}
