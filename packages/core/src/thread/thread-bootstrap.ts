import { P2pError, errorText } from '../errors'
import type { CodeOwner, Kit } from '../kit'
import type { ThreadConfig } from '../config/config'
import type { ContractTable } from '../contract/contract-table'
import type { CP2pMessage, Router } from '../deliver/message'
import type { P2pSocket } from '../driver/socket'
import type { Store } from '../store'
import { Blame } from './blame'
import type { ThreadLimits } from './thread-limits'
import { withDeadline } from '../deadline'
import type { Generation, HookName } from './generation'
import type { Judge } from './intake'
import { compareNames } from './names'
import type { ThreadNode } from './node-facade'
import type { QuotaCounters } from './quotas'
import { RouteTable } from './routes'
import type { ThreadDirectory, ThreadHandle } from './thread'
import type { ThreadEvents, ThreadInfo } from './thread-events'
import { infoOfEntry } from './thread-info'
import type { ThreadEntry, ThreadSource } from './thread-source'
import { ThreadSupervisor } from './thread-supervisor'
import type { ThreadUnit } from './thread-unit'

/** What threads are run with. */
export interface ThreadBootstrapOptions {
  readonly source: ThreadSource
  readonly kit: Kit
  /** The node as its threads see it. */
  readonly node: ThreadNode
  /** The settings of one thread, every key present; asked for at each load. */
  readonly settings: (name: string) => ThreadConfig
  readonly events: ThreadEvents
  /** The contracts of the node, to which threads add theirs [none]. */
  readonly contracts?: ContractTable
  /** Where threads keep what lasts [in memory]. */
  readonly store?: Store
  /** What threads may do, read whenever it counts [bodies 64 levels deep, a store without a limit]. */
  readonly limits?: ThreadLimits
  /** Says whether a message can be read that waited while contracts may have changed [always]. */
  readonly judge?: Judge
}

/** Loads, starts, routes to, replaces and stops the threads that a source names. */
export class ThreadBootstrap implements Router, ThreadDirectory {
  readonly #options: ThreadBootstrapOptions
  readonly #supervisor: ThreadSupervisor
  readonly #blame: Blame
  #routes = new RouteTable([])
  /** Entries that lost their name to another one. */
  #duplicates: readonly ThreadEntry[] = []
  #told = false
  #unfollow: (() => void) | undefined
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  constructor(options: ThreadBootstrapOptions) {
    this.#options = options
    this.#supervisor = new ThreadSupervisor({ ...options, home: this, onRoutes: (routes) => (this.#routes = routes) })
    this.#blame = new Blame({ home: this, units: this.#supervisor.units, log: options.kit.log })
  }

