import { P2pError, errorText } from '../errors'
import type { ThreadConfig } from '../config/config'
import type { TimerHandle } from '../kit'
import type { Generation, Surroundings } from './generation'
import { giveState, takeState } from './hand-over'
import type { HandOverOptions, KeptState } from './hand-over'
import { Intake } from './intake'
import { Lifecycle } from './lifecycle'
import { loadVersion } from './load-version'
import type { ThreadState } from './lifecycle'
import type { Manifest } from './manifest'
import { RESTART_DEFAULTS, Restarts } from './restarts'
import type { ThreadEntry } from './thread-source'

/** Where a name stands in its current operation. */
export type UnitPhase = 'idle' | 'loading' | 'queued' | 'starting'

/** Failures that end when other threads come, go or change. */
const MAY_RUN_LATER = new Set([
  'ERR_TRUSTP2P_THREAD_CYCLE',
  'ERR_TRUSTP2P_THREAD_PROVIDED_TWICE',
  'ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING'
])

/** Failures that may be over the next time, though nothing was changed. */
const MAY_PASS = new Set([
  'ERR_TRUSTP2P_THREAD_START_FAILED',
  'ERR_TRUSTP2P_THREAD_START_TIMEOUT',
  'ERR_TRUSTP2P_THREAD_CRASHED'
])

/** What a unit asks of the bootstrap. */
export interface UnitOwner {
  readonly surroundings: Surroundings
  settings(name: string): ThreadConfig
  /** True once all threads of the beginning have settled. */
  serves(): boolean
  /** Gives its place in the start order once the threads that it waits for have settled; rejects where it may not run. */
  turn(unit: ThreadUnit, signal: AbortSignal): Promise<number>
  /** Lets those that require the thread finish and stop. */
  suspendDependants(unit: ThreadUnit): Promise<void>
  /** Messages reach another receiver now. */
  onIntake(): void
  /** Another generation runs now, or none: the routes change in one step, before anything else happens. */
  onSwitch(unit: ThreadUnit, previous: Generation | undefined): void
  onFailure(unit: ThreadUnit): void
  /** The thread was given up; `isCritical` as its manifest says. */
  onQuarantine(unit: ThreadUnit, isCritical: boolean): void
  /** A version that was replaced or removed has ended. */
  onEnd(unit: ThreadUnit, ended: Generation): void
  onPhase(): void
  onMove(unit: ThreadUnit, from: ThreadState, to: ThreadState): void
}

/** Why a running version is to end though the thread stays switched on. */
interface Fall {
  readonly error: P2pError
  /** True where it failed; false where what it requires has gone. */
  readonly crashed: boolean
}

/**
 * All that goes on under one thread name: one operation at a time, and the newest wish wins. A new version is loaded,
 * constructed and started beside the running one, which serves until the moment of the switch.
 */
export class ThreadUnit {
  readonly name: string
  readonly lifecycle: Lifecycle
  readonly restarts: Restarts
  /** The generation that messages are routed to. */
  current: Generation | undefined
  /** Keeps the messages back while the old version hands over to the new one. */
  intake: Intake | undefined
  /** The generation that the operation under way is about. */
  next: Generation | undefined
  /** The same once its `start()` runs. */
  starting: Generation | undefined
  /** Why the newest attempt failed, or the running version ended; undefined where neither is so. */
  error: P2pError | undefined
  /** What the newest version waits for, known once it is loaded; kept while it may not run. */
  plan: Manifest | undefined
  phase: UnitPhase = 'idle'
  /** When the newest wait before a restart ends, on the kit's clock. */
  retryAt = 0
  /** True while it is switched off and those that require it still finish. */
  leaving = false
  readonly #owner: UnitOwner
  readonly #retiring = new Map<Generation, Promise<void>>()
  #entry: ThreadEntry | undefined
  /** The revision that the newest attempt is about. */
  #revision: number | undefined
  #wished = 0
  #attempt = new AbortController()
  /** What the version that starts did wrong beside its `start()`. */
  #fault: P2pError | undefined
  #fall: Fall | undefined
  /** Settles when a version serves again after the old one gave its state away. */
  #handedOver: Promise<void> | undefined
  #restart: TimerHandle | undefined
  #loop: Promise<void> | undefined
  #closed = false

