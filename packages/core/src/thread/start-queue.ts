import { P2pError } from '../errors'
import { compareNames } from './names'
import { dependenciesOf, findCycle } from './order'
import type { Dependencies, DependencyGraph } from './order'
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
      return this.#cycle(unit) === undefined && this.#missing(unit.plan).length === 0
    })
  }

  #decide({ unit, resolve, reject }: Waiter): void {
    const error = this.#cycle(unit)
    if (error === undefined && this.#isBlocked(unit)) return
    this.#waiters.delete(unit)
    const refusal = error ?? this.#requirement(unit)
    if (refusal !== undefined) return reject(refusal)
    unit.phase = 'starting'
    resolve()
  }

  #isBlocked({ plan }: ThreadUnit): boolean {
    return dependenciesOf(plan ?? { after: [], requires: [] }).some((name) => {
      const other = this.#units.get(name)
      return other !== undefined && other.busy && other.current === undefined && other.entry !== undefined
    })
  }

  #cycle(unit: ThreadUnit): P2pError | undefined {
    const path = findCycle(unit.name, this.#graph(unit))?.join(' → ')
    if (path === undefined) return undefined
    const text = `threads wait for each other: ${path}; break the circle in 'after' and 'requires'`
    return new P2pError('ERR_TRUSTP2P_THREAD_CYCLE', text, { details: { path } })
  }

  #requirement({ name, plan }: ThreadUnit): P2pError | undefined {
    const missing = this.#missing(plan)
    if (missing.length === 0) return undefined
    const text = `the thread ${name} requires ${missing.join(', ')}, which does not run; it starts when that does`
    return new P2pError('ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING', text, { details: { missing } })
  }

  #missing(plan: Dependencies | undefined): readonly string[] {
    return (plan?.requires ?? []).filter((name) => this.#units.get(name)?.current === undefined)
  }

  /** Who waits for whom if this unit's newest version ran: the others as they run, else as they would. */
  #graph(unit: ThreadUnit): DependencyGraph {
    const graph = new Map<string, Dependencies>()
    for (const [name, other] of this.#units) {
      const plan = other === unit ? other.plan : (other.current?.manifest ?? other.plan)
      if (plan !== undefined) graph.set(name, plan)
    }
    return graph
  }
}

function isLoading(unit: ThreadUnit): boolean {
  return unit.busy && unit.current === undefined && (unit.phase === 'idle' || unit.phase === 'loading')
}
