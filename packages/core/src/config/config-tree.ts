import type { NodeConfig } from './config'
import type { ConfigProblem } from './config-problem'
import { MAX_DEPTH, isPlainObject } from './plain'
import type { Setting } from './setting'

/** Said of keys that nobody has set. */
const DEFAULT_ORIGIN = 'the defaults'

/** A configuration while it is put together: its value so far, unchecked, and who gave each key. */
export class ConfigTree {
  #value: unknown
  readonly #origins = new Map<string, string>()
  readonly #problems: ConfigProblem[] = []

  constructor(defaults: NodeConfig) {
    this.#value = defaults
  }

  get value(): unknown {
    return this.#value
  }

  /** What could not be put in: at most one problem, since the walk ends there. */
  get problems(): readonly ConfigProblem[] {
    return this.#problems
  }

  /** Lays a setting over what is there: lists and values replace, objects merge by key; what was given is copied. */
  put({ path, value, origin }: Setting): void {
    const nested = path.reduceRight<unknown>((inner, key) => ownEntry(key, inner), value)
    this.#value = this.#merge(this.#value, nested, [], origin)
  }

  /** Who gave the value at a path, or the nearest section around it. */
  originOf(path: readonly string[]): string {
    const own = this.#origins.get(path.join('.'))
    if (own !== undefined) return own
    return path.length === 0 ? DEFAULT_ORIGIN : this.originOf(path.slice(0, -1))
  }

  valueAt(path: readonly string[]): unknown {
    return path.reduce<unknown>((value, key) => {
      if (isPlainObject(value)) return Object.hasOwn(value, key) ? value[key] : undefined
      return Array.isArray(value) ? value[Number(key)] : undefined
    }, this.#value)
  }

  #merge(base: unknown, given: unknown, path: readonly string[], origin: string): unknown {
    if (this.#problems.length > 0) return undefined // or a circle is walked for ever
    if (path.length > MAX_DEPTH)
      return this.#refuse(path.slice(0, 3), origin, `is nested deeper than ${MAX_DEPTH} levels`)
    if (Array.isArray(given)) {
      this.#origins.set(path.join('.'), origin)
      return given.map((item, index) => this.#merge(undefined, item, [...path, String(index)], origin))
    }
    if (isPlainObject(given)) return this.#mergeObject(base, given, path, origin)
    this.#origins.set(path.join('.'), origin)
    return given
  }

  #mergeObject(base: unknown, given: Record<string, unknown>, path: readonly string[], origin: string): unknown {
    if (!isPlainObject(base)) this.#origins.set(path.join('.'), origin)
    const merged: Record<string, unknown> = isPlainObject(base) ? { ...base } : {}
    for (const [key, value] of Object.entries(given)) {
      if (value === undefined) continue
      if (key === '__proto__') this.#refuse([...path, key], origin, 'is no name that a key may have')
      else
        merged[key] = this.#merge(Object.hasOwn(merged, key) ? merged[key] : undefined, value, [...path, key], origin)
    }
    return merged
  }

  #refuse(path: readonly string[], origin: string, why: string): undefined {
    const name = path.join('.')
    this.#problems.push({ path: name, value: undefined, origin, text: `${name} (from ${origin}) ${why}` })
  }
}

/** An object with one key of its own, whatever its name. */
function ownEntry(key: string, value: unknown): Record<string, unknown> {
  return Object.fromEntries([[key, value]])
}
