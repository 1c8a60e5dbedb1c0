import { P2pError, errorText } from '../errors'
import type { CodeOwner, Kit, Place } from '../kit'
import type { ThreadConfig } from '../config/config'
import type { ContractTable } from '../contract/contract-table'
import { messageControl } from '../deliver/message'
import type { CP2pMessage, Router } from '../deliver/message'
import type { P2pSocket } from '../driver/socket'
import { DEFAULT_BODY_DEPTH } from '../wire/protocol'
import type { Generation, HookName, Surroundings } from './generation'
import type { ThreadNode } from './node-facade'
import { firstLine } from './failure'
import { isCausedOutside } from './floating'
import { compareNames } from './names'
import { sortByDependencies } from './order'
import { ALONE, SharedOutcome } from './outcome'
import type { Outcome } from './outcome'
import { Quotas } from './quotas'
import type { QuotaCounters } from './quotas'
import { RouteTable } from './routes'
import type { Route } from './routes'
import { requirementMissing, StartQueue } from './start-queue'
import type { ThreadDirectory, ThreadHandle } from './thread'
import type { ThreadEvent, ThreadEvents, ThreadInfo } from './thread-events'
import { contractOwner } from './thread-contract'
import { createThreadHandle } from './thread-handle'
import { infoOf, infoOfEntry } from './thread-info'
import type { ThreadEntry, ThreadSource } from './thread-source'
import { ThreadUnit } from './thread-unit'
import type { UnitOwner } from './unit-owner'

/** What threads are run with. */
export interface ThreadBootstrapOptions {
  readonly source: ThreadSource
  readonly kit: Kit
  /** The node as its threads see it. */
  readonly node: ThreadNode
  /** The settings of one thread, every key present; asked for at each load. */
  readonly settings: (name: string) => ThreadConfig
  readonly events: ThreadEvents
  /** Deepest nesting of a JSON body [64]. */
  readonly bodyDepth?: number
  /** The contracts of the node, to which threads add theirs [none]. */
  readonly contracts?: ContractTable
}

const NO_ROUTES = new RouteTable([])

/** Loads, starts, routes to, replaces and stops the threads that a source names. */
export class ThreadBootstrap implements Router, ThreadDirectory {
  readonly #options: ThreadBootstrapOptions
  readonly #units = new Map<string, ThreadUnit>()
  readonly #queue = new StartQueue(this.#units)
  readonly #owner: UnitOwner
  readonly #quotas: Quotas
  #routes = NO_ROUTES
  /** Entries that lost their name to another one. */
  #duplicates: readonly ThreadEntry[] = []
  #told = false
  #unfollow: (() => void) | undefined
  #serves = false
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  constructor(options: ThreadBootstrapOptions) {
    this.#options = options
    this.#quotas = new Quotas(options.kit)
    this.#owner = this.#createOwner()
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
    return this.#quotas.counters
  }

