import { P2pError } from '../errors'
import { compareNames, isThreadName } from './names'
import type { ThreadEntry, ThreadSource, ThreadSourceListener } from './thread-source'

/** A ThreadSource over classes that are there already: for browsers and tests. */
export interface ThreadList extends ThreadSource {
  /** Adds a class under a name, or replaces the one that is there; where that is switched on, it is reloaded. */
  put(name: string, threadClass: unknown): void
}

/** How a list of threads begins. */
export interface ThreadListOptions {
  /** Names that are switched on from the start [all]. */
  readonly enabled?: readonly string[]
}

/**
 * Makes a source from classes by thread name. Their code gets the platform's own timers, since nothing is loaded
 * anew: threads use `this.setTimeout` and the like. Throws ERR_TRUSTP2P_THREAD_NAME_INVALID.
 */
export function createThreadList(
  classes: Readonly<Record<string, unknown>>,
  options: ThreadListOptions = {}
): ThreadList {
  const list = new ClassList()
  for (const [name, threadClass] of Object.entries(classes)) list.put(name, threadClass)
  list.switchOn(options.enabled ?? Object.keys(classes))
  return list
}

interface Item {
  readonly threadClass: unknown
  readonly revision: number
}

class ClassList implements ThreadList {
  readonly #items = new Map<string, Item>()
  readonly #enabled = new Set<string>()
  #listener: ThreadSourceListener | undefined
  #revision = 0

  put(name: string, threadClass: unknown): void {
    assertName(name)
    this.#items.set(name, { threadClass, revision: (this.#revision += 1) })
    if (this.#enabled.has(name)) this.#tell()
  }

  switchOn(names: readonly string[]): void {
    for (const name of names) {
      this.#assertThere(name)
      this.#enabled.add(name)
    }
  }

  open(listener: ThreadSourceListener): Promise<readonly ThreadEntry[]> {
    this.#listener = listener
    return Promise.resolve(this.#entries())
  }

  close(): Promise<void> {
    this.#listener = undefined
    return Promise.resolve()
  }

  async enable(name: string): Promise<boolean> {
    await Promise.resolve()
    this.#assertThere(name)
    if (this.#enabled.has(name)) return false
    this.#enabled.add(name)
    this.#tell()
    return true
  }

  async disable(name: string): Promise<boolean> {
    await Promise.resolve()
    const removed = this.#enabled.delete(name)
    if (removed) this.#tell()
    return removed
  }

  nameOf(text: string): string {
    return text
  }

  available(): Promise<readonly string[]> {
    return Promise.resolve([...this.#items.keys()].sort(compareNames))
  }

  #tell(): void {
    this.#listener?.onChange(this.#entries())
  }

  #entries(): readonly ThreadEntry[] {
    return [...this.#enabled].sort(compareNames).flatMap((name) => {
      const item = this.#items.get(name)
      return item === undefined ? [] : [createEntry(name, item)]
    })
  }

  #assertThere(name: string): void {
    assertName(name)
    if (this.#items.has(name)) return
    const text = `the list holds no thread '${name}'; it has ${[...this.#items.keys()].join(', ') || 'none'}`
    throw new P2pError('ERR_TRUSTP2P_THREAD_NOT_FOUND', text)
  }
}

function createEntry(name: string, { threadClass, revision }: Item): ThreadEntry {
  const loaded = { exports: { default: threadClass }, revision }
  return { name, path: name, revision, problem: undefined, load: () => Promise.resolve(loaded) }
}

function assertName(name: string): void {
  if (isThreadName(name)) return
  const text = `'${name}' is no thread name; use a letter, then letters, digits, @ . _ -`
  throw new P2pError('ERR_TRUSTP2P_THREAD_NAME_INVALID', text)
}
