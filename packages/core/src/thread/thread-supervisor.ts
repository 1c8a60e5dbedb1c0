import type { ThreadConfig } from '../config/config'
import { P2pError } from '../errors'
import { MemoryStore } from '../store'
import type { Generation, Surroundings } from './generation'
import type { ThreadState } from './lifecycle'
import type { Judge } from './intake'
import { compareNames } from './names'
import { Quotas } from './quotas'
import { RouteTable } from './routes'
import { requirementMissing, StartQueue } from './start-queue'
import { StoreSpaces } from './store-spaces'
import type { ThreadHandle } from './thread'
import type { ThreadBootstrapOptions } from './thread-bootstrap'
import { contractOwner } from './thread-contract'
import type { ThreadInfo } from './thread-events'
import { createThreadHandle } from './thread-handle'
import { infoOf } from './thread-info'
import { ThreadReports } from './thread-reports'
import { THREAD_LIMITS } from './thread-limits'
import { ThreadUnit } from './thread-unit'
import type { UnitOwner } from './unit-owner'

export interface ThreadSupervisorOptions extends Omit<ThreadBootstrapOptions, 'source'> {
  /** What the owners of the threads' code have as their home. */
  readonly home: object
  /** Messages go these ways from now on. */
  readonly onRoutes: (routes: RouteTable) => void
}

/** The threads of a node by name, and what follows for the others and for the node when one comes, goes or fails. */
export class ThreadSupervisor implements UnitOwner {
  readonly units = new Map<string, ThreadUnit>()
  readonly queue = new StartQueue(this.units)
  readonly quotas: Quotas
  readonly reports: ThreadReports
  readonly surroundings: Surroundings
  readonly judge: Judge
  readonly #options: ThreadSupervisorOptions
  readonly #spaces: StoreSpaces
  #serves = false
  #ended = false

  constructor(options: ThreadSupervisorOptions) {
    const { kit, events, store = new MemoryStore(), limits = THREAD_LIMITS } = options
    this.#options = options
    this.#spaces = new StoreSpaces(store, limits)
    this.judge = options.judge ?? (() => undefined)
    this.quotas = new Quotas(kit)
    this.reports = new ThreadReports(kit.log, events)
    this.surroundings = this.#surroundings()
  }

  /** In name order. */
  get sorted(): readonly ThreadUnit[] {
    return [...this.units.values()].sort((left, right) => compareNames(left.name, right.name))
  }

  /** The thread of that name, made where there is none. */
  unit(name: string): ThreadUnit {
    const unit = this.units.get(name) ?? new ThreadUnit(name, this)
    this.units.set(name, unit)
    return unit
  }

  /** A handle to the thread that the name stands for; `needed` where its holder wants or requires it. */
  handle(name: string, needed: boolean): ThreadHandle {
    return createThreadHandle({ name, needed, current: () => this.queue.find(name)?.callee() })
  }

  infoOf(unit: ThreadUnit): ThreadInfo {
    return infoOf(unit, this.#options.kit.clock.now(), this.quotas.exceededOf(unit.name))
  }

  /** All threads of the beginning have settled. */
  begin(): void {
    this.#serves = true
  }

  /** The node closes: no message reaches a thread any more, and nothing follows when one ends. */
  end(): void {
    this.#ended = true
    this.#options.onRoutes(new RouteTable([]))
  }

  settings(name: string): ThreadConfig {
    return this.#options.settings(name)
  }

  serves(): boolean {
    return this.#serves
  }

  turn(unit: ThreadUnit, signal: AbortSignal): Promise<number> {
    return this.queue.wait(unit, signal)
  }

  /** `ended` is the version that served, where none does any more: what it provided may be another's by name. */
  async suspendDependants(unit: ThreadUnit, ended?: Generation): Promise<void> {
    const lost = ended === undefined ? [] : [unit.name, ...ended.manifest.provides]
    const bereft = new Set(this.queue.bereftOf(lost))
    const gone = (name: string): P2pError => requirementMissing(name, [unit.name])
    const letGo = (dependant: ThreadUnit): Promise<void> =>
      bereft.has(dependant) || dependant.current === undefined || this.queue.requires(dependant, unit)
        ? dependant.suspend(gone(dependant.name))
        : dependant.abandon()
    await Promise.all([...new Set([...this.queue.dependantsOf(unit), ...bereft])].map(letGo))
  }

  /** A new version may no longer provide what others require. */
  #suspendBereft({ manifest: { provides } }: Generation): void {
    for (const bereft of this.queue.bereftOf(provides)) void bereft.suspend(requirementMissing(bereft.name, provides))
  }