  /**
   * Opens the source, loads all threads at once and starts them in order. Threads that fail are reported, and the
   * rest runs. Rejects with the error of a source that cannot be read, and with ERR_TRUSTP2P_NODE_CLOSED when `stop`
   * is called meanwhile.
   */
  start(): Promise<void> {
    return (this.#starting ??= this.#start())
  }

  /**
   * Routes no message any more, lets running handlers finish for at most `drainTimeoutMs` [each thread's own
   * setting], then stops the threads in the exact reverse of their start order. Never rejects.
   */
  stop(options: { readonly drainTimeoutMs?: number } = {}): Promise<void> {
    return (this.#stopping ??= this.#stop(options.drainTimeoutMs ?? Infinity))
  }

  /** Messages that no thread was handed since they came over a quota. */
  get counters(): Readonly<QuotaCounters> {
    return this.#supervisor.quotas.counters
  }

  /**
   * Hands a message to all handlers of its type and event, and sees to its answer where one is expected. Gives false
   * where no thread handles it; nothing was done then. What is over a quota is refused unread.
   */
  route(message: CP2pMessage): boolean {
    return this.#routes.route(message)
  }

  /** A peer connected. */
  socketConnected(socket: P2pSocket): void {
    this.#hook('onSocketConnection', [socket])
  }

  /** A connection that we dialled is open. */
  socketOpened(socket: P2pSocket): void {
    this.#hook('onSocketOpen', [socket])
  }

  /** A socket that was open is gone. */
  socketClosed(socket: P2pSocket): void {
    this.#hook('onSocketClose', [socket])
  }

  /** Something failed on a socket. */
  socketFailed(error: Error, socket: P2pSocket): void {
    this.#hook('onSocketError', [error, socket])
  }

  /** A snapshot of all threads, in name order. */
  list(): readonly ThreadInfo[] {
    const infos = [
      ...this.#supervisor.sorted.map((unit) => this.#supervisor.infoOf(unit)),
      ...this.#duplicates.map(infoOfEntry)
    ]
    return infos.sort((left, right) => compareNames(left.name, right.name))
  }

  /**
   * Gives a handle to the public methods of a thread, or of the one that provides the name, whether it runs or not. A
   * call rejects with ERR_TRUSTP2P_THREAD_NOT_FOUND while none runs, and with a TypeError where it has no such method.
   */
  get(name: string): ThreadHandle {
    return this.#supervisor.handle(name, false)
  }

  /**
   * Switches a thread on and settles when it runs; at once where it does so already. Rejects with the error of the
   * source (ERR_TRUSTP2P_THREAD_NOT_FOUND…), or with that of the thread where it does not load or start.
   */
  async enable(name: string): Promise<void> {
    this.#assertOpen()
    await this.#options.source.enable(name)
    const unit = this.#supervisor.units.get(this.#options.source.nameOf(name))
    await unit?.settled()
    if (unit?.current === undefined) throw unit?.error ?? this.#changedMeanwhile(name)
  }

  /** Switches a thread off and settles when nothing of it is left; at once where it is not on. */
  async disable(name: string): Promise<void> {
    this.#assertOpen()
    await this.#options.source.disable(name)
    const unit = this.#supervisor.units.get(this.#options.source.nameOf(name))
    await unit?.settled()
    await unit?.retired()
  }

  /**
   * Loads a thread anew, changed or not, and settles when the new version runs. Rejects with the error of the new
   * version; the old one then runs on.
   */
  async reload(name: string): Promise<void> {
    this.#assertOpen()
    const unit = this.#enabled(name)
    unit.again()
    await unit.settled()
    if (unit.error !== undefined || unit.current === undefined) throw unit.error ?? this.#changedMeanwhile(name)
  }

  /**
   * Forgets the failures of a thread, and starts it at once where it waits for the next try or was given up. Settles
   * when it runs. Rejects with ERR_TRUSTP2P_THREAD_NOT_FOUND, or with the thread's error where it does not run.
   */
  async reset(name: string): Promise<void> {
    this.#assertOpen()
    const unit = this.#enabled(name)
    unit.reset()
    await unit.settled()
    if (unit.current === undefined) throw unit.error ?? this.#changedMeanwhile(name)
  }

  /**
   * Takes the present settings of a thread into the running version where it has `reconfigure()`; else reloads that
   * thread alone. Rejects with ERR_TRUSTP2P_THREAD_NOT_FOUND, with ERR_TRUSTP2P_CONFIG_INVALID, with what
   * `reconfigure` throws, with ERR_TRUSTP2P_THREAD_START_TIMEOUT where it takes longer than `startTimeoutMs`, or as
   * `reload`.
   */
  async reconfigure(name: string): Promise<void> {
    this.#assertOpen()
    const unit = this.#enabled(name)
    // A version that is on its way has the settings of before.
    await unit.settled()
    const { current } = unit
    if (current === undefined || !(await this.#reconfigure(current))) await this.reload(name)
  }

  #reconfigure(current: Generation): Promise<boolean> {
    const settings = this.#options.settings(current.name)
    const { startTimeoutMs: ms } = settings
    const expired = (): P2pError => {
      const text = `${current.path}: reconfigure() did not end within startTimeoutMs, ${ms} ms; wait for less there`
      return new P2pError('ERR_TRUSTP2P_THREAD_START_TIMEOUT', text)
    }
    return withDeadline(current.reconfigure(settings), { clock: this.#options.kit.clock, ms, expired })
  }

  /** Whose code a stack trace may be of, given its files, the innermost first: the likeliest owner first. */
  ownersOf(files: readonly string[]): readonly CodeOwner[] {
    return this.#blame.ownersOf(files)
  }

  /**
   * Takes a failure in code of one version that nobody waits for, a promise without a catch or a timer of Node's own,
   * which `what` left running: the thread is ended, and started again as its policy says. One that is replaced or stops
   * goes on to its end, and so does one that peers made fail: that is counted and logged. Gives false for code of
   * another node.
   */
  accuse(cause: unknown, owner: CodeOwner, what: string | undefined): boolean {
    return this.#blame.accuse(cause, owner, what)
  }

  #enabled(name: string): ThreadUnit {
    const unit = this.#supervisor.units.get(name)
    if (unit?.entry !== undefined) return unit
    throw new P2pError('ERR_TRUSTP2P_THREAD_NOT_FOUND', `no thread '${name}' is enabled; enable it first`)
  }

  async #start(): Promise<void> {
    const { source } = this.#options
    this.#assertOpen()
    const entries = await source.open({
      onChange: (changed) => this.#reconcile(changed),
      onWarning: (error) => this.#supervisor.reports.warn(error)
    })
    if (!this.#told) this.#reconcile(entries)
    while (this.#supervisor.sorted.some((unit) => unit.busy))
      await Promise.all(this.#supervisor.sorted.map((unit) => unit.settled()))
    this.#supervisor.begin()
    this.#assertOpen()
  }

  async #stop(drainTimeoutMs: number): Promise<void> {
    this.#supervisor.end()
    const units = this.#supervisor.sorted
    await Promise.all(units.map((unit) => unit.close()))
    for (const unit of units) unit.beginEnd()
    if (this.#starting !== undefined) await this.#closeSource(this.#starting)
    await Promise.all(units.flatMap(liveGenerations).map((live) => drainWithin(live, drainTimeoutMs)))
    for (const unit of this.#supervisor.queue.startOrder().toReversed()) await this.#end(unit)
    await Promise.all(units.map((unit) => unit.retired()))
    this.#supervisor.units.clear()
    this.#duplicates = []
    this.#unfollow?.()
  }

  /** It costs every promise of the process something, so that a node without threads does not ask for it. */
  #follow(): void {
    this.#unfollow ??= this.#options.kit.context.open((place, blockedMs) =>
      this.#supervisor.reports.blocked(place, blockedMs)
    )
  }

  async #closeSource(starting: Promise<void>): Promise<void> {
    try {
      await starting.catch(() => undefined)
      await this.#options.source.close()
    } catch (error) {
      const text = `the source of the threads did not close: ${errorText(error)}`
      this.#supervisor.reports.warn(new P2pError('ERR_TRUSTP2P_THREAD_STOP_FAILED', text, { cause: error }))
    }
  }

  async #end(unit: ThreadUnit): Promise<void> {
    const info = this.#supervisor.infoOf(unit)
    await unit.end()
    this.#supervisor.reports.tell('thread:stopped', { ...info, state: 'stopped' })
  }

  /** Makes the units follow the entries of the source. */
  #reconcile(entries: readonly ThreadEntry[]): void {
    if (this.#stopping !== undefined) return
    this.#told = true
    const wanted = new Map<string, ThreadEntry>()
    const duplicates: ThreadEntry[] = []
    for (const entry of entries) {
      if (wanted.has(entry.name)) duplicates.push(entry)
      else wanted.set(entry.name, entry)
    }
    this.#reportDuplicates(duplicates)
    if (wanted.size > 0) this.#follow()
    for (const unit of this.#supervisor.sorted) if (!wanted.has(unit.name)) unit.update(undefined)
    for (const entry of wanted.values()) this.#supervisor.unit(entry.name).update(entry)
  }

  #reportDuplicates(duplicates: readonly ThreadEntry[]): void {
    const known = this.#duplicates
    this.#duplicates = duplicates
    for (const entry of duplicates) {
      if (!known.some(({ path, revision }) => path === entry.path && revision === entry.revision)) {
        this.#supervisor.reports.tell('thread:failed', infoOfEntry(entry))
      }
    }
  }

  #hook(name: HookName, values: readonly unknown[]): void {
    for (const unit of this.#supervisor.sorted) {
      unit.current?.hook(name, values)
      unit.starting?.hook(name, values)
    }
  }

  #changedMeanwhile(name: string): P2pError {
    return new P2pError('ERR_TRUSTP2P_THREAD_STOPPED', `the thread ${name} was switched off meanwhile`)
  }

  #assertOpen(): void {
    if (this.#stopping !== undefined) throw new P2pError('ERR_TRUSTP2P_NODE_CLOSED', 'the node is closed, or closes')
  }
}

function liveGenerations(unit: ThreadUnit): readonly Generation[] {
  return unit.current === undefined ? unit.retiring : [unit.current, ...unit.retiring]
}

function drainWithin(generation: Generation, drainTimeoutMs: number): Promise<void> {
  return generation.drain(Math.min(generation.settings.drainTimeoutMs, drainTimeoutMs))
}
