import { P2pError } from '../errors'
import type { Generation } from './generation'
import type { Intake } from './intake'
import { Lifecycle } from './lifecycle'
import type { ThreadState } from './lifecycle'
import type { Manifest } from './manifest'
import { Replacement } from './replacement'
import type { ReplacementSite } from './replacement'
import { RESTART_DEFAULTS, Restarts } from './restarts'
import { Retirement } from './retirement'
import type { ThreadEntry } from './thread-source'
import { codedError, loadFault, mayPass, mayRunLater, quarantineError, stateAfter } from './unit-errors'
import type { UnitOwner } from './unit-owner'

/** Where a name stands in its current operation. */
export type UnitPhase = 'idle' | 'loading' | 'queued' | 'starting'

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
  /** Why the newest attempt failed, or the running version ended; undefined where neither is so. */
  error: P2pError | undefined
  /** What the newest version waits for, known once it is loaded; kept while it may not run. */
  plan: Manifest | undefined
  phase: UnitPhase = 'idle'
  /** True while it is switched off and those that require it still finish. */
  leaving = false
  readonly #owner: UnitOwner
  readonly #retirement = new Retirement()
  #replacement: Replacement | undefined
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
    return this.#entry === undefined && this.current === undefined && !this.busy && this.#retirement.isEmpty
  }

  /** The generation that the operation under way is about. */
  get next(): Generation | undefined {
    return this.#replacement?.next
  }

  /** The same once its `start()` runs. */
  get starting(): Generation | undefined {
    return this.#replacement?.starting
  }

  get retiring(): readonly Generation[] {
    return this.#retirement.generations
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
    this.restarts.cancel()
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

  /** Gives up the version that is about to serve, and looks whether it may run without what is going; the old one stays. */
  async abandon(): Promise<void> {
    this.again()
    await this.settled()
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
    this.restarts.cancel()
    this.#attempt.abort(new P2pError('ERR_TRUSTP2P_NODE_CLOSED', 'the node closes'))
    await this.#loop
  }

  /** The node closes, and no message comes any more. A version that was switched off goes on to its end by itself. */
  beginEnd(): void {
    const { state } = this.lifecycle
    if (this.current !== undefined) this.lifecycle.enter('draining')
    else if (state !== 'draining' && state !== 'stopping') this.lifecycle.enter('stopped')
  }

  /** Stops the version that served until the node began to close. */
  async end(): Promise<void> {
    const { current } = this
    if (current === undefined) return
    this.lifecycle.enter('stopping')
    this.current = undefined
    await current.stop()
    this.lifecycle.enter('stopped')
  }

  /** Waits until no operation is under way. */
  async settled(): Promise<void> {
    while (this.#loop !== undefined) await this.#loop
  }

  /** Waits until every version that was replaced or removed has ended. */
  retired(): Promise<void> {
    return this.#retirement.settled()
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
    return this.#retirement.add(generation, {
      onDrained: () => {
        if (follows('draining')) lifecycle.enter('stopping')
      },
      onEnd: () => {
        if (last !== undefined && this.#retirement.isEmpty && follows('stopping')) lifecycle.enter(last)
        this.#owner.onEnd(this, generation)
      }
    })
  }

  async #replace(entry: ThreadEntry, signal: AbortSignal): Promise<void> {
    this.#revision = entry.revision
    this.#fault = undefined
    const attempt = new Replacement(entry, this.#createSite(entry, signal), signal)
    this.#replacement = attempt
    try {
      await attempt.run()
    } catch (error) {
      if (this.#fault !== undefined) this.#fail(this.#fault, attempt.next)
      else if (!signal.aborted) this.#fail(codedError(this.name, error), attempt.next)
    } finally {
      this.#replacement = undefined
    }
  }

  #createSite(entry: ThreadEntry, signal: AbortSignal): ReplacementSite {
    return {
      name: this.name,
      owner: this.#owner,
      current: () => this.current,
      onLoading: () => this.enter('loading'),
      turn: (next) => {
        this.plan = next.manifest
        if (this.#entry?.revision === entry.revision) this.#revision = next.revision
        return this.#owner.turn(this, signal)
      },
      divert: (intake) => {
        this.intake = intake
        this.#owner.onIntake()
      },
      withoutState: (work) => this.#withoutState(work),
      serve: (next, stopped) => this.#switch(next, stopped),
      onLost: (error) => {
        this.#fall = { error: codedError(this.name, error), crashed: true }
        this.#wished += 1
      }
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
    if (!mayRunLater(error)) this.plan = undefined
    const settle = this.current === undefined
    if (settle && !mayPass(error)) this.lifecycle.enter(stateAfter(error))
    this.#owner.onFailure(this)
    if (settle && mayPass(error)) this.#backOff(failed, error)
  }

  /** Starts the thread again after a wait, or gives it up. */
  #backOff(failed: Generation | undefined, cause: P2pError): void {
    if (this.#closed) return this.lifecycle.enter('failed')
    const policy = { ...RESTART_DEFAULTS, ...failed?.manifest.restart, ...failed?.settings.restart }
    if (!this.restarts.schedule(policy, () => this.again())) {
      this.error = quarantineError(this.name, cause, policy.most)
      this.lifecycle.enter('quarantined')
      return this.#owner.onQuarantine(this, failed?.manifest.critical === true)
    }
    this.lifecycle.enter('backoff')
    if (this.#entry?.revision !== this.#revision) this.again()
  }

  /** `stopped` is the version before, where nothing is left of it. */
  #switch(next: Generation, stopped: Generation | undefined): void {
    const previous = this.current
    if (previous !== undefined) next.sequence = previous.sequence
    next.runsSince = this.#owner.surroundings.kit.clock.now()
    this.current = next
    this.plan = undefined
    this.error = undefined
    this.lifecycle.enter('running')
    this.#owner.onSwitch(this, previous)
    next.release()
    if (previous !== undefined && previous !== stopped) void this.#retire(previous)
  }
}

const STATES: Readonly<Record<Exclude<UnitPhase, 'idle'>, ThreadState>> = {
  loading: 'loading',
  queued: 'waiting',
  starting: 'starting'
}
