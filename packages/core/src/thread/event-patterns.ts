import { PackageType } from '../wire/package'

/** The types that reach threads, by the names that manifests and reports use; answers are deliver's. */
export const TYPES_BY_NAME: ReadonlyMap<string, number> = new Map([
  ['SYSTEM', PackageType.SYSTEM],
  ['HEARTBEAT_PING', PackageType.HEARTBEAT_PING],
  ['TALK', PackageType.TALK],
  ['REQUEST', PackageType.REQUEST]
])

/** Which events of which types are meant. An event is a name, or the beginning of names with a `*` at its end. */
export class EventPatterns {
  readonly #names = new Map<number, Set<string>>()
  readonly #beginnings = new Map<number, string[]>()

  constructor(events: ReadonlyMap<number, readonly string[]>) {
    for (const [type, list] of events) {
      this.#names.set(type, new Set(list.filter((event) => !event.endsWith('*'))))
      this.#beginnings.set(
        type,
        list.filter((event) => event.endsWith('*')).map((event) => event.slice(0, -1))
      )
    }
  }

  /** True where it holds no event at all. */
  get empty(): boolean {
    return [...this.#names.values(), ...this.#beginnings.values()].every((events) => [...events].length === 0)
  }

  /** All of them as they were given, a `*` at the end included, in no certain order. */
  *[Symbol.iterator](): IterableIterator<readonly [type: number, event: string]> {
    for (const [type, names] of this.#names) for (const name of names) yield [type, name]
    for (const [type, beginnings] of this.#beginnings) for (const beginning of beginnings) yield [type, `${beginning}*`]
  }

  /** True for an event of that type which one of the patterns stands for. */
  includes(type: number, event: string): boolean {
    if (this.#names.get(type)?.has(event) === true) return true
    return this.#beginnings.get(type)?.some((beginning) => event.startsWith(beginning)) === true
  }
}
