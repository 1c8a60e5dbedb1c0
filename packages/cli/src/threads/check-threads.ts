import { ContractTable, createLog, createNodeKit } from 'trustp2p'
import type { Manifest, NodeConfig, P2pError, ThreadEntry } from 'trustp2p'
import { describeError, describeFacts } from '../report-error'
import type { ErrorReport } from '../report-error'

/** One thing that keeps a thread from running, or two from running together. */
export interface ThreadProblem extends ErrorReport {
  readonly thread: string
  /** Where the thread lies. */
  readonly file: string
  /** The key of the manifest, or of the configuration, where it is one. */
  readonly field?: string
}

/** What can be known of threads without running any of their code. */
export interface ThreadCheck {
  /** Names of all threads that are switched on. */
  readonly threads: readonly string[]
  readonly problems: readonly ThreadProblem[]
  /** What is worth knowing, and may be meant so. */
  readonly notes: readonly string[]
  /** Names of those that have no manifest file: a static manifest is known only when the module runs. */
  readonly unread: readonly string[]
}

interface Known {
  readonly entry: ThreadEntry
  readonly manifest: Manifest
}

/** A key of a manifest that names others. */
type Field = 'requires' | 'wants' | 'after'

const WAITS: readonly Field[] = ['requires', 'wants', 'after']

/** Checks links, manifest files, the contracts that they name, the settings that they have schemas for, and who waits for whom. */
export async function checkThreads(entries: readonly ThreadEntry[], config: NodeConfig): Promise<ThreadCheck> {
  const [problems, known, unread]: [ThreadProblem[], Known[], string[]] = [[], [], []]
  for (const entry of entries) {
    try {
      if (entry.problem !== undefined) throw entry.problem
      const manifest = await entry.readManifest?.()
      if (manifest === undefined) unread.push(entry.name)
      else known.push({ entry, manifest })
    } catch (error) {
      problems.push(problemOf(entry, error))
    }
  }
  const graph = new Graph(entries, known, unread)
  problems.push(...(await contractProblems(known)))
  problems.push(...known.flatMap((one) => settingProblems(one, config)), ...graph.problems())
  return { threads: entries.map(({ name }) => name), problems, notes: overlaps(known), unread }
}

function problemOf({ name, path }: ThreadEntry, error: unknown): ThreadProblem {
  const report = describeError(error)
  if (report === undefined) throw error
  return { thread: name, file: path, ...report }
}

/** Contracts that are none, and those that say something else than one of the same name. */
async function contractProblems(known: readonly Known[]): Promise<ThreadProblem[]> {
  const problems: ThreadProblem[] = []
  const table = new ContractTable(createNodeKit({ log: createLog({ level: 'silent' }) }).crypto)
  for (const { entry, manifest } of known) {
    try {
      table.set(entry.name, (await entry.readContracts?.(manifest)) ?? [])
    } catch (error) {
      problems.push({ ...problemOf(entry, error), field: 'contract' })
    }
  }
  return problems
}

function settingProblems({ entry, manifest }: Known, { threads }: NodeConfig): ThreadProblem[] {
  const settings = Object.hasOwn(threads, entry.name) ? threads[entry.name] : undefined
  try {
    manifest.config?.parse(settings?.config ?? {})
    return []
  } catch (error) {
    return issuesOf(error).map(({ path, message }) => {
      const field = ['threads', entry.name, 'config', ...path].join('.')
      const report = describeFacts({ code: 'ERR_TRUSTP2P_CONFIG_INVALID', message: `${field}: ${message}` })
      return { thread: entry.name, file: entry.path, field, ...report, remedy: 'mend the configuration' }
    })
  }
}

interface Issue {
  readonly path: readonly string[]
  readonly message: string
}

function issuesOf(error: unknown): readonly Issue[] {
  const issues: unknown = typeof error === 'object' && error !== null && 'issues' in error ? error.issues : undefined
  if (!Array.isArray(issues)) return [{ path: [], message: error instanceof Error ? error.message : String(error) }]
  return issues.map((issue: { readonly path: readonly PropertyKey[]; readonly message: string }) => ({
    path: issue.path.map(String),
    message: issue.message
  }))
}

/** Who waits for whom, as far as manifest files tell it. */
class Graph {
  readonly #entries: readonly ThreadEntry[]
  readonly #known: ReadonlyMap<string, Known>
  readonly #unread: readonly string[]

  constructor(entries: readonly ThreadEntry[], known: readonly Known[], unread: readonly string[]) {
    this.#entries = entries.filter(({ problem }) => problem === undefined)
    this.#known = new Map(known.map((one) => [one.entry.name, one]))
    this.#unread = unread
  }

