import { P2pError } from '../errors'
import { compareNames } from './names'
import { dependenciesOf, findCycle, sortByDependencies } from './order'
import type { Dependencies, DependencyGraph } from './order'
import { NO_MANIFEST } from './manifest'
import type { Manifest } from './manifest'
import type { ThreadUnit } from './thread-unit'

interface Waiter {
  readonly unit: ThreadUnit
  readonly resolve: () => void
  readonly reject: (error: P2pError) => void
}

/**
 * Lets threads start one behind the other as `after` and `requires` say, in name order among equals. Threads that do
 * not wait for each other start side by side.
 */
export class StartQueue {
  readonly #units: ReadonlyMap<string, ThreadUnit>
  readonly #waiters = new Map<ThreadUnit, Waiter>()
  #sequence = 0
  /** True until all threads of the first reading are loaded: only then their order is known. */
  #first = true

  constructor(units: ReadonlyMap<string, ThreadUnit>) {
    this.#units = units
  }

  /** Settles when the unit may start; rejects with its error where it may not, and with the signal's reason. */
  wait(unit: ThreadUnit, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      // In a turn of its own: the one that entered last may be decided on before its caller waits for it.
      const start = (): void => void Promise.resolve().then(() => resolve((this.#sequence += 1)))
      const waiter: Waiter = { unit, resolve: start, reject }
      this.#waiters.set(unit, waiter)
      signal.addEventListener('abort', () => {
        if (this.#waiters.get(unit) === waiter) this.#waiters.delete(unit)
        reject(signal.reason as P2pError)
      })
      unit.enter('queued')
    })
  }

  /** Looks anew at all that wait: called whenever something changed. */
  advance(): void {
    if (this.#first && [...this.#units.values()].some(isLoading)) return
    this.#first = false
    for (const waiter of [...this.#waiters.values()].sort((left, right) =>
      compareNames(left.unit.name, right.unit.name)
    )) {
      this.#decide(waiter)
    }
  }

  /** Threads that could not run because of others, and now could. */
  released(): readonly ThreadUnit[] {
    return [...this.#units.values()].filter((unit) => {
      if (unit.busy || unit.plan === undefined) return false
      return this.#refusal(unit) === undefined
    })
  }

  /** The thread that a name stands for: one that runs before one that does not, its own before one that provides it. */
  find(name: string): ThreadUnit | undefined {
    const own = this.#units.get(name)
    if (own?.current !== undefined) return own
    const units = [...this.#units.values()]
    const running = units.find(({ current }) => current?.manifest.provides.includes(name))
    if (running !== undefined || own?.entry !== undefined) return running ?? own
    return units.find((unit) => provides(unit, name)) ?? own
  }

  /**
   * The threads that run, or are about to, and require this one, by its name or by what it provides. One that leaves
   * itself and that this one cannot do without is no such: each would wait for the other.
   */
  dependantsOf(unit: ThreadUnit): readonly ThreadUnit[] {
    return [...this.#units.values()].filter((other) => {
      if (other === unit || !isDecided(other)) return false
      if (!manifestsOf(other).some((manifest) => this.#isRequired(unit, manifest))) return false
      return !other.leaving || !this.#needs(unit, other)
    })
  }

  /** The threads that run and require one of these names, which no thread stands for now. */
  bereftOf(names: readonly string[]): readonly ThreadUnit[] {
    const lost = names.filter((name) => this.find(name)?.serves !== true)
    return [...this.#units.values()].filter(
      ({ current }) => current?.manifest.requires.some((name) => lost.includes(name)) === true
    )
  }

  /** True where the version of a thread that serves requires the other one; false where only its next one does. */
  requires({ current }: ThreadUnit, other: ThreadUnit): boolean {
    return current !== undefined && this.#isRequired(other, current.manifest)
  }

  /** What a thread waits for, by the threads' own names. */
  dependencies({ after, requires, wants }: Dependencies): Dependencies {
    const own = (name: string): string => this.find(name)?.name ?? name
    return { after: after.map(own), requires: requires.map(own), wants: wants.map(own) }
  }

  /** The running threads in the order of their starts, which a changed `after` may have altered since. */
  startOrder(): readonly ThreadUnit[] {
    const running = [...this.#units.values()].flatMap((unit) => (unit.current === undefined ? [] : unit.current))
    const graph = new Map(running.map(({ name, manifest }) => [name, this.dependencies(manifest)]))
    const sequences = new Map(running.map(({ name, sequence }) => [name, sequence]))
    const order = sortByDependencies(graph, (left, right) => (sequences.get(left) ?? 0) - (sequences.get(right) ?? 0))
    return order.flatMap((name) => this.#units.get(name) ?? [])
  }

  #isRequired(unit: ThreadUnit, { requires }: Manifest): boolean {
    return requires.some((name) => this.find(name) === unit)
  }

  /** True where a thread requires the other, be it through those that it requires. */
  #needs(unit: ThreadUnit, other: ThreadUnit): boolean {
    const seen = new Set([unit])
    for (const each of seen) {
      for (const name of manifestsOf(each).flatMap(({ requires }) => requires)) {
        const found = this.find(name)
        if (found !== undefined) seen.add(found)
      }
    }
    return seen.has(other)
  }

  #decide({ unit, resolve, reject }: Waiter): void {
    const cycle = this.#cycle(unit)
    if (cycle === undefined && this.#isBlocked(unit)) return
    this.#waiters.delete(unit)
    const refusal = cycle ?? this.#refusal(unit)
    if (refusal !== undefined) return reject(refusal)
    unit.begin()
    resolve()
  }

  #isBlocked({ plan }: ThreadUnit): boolean {
    return dependenciesOf(plan ?? NO_MANIFEST).some((name) => {
      const other = this.find(name)
      return other !== undefined && other.busy && other.current === undefined && other.entry !== undefined
    })
  }

  /** Why a thread may not start now. */
  #refusal(unit: ThreadUnit): P2pError | undefined {
    return this.#cycle(unit) ?? this.#rival(unit) ?? this.#requirement(unit)
  }

  #cycle(unit: ThreadUnit): P2pError | undefined {
    const path = findCycle(unit.name, this.#graph(unit))?.join(' → ')
    if (path === undefined) return undefined
    const text = `threads wait for each other: ${path}; break the circle in 'after', 'wants' and 'requires'`
    return new P2pError('ERR_TRUSTP2P_THREAD_CYCLE', text, { details: { path } })
  }

  #rival({ name, plan }: ThreadUnit): P2pError | undefined {
    for (const provided of plan === undefined ? [] : [name, ...plan.provides]) {
      const rival = [...this.#units.values()].find((other) => other.name !== name && stands(other, provided))
      if (rival === undefined) continue
      const text = `the threads ${rival.name} and ${name} both provide '${provided}'; disable one of them`
      return new P2pError('ERR_TRUSTP2P_THREAD_PROVIDED_TWICE', text, { details: { provided, rival: rival.name } })
    }
    return undefined
  }

  #requirement(unit: ThreadUnit): P2pError | undefined {
    const missing = (unit.plan?.requires ?? []).filter((name) => this.find(name)?.serves !== true)
    return missing.length === 0 ? undefined : requirementMissing(unit.name, missing)
  }

  /** Who waits for whom if this unit's newest version ran: the others as they run or are about to, else as they would. */
  #graph(unit: ThreadUnit): DependencyGraph {
    const graph = new Map<string, Dependencies>()
    for (const [name, other] of this.#units) {
      const plans = other === unit ? listOf(other.plan) : manifestsOf(other)
      if (plans.length > 0) graph.set(name, this.dependencies(joined(plans)))
    }
    return graph
  }
}

