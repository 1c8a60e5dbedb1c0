import type { NodeConfig } from './config'
import type { ConfigProblem } from './config-problem'
import { showPath } from './config-problem'
import { MAX_DEPTH, isPlainObject, valueAt } from './plain'
import type { Origin, Setting } from './setting'
import { originAt } from './setting'

/** Said of keys that nobody has set. */
export const DEFAULT_ORIGIN = 'the defaults'

/** Where something that was given belongs, and who gave it. */
type GivenPlace = Pick<Setting, 'path' | 'origin'>

/** A configuration while it is put together: its value so far, unchecked, and who gave each key. */
export class ConfigTree {
  #value: unknown
  readonly #origins: Map<string, Origin>
  readonly #problems: ConfigProblem[] = []

  private constructor(value: unknown, origins: Map<string, Origin>) {
    this.#value = value
    this.#origins = origins
  }

  static of(defaults: NodeConfig): ConfigTree {
    return new ConfigTree(defaults, new Map())
  }

  /** A tree with these settings over what is here, which stays as it is. */
  with(settings: readonly Setting[]): ConfigTree {
    const tree = new ConfigTree(this.#value, new Map(this.#origins))
    for (const setting of settings) tree.#put(setting)
    return tree
  }

  get value(): unknown {
    return this.#value
  }

  /** What could not be put in: at most one problem, since the walk ends there. */
  get problems(): readonly ConfigProblem[] {
    return this.#problems
  }

  /** Lays a setting over what is there: lists and values replace, objects merge by key; what was given is copied. */
  #put({ path, value, origin }: Setting): void {
    const nested = path.reduceRight<unknown>((inner, key) => ownEntry(key, inner), value)
    this.#value = this.#merge(this.#value, nested, { path: [], origin })
  }

  /** Who gave the value at a path, or the nearest section around it. */
  originOf(path: readonly string[]): string {
    for (let length = path.length; length >= 0; length--) {
      const origin = this.#origins.get(originKey(path.slice(0, length)))
      if (origin !== undefined) return originAt(origin, path)
    }
    return DEFAULT_ORIGIN
  }

  valueAt(path: readonly string[]): unknown {
    return valueAt(this.#value, path)
  }

  #merge(base: unknown, given: unknown, at: GivenPlace): unknown {
    const { path, origin } = at
    if (this.#problems.length > 0) return undefined // or a circle is walked for ever
    if (path.length > MAX_DEPTH)
      return this.#refuse(path.slice(0, 3), origin, `is nested deeper than ${MAX_DEPTH} levels`)
    if (isPlainObject(given)) return this.#mergeObject(base, given, at)
    this.#origins.set(originKey(path), origin)
    if (!Array.isArray(given)) return given
    return given.map((item, index) => this.#merge(undefined, item, { path: [...path, String(index)], origin }))
  }

  #mergeObject(base: unknown, given: Record<string, unknown>, { path, origin }: GivenPlace): unknown {
    if (!isPlainObject(base)) this.#origins.set(originKey(path), origin)
    const merged: Record<string, unknown> = isPlainObject(base) ? { ...base } : {}
    for (const [key, value] of Object.entries(given)) {
      if (value === undefined) continue
      const inner = { path: [...path, key], origin }
      if (key === '__proto__') this.#refuse(inner.path, origin, 'is no name that a key may have')
      else merged[key] = this.#merge(Object.hasOwn(merged, key) ? merged[key] : undefined, value, inner)
    }
    return merged
  }

  #refuse(path: readonly string[], given: Origin, why: string): undefined {
    const origin = originAt(given, path)
    const text = `${showPath(path)} (from ${origin}) ${why}`
    this.#problems.push({ path: path.join('.'), value: undefined, origin, text })
  }
}

/** Unlike a dot, this mark stands in no name. */
function originKey(path: readonly string[]): string {
  return path.join('\0')
}

/** An object with one key of its own, whatever its name. */
function ownEntry(key: string, value: unknown): Record<string, unknown> {
  return Object.fromEntries([[key, value]])
}