  problems(): ThreadProblem[] {
    const known = [...this.#known.values()]
    return [...known.flatMap((one) => [...this.#missing(one), ...this.#rivals(one)]), ...this.#cycles()]
  }

  /** A thread whose manifest is not known may provide anything. */
  #missing({ entry, manifest }: Known): ThreadProblem[] {
    const missing = manifest.requires.filter((name) => this.#find(name) === undefined)
    if (missing.length === 0 || this.#unread.length > 0) return []
    const text = `the thread ${entry.name} requires ${missing.join(', ')}, which no thread is or provides`
    return [this.#problem(entry, 'requires', ['ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING', text])]
  }

  #rivals({ entry, manifest }: Known): ThreadProblem[] {
    return manifest.provides.flatMap((provided) => {
      const rivals = this.#entries.filter(({ name }) => name !== entry.name && this.#stands(name, provided))
      return rivals.map(({ name }) =>
        this.#problem(entry, 'provides', [
          'ERR_TRUSTP2P_THREAD_PROVIDED_TWICE',
          `the threads ${name} and ${entry.name} both provide '${provided}'`
        ])
      )
    })
  }

  /** Each circle once, by the member whose name comes first. */
  #cycles(): ThreadProblem[] {
    return [...this.#known.values()].flatMap(({ entry }) => {
      const path = this.#wayBack(entry.name)
      if (path === undefined || path.some((name) => name < entry.name)) return []
      const text = `threads wait for each other: ${path.join(' → ')}`
      return [this.#problem(entry, this.#fieldTo(path), ['ERR_TRUSTP2P_THREAD_CYCLE', text])]
    })
  }

  /** The shortest way from a thread back to itself, breadth first. */
  #wayBack(start: string): readonly string[] | undefined {
    const ways: (readonly string[])[] = [[start]]
    const seen = new Set<string>()
    for (const way of ways) {
      for (const next of this.#waitsFor(way.at(-1) ?? start)) {
        if (next === start) return [...way, start]
        if (seen.has(next)) continue
        seen.add(next)
        ways.push([...way, next])
      }
    }
    return undefined
  }

  #waitsFor(name: string): readonly string[] {
    const manifest = this.#known.get(name)?.manifest
    return WAITS.flatMap((field) => manifest?.[field] ?? []).flatMap((other) => this.#find(other) ?? [])
  }

  #fieldTo([from = '', to = '']: readonly string[]): string {
    const manifest = this.#known.get(from)?.manifest
    return WAITS.find((field) => manifest?.[field].some((name) => this.#find(name) === to)) ?? 'after'
  }

  /** The thread that a name stands for. */
  #find(name: string): string | undefined {
    const own = this.#entries.find((entry) => entry.name === name)
    return (own ?? this.#entries.find((entry) => this.#stands(entry.name, name)))?.name
  }

  #stands(thread: string, name: string): boolean {
    return thread === name || this.#known.get(thread)?.manifest.provides.includes(name) === true
  }

  #problem({ name, path }: ThreadEntry, field: string, [code, message]: [P2pError['code'], string]): ThreadProblem {
    return { thread: name, file: path, field, ...describeFacts({ code, message }) }
  }
}

/** Pairs of threads that may handle the same event: the first value answers, which may be meant so. */
function overlaps(known: readonly Known[]): string[] {
  const notes: string[] = []
  for (const [index, left] of known.entries()) {
    for (const right of known.slice(index + 1)) {
      const shared = sharedEvents(left.manifest, right.manifest)
      if (shared.length === 0) continue
      notes.push(`the threads ${left.entry.name} and ${right.entry.name} both handle ${shared.join(', ')}`)
    }
  }
  return notes
}

function sharedEvents({ handles: left }: Manifest, { handles: right }: Manifest): string[] {
  const events = new Set<string>()
  for (const [type, one] of left ?? []) {
    for (const [otherType, other] of right ?? []) {
      const shared = type === otherType ? sharedEvent(one, other) : undefined
      if (shared !== undefined) events.add(shared)
    }
  }
  return [...events].sort()
}

/** The narrower of two events, where one includes the other; `*` at the end stands for any rest. */
function sharedEvent(one: string, other: string): string | undefined {
  const [narrow, wide] = one.length >= other.length ? [one, other] : [other, one]
  if (narrow === wide) return narrow
  if (wide.endsWith('*')) return narrow.startsWith(wide.slice(0, -1)) ? narrow : undefined
  return narrow.endsWith('*') && wide.startsWith(narrow.slice(0, -1)) ? wide : undefined
}