  constructor(name: string, owner: UnitOwner) {
    this.name = name
    this.#owner = owner
    this.lifecycle = new Lifecycle((from, to) => owner.onMove(this, from, to))
    this.restarts = new Restarts(owner.surroundings.kit)
  }

  get entry(): ThreadEntry | undefined {
    return this.#entry
  }

  /** True while an operation is under way. */
  get busy(): boolean {
    return this.#loop !== undefined
  }

  /** True where others can rely on it. */
  get serves(): boolean {
    return this.current !== undefined && !this.leaving
  }

  /** True when nothing is left of the thread. */
  get gone(): boolean {
    return this.#entry === undefined && this.current === undefined && !this.busy && this.#retiring.size === 0
  }

  get retiring(): readonly Generation[] {
    return [...this.#retiring.keys()]
  }

  /** Who answers a call from another thread: while the state is on its way, whoever has it in the end. */
  callee(): Generation | undefined | Promise<Generation | undefined> {
    return this.#handedOver === undefined ? this.current : this.#handedOver.then(() => this.callee())
  }

  /** Every version whose code may run, the one that serves first. */
  get live(): readonly Generation[] {
    return [this.current, this.next, ...this.retiring].filter((generation) => generation !== undefined)
  }

  /** Takes what the source says of this name now: undefined where the thread was switched off. */
  update(entry: ThreadEntry | undefined): void {
    const changed = entry === undefined ? this.#entry !== undefined : entry.revision !== this.#revision
    this.#entry = entry
    if (!changed) return
    this.restarts.reset()
    this.again()
  }

  /** Wishes for the present entry anew; an operation under way is given up. */
  again(): void {
    if (this.#closed) return
    this.#wished += 1
    this.#cancelRestart()
    this.#attempt.abort(new P2pError('ERR_TRUSTP2P_THREAD_STOPPED', `the thread ${this.name} changed meanwhile`))
    this.#loop ??= this.#run()
  }

  /** Forgets failures of the past, and starts the thread at once where it waits for the next try or was given up. */
  reset(): void {
    this.restarts.reset()
    const { state } = this.lifecycle
    if (state === 'backoff' || state === 'quarantined') this.again()
  }

  /** Ends the running version, which starts again once what it requires is back. Settles when nothing of it is left. */
  async suspend(error: P2pError): Promise<void> {
    if (this.current !== undefined) this.#fall ??= { error, crashed: false }
    if (this.current !== undefined || this.busy) this.again()
    await this.settled()
    await this.retired()
  }

  /** A generation failed in code that nobody waits for: it is ended, and started again as its policy says. */
  crashed(generation: Generation, error: P2pError): void {
    if (generation === this.current) {
      this.#fall = { error, crashed: true }
      this.again()
    } else if (generation === this.next) {
      this.#fault = generation === this.starting ? error : loadFault(error)
      this.#attempt.abort(error)
    }
  }

  /** Gives up the operation under way, and takes no wish any more. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelRestart()
    this.#attempt.abort(new P2pError('ERR_TRUSTP2P_NODE_CLOSED', 'the node closes'))
    await this.#loop
  }

  /** Waits until no operation is under way. */
  async settled(): Promise<void> {
    while (this.#loop !== undefined) await this.#loop
  }

  /** Waits until every version that was replaced or removed has ended. */
  async retired(): Promise<void> {
    while (this.#retiring.size > 0) await Promise.all(this.#retiring.values())
  }

  enter(phase: UnitPhase): void {
    this.#take(phase)
    this.#owner.onPhase()
  }

  /** The others need not be looked at: that is who calls. */
  begin(): void {
    this.#take('starting')
  }

  #take(phase: UnitPhase): void {
    this.phase = phase
    if (this.current === undefined && phase !== 'idle') this.lifecycle.enter(STATES[phase])
  }

  async #run(): Promise<void> {
    let done = 0
    // The first wish is settled after the caller's own turn, so that `#loop` is set before it can be cleared.
    await Promise.resolve()
    while (done !== this.#wished && !this.#closed) {
      done = this.#wished
      this.#attempt = new AbortController()
      await this.#settle(this.#attempt.signal)
    }
    this.#loop = undefined
    this.enter('idle')
  }

  #settle(signal: AbortSignal): Promise<void> {
    const entry = this.#entry
    const fall = this.#fall
    this.#fall = undefined
    if (entry === undefined) return this.#remove()
    return fall !== undefined && this.current !== undefined
      ? this.#end(this.current, fall)
      : this.#replace(entry, signal)
  }

  async #remove(): Promise<void> {
    this.#revision = undefined
    this.plan = undefined
    this.error = undefined
    if (this.current !== undefined) await this.#suspendDependants()
    const previous = this.current
    if (this.#entry !== undefined) return
    if (previous === undefined) return this.lifecycle.enter('stopped')
    this.#lose(previous)
    void this.#retire(previous, 'stopped')
  }

  async #suspendDependants(): Promise<void> {
    this.leaving = true
    try {
      await this.#owner.suspendDependants(this)
    } finally {
      this.leaving = false
    }
  }