  /**
   * Hands a message to all handlers of its type and event, and sees to its answer where one is expected. Gives false
   * where no thread handles it; nothing was done then. What is over a quota is refused unread.
   */
  route(message: CP2pMessage): boolean {
    const routes = this.#routes.find(message.type, message.event)
    const first = routes?.[0]
    if (routes === undefined || first === undefined) return false
    if (routes.length > 1) routeToAll(routes, message)
    else handOver(first, message, ALONE)
    return true
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
    const infos = [...this.#sorted().map((unit) => this.#infoOf(unit)), ...this.#duplicates.map(infoOfEntry)]
    return infos.sort((left, right) => compareNames(left.name, right.name))
  }

  /**
   * Gives a handle to the public methods of a thread, or of the one that provides the name, whether it runs or not. A
   * call rejects with ERR_TRUSTP2P_THREAD_NOT_FOUND while none runs, and with a TypeError where it has no such method.
   */
  get(name: string): ThreadHandle {
    return this.#handle(name, false)
  }

  /**
   * Switches a thread on and settles when it runs; at once where it does so already. Rejects with the error of the
   * source (ERR_TRUSTP2P_THREAD_NOT_FOUND…), or with that of the thread where it does not load or start.
   */
  async enable(name: string): Promise<void> {
    this.#assertOpen()
    await this.#options.source.enable(name)
    const unit = this.#units.get(this.#options.source.nameOf(name))
    await unit?.settled()
    if (unit?.current === undefined) throw unit?.error ?? this.#changedMeanwhile(name)
  }

  /** Switches a thread off and settles when nothing of it is left; at once where it is not on. */
  async disable(name: string): Promise<void> {
    this.#assertOpen()
    await this.#options.source.disable(name)
    const unit = this.#units.get(this.#options.source.nameOf(name))
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
   * `reconfigure` throws, or as `reload`.
   */
  async reconfigure(name: string): Promise<void> {
    this.#assertOpen()
    const { current } = this.#enabled(name)
    if ((await current?.reconfigure(this.#options.settings(name))) !== true) await this.reload(name)
  }

  /**
   * Takes a failure in code of a thread that nobody waits for, a promise without a catch or a timer of Node's own: the
   * thread is ended, and started again as its policy says. Gives false where no thread of that name runs or starts.
   */
  blame(cause: unknown, name: string | undefined): boolean {
    const unit = this.#units.get(name ?? '')
    const generation = unit?.starting ?? unit?.current
    if (unit === undefined || generation === undefined) return false
    unit.crashed(generation, crashError(generation, cause))
    return true
  }

  /** Whose code a stack trace may be of, given its files, the innermost first: the likeliest owner first. */
  ownersOf(files: readonly string[]): readonly CodeOwner[] {
    const live = [...this.#units.values()].flatMap((unit) => unit.live)
    let found: readonly Generation[] = []
    for (const file of files) {
      const matching = (found.length === 0 ? live : found).filter((generation) => generation.includes(file))
      if (matching.length > 0) found = matching
    }
    return found.map(({ owner }) => owner)
  }

  /**
   * The same as `blame` for one version of a thread, and a failure of what `what` left running. One that is replaced or
   * stops goes on to its end, and so does one that peers made fail: that is counted and logged. Gives false for code of
   * another node.
   */
  accuse(cause: unknown, owner: CodeOwner, what: string | undefined): boolean {
    if (owner.home !== this) return false
    const unit = this.#units.get(owner.thread)
    const generation = unit?.live.find((live) => live.owner === owner)
    const { log } = this.#options.kit
    if (unit === undefined || generation === undefined) {
      log.error({ err: cause, thread: owner.thread, where: what }, 'a thread that has ended left code that failed')
      return true
    }
    generation.floated(what ?? 'unknown', cause)
    if (!isCausedOutside(cause)) unit.crashed(generation, crashError(generation, cause, what))
    return true
  }

  #handle(name: string, needed: boolean): ThreadHandle {
    return createThreadHandle({ name, needed, current: () => this.#queue.find(name)?.callee() })
  }

  #enabled(name: string): ThreadUnit {
    const unit = this.#units.get(name)
    if (unit?.entry !== undefined) return unit
    throw new P2pError('ERR_TRUSTP2P_THREAD_NOT_FOUND', `no thread '${name}' is enabled; enable it first`)
  }

  async #start(): Promise<void> {
    const { source } = this.#options
    this.#assertOpen()
    const entries = await source.open({
      onChange: (changed) => this.#reconcile(changed),
      onWarning: (error) => this.#warn(error)
    })
    if (!this.#told) this.#reconcile(entries)
    while (this.#sorted().some((unit) => unit.busy)) await Promise.all(this.#sorted().map((unit) => unit.settled()))
    this.#serves = true
    this.#assertOpen()
  }

  async #stop(drainTimeoutMs: number): Promise<void> {
    this.#routes = NO_ROUTES
    const units = this.#sorted()
    await Promise.all(units.map((unit) => unit.close()))
    for (const unit of units) unit.lifecycle.enter(unit.current === undefined ? 'stopped' : 'draining')
    if (this.#starting !== undefined) await this.#closeSource(this.#starting)
    await Promise.all(units.flatMap(liveGenerations).map((live) => drainWithin(live, drainTimeoutMs)))
    for (const unit of this.#stopOrder()) await this.#end(unit)
    await Promise.all(units.map((unit) => unit.retired()))
    this.#units.clear()
    this.#duplicates = []
    this.#unfollow?.()
  }

  /** It costs every promise of the process something, so that a node without threads does not ask for it. */
  #follow(): void {
    this.#unfollow ??= this.#options.kit.context.open((place, blockedMs) => this.#blocked(place, blockedMs))
  }

  #blocked({ owner, what }: Place, blockedMs: number): void {
    const ms = Math.round(blockedMs)
    const text = `the thread ${owner.thread} kept the event loop from turning for ${ms} ms in ${what}`
    const details = { thread: owner.thread, where: what, blockedMs: ms }
    const remedy = 'do less at once, or give way in between'
    this.#warn(new P2pError('ERR_TRUSTP2P_THREAD_BLOCKED', `${text}; ${remedy}`, { details }))
  }

  async #closeSource(starting: Promise<void>): Promise<void> {
    try {
      await starting.catch(() => undefined)
      await this.#options.source.close()
    } catch (error) {
      const text = `the source of the threads did not close: ${errorText(error)}`
      this.#warn(new P2pError('ERR_TRUSTP2P_THREAD_STOP_FAILED', text, { cause: error }))
    }
  }

  async #end(unit: ThreadUnit): Promise<void> {
    const { current } = unit
    if (current === undefined) return
    unit.lifecycle.enter('stopping')
    const info = this.#infoOf(unit)
    unit.current = undefined
    await current.stop()
    unit.lifecycle.enter('stopped')
    this.#tell('thread:stopped', { ...info, state: 'stopped' })
  }

  /** The running threads in the reverse of their start order, which a changed `after` may have altered since. */
  #stopOrder(): readonly ThreadUnit[] {
    const running = this.#sorted().filter(isRunning)
    const graph = new Map(running.map((unit) => [unit.name, this.#queue.dependencies(unit.current.manifest)]))
    const sequences = new Map(running.map((unit) => [unit.name, unit.current.sequence]))
    const order = sortByDependencies(graph, (left, right) => (sequences.get(left) ?? 0) - (sequences.get(right) ?? 0))
    return order.toReversed().flatMap((name) => this.#units.get(name) ?? [])
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
    for (const unit of this.#sorted()) if (!wanted.has(unit.name)) unit.update(undefined)
    for (const entry of wanted.values()) this.#unit(entry.name).update(entry)
  }

  #reportDuplicates(duplicates: readonly ThreadEntry[]): void {
    const known = this.#duplicates
    this.#duplicates = duplicates
    for (const entry of duplicates) {
      if (!known.some(({ path, revision }) => path === entry.path && revision === entry.revision)) {
        this.#tell('thread:failed', infoOfEntry(entry))
      }
    }
  }

  #unit(name: string): ThreadUnit {
    const unit = this.#units.get(name) ?? new ThreadUnit(name, this.#owner)
    this.#units.set(name, unit)
    return unit
  }

  #sorted(): readonly ThreadUnit[] {
    return [...this.#units.values()].sort((left, right) => compareNames(left.name, right.name))
  }

  #hook(name: HookName, values: readonly unknown[]): void {
    for (const unit of this.#sorted()) {
      unit.current?.hook(name, values)
      unit.starting?.hook(name, values)
    }
  }

  #createOwner(): UnitOwner {
    const { kit, node, events, settings, bodyDepth = DEFAULT_BODY_DEPTH } = this.#options
    const surroundings: Surroundings = {
      kit,
      node,
      home: this,
      directoryFor: ({ wants, requires }) => {
        const needed = new Set([...wants, ...requires])
        return { get: (name) => this.#handle(name, needed.has(name)) }
      },
      onNodeEvent: (event, listener) => events.on(event, listener),
      warning: (error) => events.warning(error),
      onCrash: (generation, error) => this.#units.get(generation.name)?.crashed(generation, error),
      bodyDepth,
      contracts: this.#options.contracts
    }
    return {
      surroundings,
      settings,
      serves: () => this.#serves,
      turn: (unit, signal) => this.#queue.wait(unit, signal),
      suspendDependants: (unit) => this.#suspendDependants(unit),
      onIntake: () => this.#route(),
      onSwitch: (unit, previous) => this.#onSwitch(unit, previous),
      onFailure: (unit) => this.#tell('thread:failed', this.#infoOf(unit)),
      onQuarantine: (unit, isCritical) => this.#onQuarantine(unit, isCritical),
      onEnd: (unit, ended) => this.#onEnd(unit, ended),
      onPhase: () => this.#onPhase(),
      onMove: ({ name }, from, to) => events.moved({ name, from, to })
    }
  }

  async #suspendDependants(unit: ThreadUnit): Promise<void> {
    const gone = (name: string): P2pError => requirementMissing(name, [unit.name])
    await Promise.all(this.#queue.dependantsOf(unit).map((dependant) => dependant.suspend(gone(dependant.name))))
  }

  #onSwitch(unit: ThreadUnit, previous: Generation | undefined): void {
    if (this.#stopping !== undefined) return
    this.#route()
    this.#setContracts(unit)
    if (unit.current === undefined) void this.#suspendDependants(unit)
    else this.#tell(previous === undefined ? 'thread:started' : 'thread:reloaded', this.#infoOf(unit))
  }

  /** Those of the version that serves, in the step in which its routes are. */
  #setContracts({ name, current }: ThreadUnit): void {
    try {
      this.#options.contracts?.set(contractOwner(name), current?.contracts ?? [])
    } catch (error) {
      if (!(error instanceof P2pError)) throw error
      this.#warn(error)
    }
  }

  #route(): void {
    if (this.#stopping !== undefined) return
    const units = [...this.#units.values()].filter(isRunning)
    this.#quotas.retain((name) => this.#units.has(name))
    this.#routes = new RouteTable(
      units.map(({ current, intake }) => ({ generation: current, receiver: intake ?? current })),
      this.#quotas
    )
  }

  #onQuarantine(unit: ThreadUnit, isCritical: boolean): void {
    this.#tell('thread:failed', this.#infoOf(unit))
    if (isCritical && unit.error !== undefined) this.#options.events.critical(unit.error)
  }

  #onEnd(unit: ThreadUnit, ended: Generation): void {
    if (unit.current !== undefined || this.#stopping !== undefined) return
    const isSuspended = unit.entry !== undefined && unit.plan !== undefined
    if (unit.entry !== undefined && !isSuspended) return
    this.#tell('thread:stopped', {
      ...this.#infoOf(unit),
      path: ended.path,
      revision: ended.revision,
      error: undefined
    })
    this.#forgetGone(unit)
  }

  #infoOf(unit: ThreadUnit): ThreadInfo {
    return infoOf(unit, this.#options.kit.clock.now(), this.#quotas.exceededOf(unit.name))
  }

  #onPhase(): void {
    this.#queue.advance()
    for (const unit of this.#units.values()) this.#forgetGone(unit)
    for (const unit of this.#queue.released()) unit.again()
  }

  #forgetGone(unit: ThreadUnit): void {
    if (unit.gone && this.#units.get(unit.name) === unit) this.#units.delete(unit.name)
  }

  #tell(event: ThreadEvent, info: ThreadInfo): void {
    const { kit, events } = this.#options
    const fields = { thread: info.name, path: info.path, revision: info.revision }
    if (info.error === undefined) kit.log.info(fields, event)
    else kit.log.error({ ...fields, err: info.error }, event)
    events.emit(event, info)
  }

  #warn(error: P2pError): void {
    this.#options.kit.log.warn({ err: error }, 'the threads are hindered')
    this.#options.events.warning(error)
  }

