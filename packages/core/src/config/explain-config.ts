import * as z from './zod'
import { P2pError } from '../errors'
import type { NodeConfig } from './config'
import { DEFAULT_ORIGIN } from './config-tree'
import { variableName } from './environment'
import type { GivenConfig } from './layers'
import { readLayers } from './layers'
import { isPlainObject, valueAt } from './plain'
import { schemaAt, unwrap } from './schema-keys'
import { withoutSecrets } from './secrets'
import type { Setting } from './setting'
import { nearestHint, originAt, shownKey } from './setting'
import { threadConfig } from './thread-config'

/** A value that somebody gave to a key. */
export interface GivenValue {
  readonly value: unknown
  /** Who: `the defaults`, `trustp2p.config.json:3:5`, `the environment variable TRUSTP2P_NAME`, `the flag --set`, `code`. */
  readonly origin: string
}

/** A key of the effective configuration. */
export interface ExplainedValue extends GivenValue {
  /** Levels parted by dots: `limits.frameBytes`. */
  readonly path: string
  /** What else was given to it, the strongest first, the default at the end where it has one. */
  readonly overridden: readonly GivenValue[]
  readonly default: unknown
  /** What it means. */
  readonly description: string | undefined
  /** What it takes: `a whole number from 1 to 1000 (levels)`; undefined where it takes anything. */
  readonly expected: string | undefined
  /** The environment variable that sets it. */
  readonly variable: string
}

export interface ExplainOptions {
  readonly defaults: NodeConfig
  /** What the defaults became by what was given. */
  readonly config: NodeConfig
  readonly given: GivenConfig
  /** The key or section to explain; all where it is undefined. */
  readonly path: string | undefined
}

/** Explains each value. Throws ERR_TRUSTP2P_CONFIG_KEY_UNKNOWN. */
export function explain({ defaults, config, given, path }: ExplainOptions): ExplainedValue[] {
  const names = [...new Set([...Object.keys(config.threads), ...askedThread(path)])]
  const [before, after] = [withThreads(defaults, names), withThreads(config, names)]
  const keys = keysWithin(after, []).filter((key) => path === undefined || `${key.join('.')}.`.startsWith(`${path}.`))
  if (keys.length === 0 && path !== undefined) assertKey(path)
  const settings = readLayers(given).flatMap((layer) => layer.settings)
  return keys.map((key) => {
    const [effective, ...overridden] = [...defaultOf(before, key), ...valuesOf(settings, key)].reverse()
    return {
      path: key.join('.'),
      value: withoutSecrets(valueAt(after, key), key),
      origin: effective?.origin ?? DEFAULT_ORIGIN,
      overridden,
      default: withoutSecrets(valueAt(before, key), key),
      ...factsOf(key)
    }
  })
}

/** A thread that is asked for is explained even where nobody configured it. */
function askedThread(path = ''): string[] {
  const [section, name = ''] = path.split('.')
  return section === 'threads' && name !== '' ? [name] : []
}

function withThreads(config: NodeConfig, names: readonly string[]): NodeConfig {
  return { ...config, threads: Object.fromEntries(names.map((name) => [name, threadConfig(config, name)])) }
}

/** The paths of all values; an empty section counts as a value. */
function keysWithin(value: unknown, path: readonly string[]): (readonly string[])[] {
  if (!isPlainObject(value) || Object.keys(value).length === 0) return [path]
  return Object.entries(value).flatMap(([key, inner]) => keysWithin(inner, [...path, key]))
}

function defaultOf(defaults: NodeConfig, path: readonly string[]): GivenValue[] {
  const value = valueAt(defaults, path)
  return value === undefined ? [] : [{ value, origin: DEFAULT_ORIGIN }]
}

function valuesOf(settings: readonly Setting[], path: readonly string[]): GivenValue[] {
  return settings.flatMap((setting) => {
    const isAbove = setting.path.every((key, index) => key === path[index])
    const value = isAbove ? valueAt(setting.value, path.slice(setting.path.length)) : undefined
    return value === undefined ? [] : [{ value: withoutSecrets(value, path), origin: originAt(setting.origin, path) }]
  })
}

function factsOf(path: readonly string[]): Pick<ExplainedValue, 'description' | 'expected' | 'variable'> {
  const found = schemaAt(path)
  const schema = found && unwrap(found)
  // No key takes a symbol, so each one says what it takes.
  const expected = schema && z.safeParse(schema, Symbol()).error?.issues[0]?.message
  return { description: schema && z.globalRegistry.get(schema)?.description, expected, variable: variableName(path) }
}

function assertKey(path: string): void {
  const keys = path.split('.')
  if (schemaAt(keys) !== undefined) return
  const { hint, nearest } = nearestHint(keys)
  throw new P2pError('ERR_TRUSTP2P_CONFIG_KEY_UNKNOWN', `${shownKey(keys)} is no key: ${hint}`, {
    details: { path, nearest }
  })
}