/** Says that a thread has to wait for others. */
export function requirementMissing(name: string, missing: readonly string[]): P2pError {
  const text = `the thread ${name} requires ${missing.join(', ')}, which does not run; it starts when that does`
  return new P2pError('ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING', text, { details: { missing } })
}

/** What a thread says: the version that serves, and beside it one that was let start. */
function manifestsOf({ current, plan, phase }: ThreadUnit): readonly Manifest[] {
  if (current === undefined) return listOf(plan)
  return phase === 'starting' ? [current.manifest, ...listOf(plan)] : [current.manifest]
}

function listOf(plan: Manifest | undefined): readonly Manifest[] {
  return plan === undefined ? [] : [plan]
}

function joined(plans: readonly Manifest[]): Dependencies {
  return {
    after: plans.flatMap(({ after }) => after),
    requires: plans.flatMap(({ requires }) => requires),
    wants: plans.flatMap(({ wants }) => wants)
  }
}

/** True for a thread that runs, or was let start. */
function isDecided({ current, phase }: ThreadUnit): boolean {
  return current !== undefined || phase === 'starting'
}

function provides(unit: ThreadUnit, name: string): boolean {
  return manifestsOf(unit).some((manifest) => manifest.provides.includes(name))
}

/** True for a thread that runs, or is about to, and has the name or provides it. */
function stands(unit: ThreadUnit, name: string): boolean {
  return isDecided(unit) && (unit.name === name || provides(unit, name))
}

function isLoading(unit: ThreadUnit): boolean {
  return unit.busy && unit.current === undefined && (unit.phase === 'idle' || unit.phase === 'loading')
}