  /** Ends a running version and says what comes after it. */
  async #end(previous: Generation, { error, crashed }: Fall): Promise<void> {
    this.error = error
    this.plan = crashed ? undefined : previous.manifest
    if (!crashed) await this.#suspendDependants()
    this.#lose(previous)
    if (crashed) this.#owner.onFailure(this)
    await this.#retire(previous)
    if (crashed) this.#backOff(previous, error)
    else this.lifecycle.enter('waiting')
  }

  #lose(previous: Generation): void {
    this.current = undefined
    this.lifecycle.enter('draining')
    this.#owner.onSwitch(this, previous)
  }

  /** Lets a generation finish its handlers and stops it. Given `last`, its end is the thread's. */
  #retire(generation: Generation, last?: ThreadState): Promise<void> {
    const { lifecycle } = this
    const follows = (state: ThreadState): boolean => lifecycle.state === state && this.current === undefined
    const end = async (): Promise<void> => {
      await generation.drain(generation.settings.drainTimeoutMs)
      if (follows('draining')) lifecycle.enter('stopping')
      await generation.stop()
      this.#retiring.delete(generation)
      if (last !== undefined && this.#retiring.size === 0 && follows('stopping')) lifecycle.enter(last)
      this.#owner.onEnd(this, generation)
    }
    const ended = end()
    this.#retiring.set(generation, ended)
    return ended
  }

  async #replace(entry: ThreadEntry, signal: AbortSignal): Promise<void> {
    this.#revision = entry.revision
    this.#fault = undefined
    let next: Generation | undefined
    try {
      next = await this.#load(entry, signal)
      await this.#prepare(entry, next, signal)
      await this.#takeOver(next, signal)
    } catch (error) {
      void this.#discard(next)
      if (this.#fault !== undefined) this.#fail(this.#fault, next ?? this.next)
      else if (!signal.aborted)
        this.#fail(error instanceof P2pError ? error : this.#unexpected(error), next ?? this.next)
    } finally {
      this.next = undefined
      this.starting = undefined
    }
  }

  async #load(entry: ThreadEntry, signal: AbortSignal): Promise<Generation> {
    if (entry.problem !== undefined) throw entry.problem
    this.enter('loading')
    const { surroundings } = this.#owner
    return loadVersion(entry, {
      settings: this.#owner.settings(this.name),
      surroundings,
      rehearse: this.#owner.serves(),
      onMade: (made) => (this.next = made),
      signal
    })
  }

  async #prepare(entry: ThreadEntry, next: Generation, signal: AbortSignal): Promise<void> {
    const { clock, context } = this.#owner.surroundings.kit
    await context.settled()
    signal.throwIfAborted()
    this.plan = next.manifest
    if (this.#entry?.revision === entry.revision) this.#revision = next.revision
    const loadedAt = clock.now()
    next.sequence = await this.#owner.turn(this, signal)
    signal.throwIfAborted()
    next.times.waitMs = clock.now() - loadedAt
    const constructing = next.construct()
    if (constructing !== undefined) {
      await constructing
      signal.throwIfAborted()
    }
    if (this.current === undefined || !isExclusive(this.current, next)) await this.#startNext(next, signal)
  }

  async #startNext(next: Generation, signal: AbortSignal): Promise<void> {
    const { clock, context } = this.#owner.surroundings.kit
    const startedAt = clock.now()
    this.starting = next
    await next.start(signal)
    // What it left floating keeps it from taking over.
    await context.settled()
    next.times.startMs = clock.now() - startedAt
    signal.throwIfAborted()
  }

  /** Ends a version that never served. */
  async #discard(next: Generation | undefined): Promise<void> {
    this.starting = undefined
    if (next?.times.startMs === undefined) return next?.dispose()
    next.times.startMs = undefined
    await next.stop()
  }

  /** Lets the new version serve, at once or, where there is state to keep or only one can be, after a hand-over. */
  async #takeOver(next: Generation, signal: AbortSignal): Promise<void> {
    const old = this.current
    if (old === undefined) return this.#switch(next)
    const exclusive = isExclusive(old, next)
    if (!exclusive && !(old.keepsState && next.keepsState)) return this.#switch(next)
    const intake = new Intake(this.name)
    this.#divert(intake)
    try {
      await (exclusive ? this.#exchange(old, next, signal) : this.#handOver(old, next, signal))
    } finally {
      this.#divert(undefined)
      if (this.current !== undefined) intake.release(this.current)
      else intake.release({ handlers: new Map(), handle: () => undefined })
    }
  }

  #divert(intake: Intake | undefined): void {
    this.intake = intake
    this.#owner.onIntake()
  }

  async #handOver(old: Generation, next: Generation, signal: AbortSignal): Promise<void> {
    const options: HandOverOptions = { clock: this.#owner.surroundings.kit.clock, signal }
    const kept = await takeState(old, options)
    await this.#withoutState(async () => {
      if (kept !== undefined) await giveState(next, kept, options)
      signal.throwIfAborted()
      this.#switch(next)
    })
  }

  /** Stops the old version before the new one starts; a failure brings the old one back, with its state. */
  async #exchange(old: Generation, next: Generation, signal: AbortSignal): Promise<void> {
    const options: HandOverOptions = { clock: this.#owner.surroundings.kit.clock, signal }
    const kept = await takeState(old, options)
    await this.#withoutState(async () => {
      await old.stop({ mayRevive: true })
      try {
        await this.#startNext(next, signal)
        if (kept !== undefined && next.keepsState) await giveState(next, kept, options)
        signal.throwIfAborted()
        this.#switch(next, old)
        old.dispose()
      } catch (error) {
        await this.#discard(next)
        await this.#bringBack(old, kept)
        throw error
      }
    })
  }

  async #bringBack(old: Generation, kept: KeptState | undefined): Promise<void> {
    const { signal } = new AbortController()
    try {
      await old.revive()
      await old.start(signal)
      if (kept !== undefined) await giveState(old, kept, { clock: this.#owner.surroundings.kit.clock, signal })
      old.release()
    } catch (error) {
      this.#fall = { error: error instanceof P2pError ? error : this.#unexpected(error), crashed: true }
      this.#wished += 1
    }
  }

  /** While the state is with neither version calls of other threads wait. */
  async #withoutState(work: () => Promise<void>): Promise<void> {
    const working = work()
    this.#handedOver = working.catch(() => undefined)
    try {
      await working
    } finally {
      this.#handedOver = undefined
    }
  }

  #fail(error: P2pError, failed: Generation | undefined): void {
    this.error = error
    if (!MAY_RUN_LATER.has(error.code)) this.plan = undefined
    const settle = this.current === undefined
    if (settle && !MAY_PASS.has(error.code)) this.lifecycle.enter(stateAfter(error))
    this.#owner.onFailure(this)
    if (settle && MAY_PASS.has(error.code)) this.#backOff(failed, error)
  }

  /** Starts the thread again after a wait, or gives it up. */
  #backOff(failed: Generation | undefined, cause: P2pError): void {
    if (this.#closed) return this.lifecycle.enter('failed')
    const { clock } = this.#owner.surroundings.kit
    const policy = { ...RESTART_DEFAULTS, ...failed?.manifest.restart, ...failed?.settings.restart }
    const waitMs = this.restarts.next(policy)
    if (waitMs === undefined)
      return this.#quarantine(cause, { most: policy.most, isCritical: failed?.manifest.critical === true })
    this.retryAt = clock.now() + waitMs
    this.lifecycle.enter('backoff')
    if (this.#entry?.revision !== this.#revision) this.again()
    else this.#restart = clock.setTimeout(() => this.again(), waitMs)
  }

  #quarantine(cause: P2pError, { most, isCritical }: { most: number; isCritical: boolean }): void {
    const times = `${most + 1} ${most === 0 ? 'time' : 'times'}`
    const text = `the thread ${this.name} failed ${times} and is given up: ${cause.message}`
    this.error = new P2pError('ERR_TRUSTP2P_THREAD_QUARANTINED', text, { cause, details: cause.details ?? {} })
    this.lifecycle.enter('quarantined')
    this.#owner.onQuarantine(this, isCritical)
  }

  #cancelRestart(): void {
    if (this.#restart !== undefined) this.#owner.surroundings.kit.clock.clearTimeout(this.#restart)
    this.#restart = undefined
  }

  /** Given `stopped`, that is the version before, of which nothing is left. */
  #switch(next: Generation, stopped?: Generation): void {
    const previous = this.current
    if (previous !== undefined) next.sequence = previous.sequence
    next.runsSince = this.#owner.surroundings.kit.clock.now()
    this.current = next
    this.next = undefined
    this.starting = undefined
    this.plan = undefined
    this.error = undefined
    this.lifecycle.enter('running')
    this.#owner.onSwitch(this, previous)
    next.release()
    if (previous !== undefined && previous !== stopped) void this.#retire(previous)
  }

  #unexpected(error: unknown): P2pError {
    const text = `${this.name}: ${errorText(error)}`
    return new P2pError('ERR_TRUSTP2P_THREAD_LOAD_FAILED', text, { cause: error })
  }
}

const STATES: Readonly<Record<Exclude<UnitPhase, 'idle'>, ThreadState>> = {
  loading: 'loading',
  queued: 'waiting',
  starting: 'starting'
}

/** True where the two must not run side by side. */
function isExclusive(old: Generation, next: Generation): boolean {
  return old.manifest.exclusive || next.manifest.exclusive
}

/** A module that fails beside its load is no better than one that fails in it: it is tried again when it changes. */
function loadFault({ message, cause, details = {} }: P2pError): P2pError {
  return new P2pError('ERR_TRUSTP2P_THREAD_LOAD_FAILED', message, { cause, details })
}

function stateAfter({ code }: P2pError): ThreadState {
  return code === 'ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING' ? 'waiting' : 'failed'
}