  #changedMeanwhile(name: string): P2pError {
    return new P2pError('ERR_TRUSTP2P_THREAD_STOPPED', `the thread ${name} was switched off meanwhile`)
  }

  #assertOpen(): void {
    if (this.#stopping !== undefined) throw new P2pError('ERR_TRUSTP2P_NODE_CLOSED', 'the node is closed, or closes')
  }
}

/** The error of a thread that failed in code which nobody waits for: what `what` has begun. */
function crashError({ name, path }: Generation, cause: unknown, what?: string): P2pError {
  const where = what === undefined ? '' : ` that ${what} left running`
  const text = `${path}: failed in code that nobody waits for${where}: ${firstLine(errorText(cause))}`
  return new P2pError('ERR_TRUSTP2P_THREAD_CRASHED', `${text}; await it, or catch what it throws`, {
    cause,
    details: { thread: name, ...(what !== undefined && { where: what }) }
  })
}

function routeToAll(routes: readonly Route[], message: CP2pMessage): void {
  const outcome = new SharedOutcome(routes.length)
  let own: CP2pMessage | undefined = message
  for (const route of routes) {
    handOver(route, own ?? messageControl.fork(message), outcome)
    own = undefined
  }
}

function handOver({ receiver, handler, quota }: Route, message: CP2pMessage, outcome: Outcome): void {
  if (quota === undefined || quota.admits(message)) receiver.handle(handler, message, outcome)
  else outcome.failed(message, quota.failure)
}

function liveGenerations(unit: ThreadUnit): readonly Generation[] {
  return unit.current === undefined ? unit.retiring : [unit.current, ...unit.retiring]
}

function drainWithin(generation: Generation, drainTimeoutMs: number): Promise<void> {
  return generation.drain(Math.min(generation.settings.drainTimeoutMs, drainTimeoutMs))
}

function isRunning(unit: ThreadUnit): unit is ThreadUnit & { current: Generation } {
  return unit.current !== undefined
}