  onIntake(): void {
    this.#route()
  }

  onSwitch(unit: ThreadUnit, previous: Generation | undefined): void {
    if (this.#ended) return
    this.#route()
    this.#setContracts(unit)
    if (unit.current === undefined) void this.suspendDependants(unit, previous)
    else this.reports.tell(previous === undefined ? 'thread:started' : 'thread:reloaded', this.infoOf(unit))
    if (unit.current !== undefined && previous !== undefined) this.#suspendBereft(previous)
  }

  onFailure(unit: ThreadUnit): void {
    this.reports.tell('thread:failed', this.infoOf(unit))
  }

  onQuarantine(unit: ThreadUnit, isCritical: boolean): void {
    this.onFailure(unit)
    if (isCritical && unit.error !== undefined) this.#options.events.critical(unit.error)
  }

  onEnd(unit: ThreadUnit, { path, revision }: Generation): void {
    if (unit.current !== undefined || this.#ended) return
    const isSuspended = unit.entry !== undefined && unit.plan !== undefined
    if (unit.entry !== undefined && !isSuspended) return
    this.reports.tell('thread:stopped', { ...this.infoOf(unit), path, revision, error: undefined })
    this.#forgetGone(unit)
  }

  onPhase(): void {
    this.queue.advance()
    for (const unit of this.units.values()) this.#forgetGone(unit)
    for (const unit of this.queue.released()) unit.again()
  }

  onMove({ name }: ThreadUnit, from: ThreadState, to: ThreadState): void {
    this.#options.events.moved({ name, from, to })
  }

  #surroundings(): Surroundings {
    const { kit, node, home, events, limits = THREAD_LIMITS, contracts } = this.#options
    return {
      kit,
      node,
      home,
      directoryFor: ({ wants, requires }) => {
        const needed = new Set([...wants, ...requires])
        return { get: (name) => this.handle(name, needed.has(name)) }
      },
      onNodeEvent: (event, listener) => events.on(event, listener),
      warning: (error) => events.warning(error),
      onCrash: (generation, error) => this.units.get(generation.name)?.crashed(generation, error),
      limits,
      storeOf: (thread) => this.#spaces.of(thread),
      contracts
    }
  }

  /** Makes the routes anew, and switches them in one step. */
  #route(): void {
    if (this.#ended) return
    const running = [...this.units.values()].filter(isRunning)
    this.quotas.retain((name) => this.units.has(name))
    const destinations = running.map(({ current, intake }) => ({ generation: current, receiver: intake ?? current }))
    this.#options.onRoutes(new RouteTable(destinations, this.quotas))
  }

  /** Those of the version that serves, in the step in which its routes are. */
  #setContracts({ name, current }: ThreadUnit): void {
    try {
      this.#options.contracts?.set(contractOwner(name), current?.contracts ?? [])
    } catch (error) {
      if (!(error instanceof P2pError)) throw error
      this.reports.warn(error)
    }
  }

  #forgetGone(unit: ThreadUnit): void {
    if (unit.gone && this.units.get(unit.name) === unit) this.units.delete(unit.name)
  }
}

function isRunning(unit: ThreadUnit): unit is ThreadUnit & { current: Generation } {
  return unit.current !== undefined
}
