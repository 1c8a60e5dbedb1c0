import { P2pError, errorText } from '../errors'
import type { ThreadConfig } from '../config/config'
import { Generation } from './generation'
import type { Surroundings } from './generation'
import type { Dependencies } from './order'
import type { ThreadEntry } from './thread-source'

/** Where a name stands in its current operation. */
export type UnitPhase = 'idle' | 'loading' | 'queued' | 'starting'

/** Failures that end when other threads come, go or change. */
const MAY_RUN_LATER = new Set(['ERR_TRUSTP2P_THREAD_CYCLE', 'ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING'])

/** What a unit asks of the bootstrap. */
export interface UnitOwner {
  readonly surroundings: Surroundings
  settings(name: string): ThreadConfig
  /** Gives its place in the start order once the threads that it waits for have settled; rejects where it may not run. */
  turn(unit: ThreadUnit, signal: AbortSignal): Promise<number>
  /** Another generation runs now, or none: the routes change in one step, before anything else happens. */
  onSwitch(unit: ThreadUnit, previous: Generation | undefined): void
  onFailure(unit: ThreadUnit): void
  /** A version that was replaced or removed has ended. */
  onEnd(unit: ThreadUnit, ended: Generation): void
  onPhase(): void
}

/**
 * All that goes on under one thread name: one operation at a time, and the newest wish wins. A new version is loaded,
 * constructed and started beside the running one, which serves until the moment of the switch.
 */
export class ThreadUnit {
  readonly name: string
  /** The generation that messages are routed to. */
  current: Generation | undefined
  /** The generation whose `start()` runs. */
  starting: Generation | undefined
  /** Why the newest attempt failed; undefined where it did not. */
  error: P2pError | undefined
  /** True from the failure of the newest attempt until the next one begins. */
  failed = false
  /** What the newest version waits for, known once it is loaded; kept while it may not run. */
  plan: Dependencies | undefined
  phase: UnitPhase = 'idle'
  readonly #owner: UnitOwner
  readonly #retiring = new Map<Generation, Promise<void>>()
  #entry: ThreadEntry | undefined
  /** The revision that the newest attempt is about. */
  #revision: number | undefined
  #wished = 0
  #attempt = new AbortController()
  #loop: Promise<void> | undefined
  #closed = false

  constructor(name: string, owner: UnitOwner) {
    this.name = name
    this.#owner = owner
  }

  get entry(): ThreadEntry | undefined {
    return this.#entry
  }

  /** True while an operation is under way. */
  get busy(): boolean {
    return this.#loop !== undefined
  }

  /** True when nothing is left of the thread. */
  get gone(): boolean {
    return this.#entry === undefined && this.current === undefined && !this.busy && this.#retiring.size === 0
  }

  get retiring(): readonly Generation[] {
    return [...this.#retiring.keys()]
  }

  /** Takes what the source says of this name now: undefined where the thread was switched off. */
  update(entry: ThreadEntry | undefined): void {
    const changed = entry === undefined ? this.#entry !== undefined : entry.revision !== this.#revision
    this.#entry = entry
    if (changed) this.again()
  }

  /** Wishes for the present entry anew; an operation under way is given up. */
  again(): void {
    if (this.#closed) return
    this.#wished += 1
    this.#attempt.abort(new P2pError('ERR_TRUSTP2P_THREAD_STOPPED', `the thread ${this.name} changed meanwhile`))
    this.#loop ??= this.#run()
  }

  /** Gives up the operation under way, and takes no wish any more. */
  async close(): Promise<void> {
    this.#closed = true
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

  /** Lets a generation finish its handlers and stops it, in the background. */
  retire(generation: Generation): void {
    const end = async (): Promise<void> => {
      await generation.invoker.drain(generation.settings.drainTimeoutMs)
      await generation.stop()
      this.#retiring.delete(generation)
      this.#owner.onEnd(this, generation)
    }
    this.#retiring.set(generation, end())
  }

  enter(phase: UnitPhase): void {
    this.phase = phase
    this.#owner.onPhase()
  }

  async #run(): Promise<void> {
    let done = 0
    // The first wish is settled after the caller's own turn, so that `#loop` is set before it can be cleared.
    await Promise.resolve()
    while (done !== this.#wished && !this.#closed) {
      done = this.#wished
      this.#attempt = new AbortController()
      const entry = this.#entry
      if (entry === undefined) this.#remove()
      else await this.#replace(entry, this.#attempt.signal)
    }
    this.#loop = undefined
    this.enter('idle')
  }

  #remove(): void {
    const previous = this.current
    this.#revision = undefined
    this.plan = undefined
    this.error = undefined
    this.current = undefined
    if (previous === undefined) return
    this.#owner.onSwitch(this, previous)
    this.retire(previous)
  }

  async #replace(entry: ThreadEntry, signal: AbortSignal): Promise<void> {
    this.#revision = entry.revision
    this.failed = false
    let next: Generation | undefined
    try {
      next = new Generation(entry, this.#owner.settings(this.name), this.#owner.surroundings)
      await this.#prepare(entry, next, signal)
      this.#switch(next)
    } catch (error) {
      next?.dispose()
      if (!signal.aborted) this.#fail(error instanceof P2pError ? error : this.#unexpected(error))
    } finally {
      this.starting = undefined
    }
  }

  async #prepare(entry: ThreadEntry, next: Generation, signal: AbortSignal): Promise<void> {
    if (entry.problem !== undefined) throw entry.problem
    this.enter('loading')
    await next.load(signal)
    signal.throwIfAborted()
    this.plan = next.manifest
    if (this.#entry?.revision === entry.revision) this.#revision = next.revision
    next.sequence = await this.#owner.turn(this, signal)
    signal.throwIfAborted()
    next.construct()
    this.starting = next
    await next.start(signal)
    signal.throwIfAborted()
  }

  #fail(error: P2pError): void {
    this.error = error
    this.failed = true
    if (!MAY_RUN_LATER.has(error.code)) this.plan = undefined
    this.#owner.onFailure(this)
  }

  #switch(next: Generation): void {
    const previous = this.current
    if (previous !== undefined) next.sequence = previous.sequence
    this.current = next
    this.starting = undefined
    this.plan = undefined
    this.error = undefined
    this.#owner.onSwitch(this, previous)
    next.release()
    if (previous !== undefined) this.retire(previous)
  }

  #unexpected(error: unknown): P2pError {
    const text = `${this.name}: ${errorText(error)}`
    return new P2pError('ERR_TRUSTP2P_THREAD_LOAD_FAILED', text, { cause: error })
  }
}
