import type { Generation } from './generation'
import { exchange, handOver, takeState } from './hand-over'
import type { HandOverOptions, KeptState, TakeOver } from './hand-over'
import { Intake } from './intake'
import { loadVersion } from './load-version'
import type { ThreadEntry } from './thread-source'
import type { UnitOwner } from './unit-owner'

/** The thread that a replacement is for. */
export interface ReplacementSite {
  readonly name: string
  readonly owner: UnitOwner
  /** The version that serves now. */
  readonly current: () => Generation | undefined
  /** The module is read from now on. */
  readonly onLoading: () => void
  /** It is loaded: settles with its place in the start order once it may start, and rejects where it may not. */
  readonly turn: (next: Generation) => Promise<number>
  /** Lets messages wait in an intake, or go to who serves. */
  readonly divert: (intake: Intake | undefined) => void
  /** The state is with neither version until the work ends: calls of other threads wait. */
  readonly withoutState: (work: () => Promise<void>) => Promise<void>
  /** Lets a version serve, in one step; `stopped` is the one before, where nothing is left of it. */
  readonly serve: (next: Generation, stopped: Generation | undefined) => void
  /** Neither version could be brought to serve. */
  readonly onLost: (error: unknown) => void
}

/** One attempt to let a version serve: it is made ready beside the one that does, which then hands over to it. */
export class Replacement {
  /** The version that it is about; undefined before there is one, and once it serves. */
  next: Generation | undefined
  /** The same once its `start()` runs. */
  starting: Generation | undefined
  readonly #entry: ThreadEntry
  readonly #site: ReplacementSite
  readonly #options: HandOverOptions

  constructor(entry: ThreadEntry, site: ReplacementSite, signal: AbortSignal) {
    this.#entry = entry
    this.#site = site
    this.#options = { clock: site.owner.surroundings.kit.clock, signal }
  }

  /** Settles when the version serves. Rejects with what kept it from that; the one before serves on where it can. */
  async run(): Promise<void> {
    let next: Generation | undefined
    try {
      next = await this.#load()
      await this.#prepare(next)
      await this.#takeOver(next)
    } catch (error) {
      void this.#discard(next)
      throw error
    }
  }

  #load(): Promise<Generation> {
    const { problem } = this.#entry
    if (problem !== undefined) throw problem
    const { name, owner, onLoading } = this.#site
    onLoading()
    return loadVersion(this.#entry, {
      settings: owner.settings(name),
      surroundings: owner.surroundings,
      rehearse: owner.serves(),
      onMade: (made) => (this.next = made),
      signal: this.#options.signal
    })
  }

  async #prepare(next: Generation): Promise<void> {
    const { clock, signal } = this.#options
    await this.#site.owner.surroundings.kit.context.settled()
    signal.throwIfAborted()
    const loadedAt = clock.exact()
    next.sequence = await this.#site.turn(next)
    signal.throwIfAborted()
    next.times.waitMs = clock.exact() - loadedAt
    const constructing = next.construct()
    if (constructing !== undefined) {
      await constructing
      signal.throwIfAborted()
    }
    const current = this.#site.current()
    if (current === undefined || !isExclusive(current, next)) await this.#start(next)
  }

  async #start(next: Generation): Promise<void> {
    const { clock, signal } = this.#options
    const startedAt = clock.exact()
    this.starting = next
    await next.start(signal)
    // What it left floating keeps it from taking over.
    await this.#site.owner.surroundings.kit.context.settled()
    next.times.startMs = clock.exact() - startedAt
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
  async #takeOver(next: Generation): Promise<void> {
    const { name, current, divert, withoutState } = this.#site
    const old = current()
    const exclusive = old !== undefined && isExclusive(old, next)
    if (old === undefined || (!exclusive && !(old.keepsState && next.keepsState))) return this.#serve(next)
    const intake = new Intake(name)
    divert(intake)
    try {
      const takeOver = this.#describe(old, next, await takeState(old, this.#options))
      await withoutState(() => (exclusive ? exchange(takeOver) : handOver(takeOver)))
    } finally {
      divert(undefined)
      intake.release(current() ?? { handlers: new Map(), handle: () => undefined }, this.#site.owner.judge)
    }
  }

  #describe(old: Generation, next: Generation, kept: KeptState | undefined): TakeOver {
    return {
      ...this.#options,
      ...{ old, next, kept },
      start: () => this.#start(next),
      serve: () => this.#serve(next, isExclusive(old, next) ? old : undefined),
      discard: () => this.#discard(next),
      onLost: (error) => this.#site.onLost(error)
    }
  }

  #serve(next: Generation, stopped?: Generation): void {
    this.next = undefined
    this.starting = undefined
    this.#site.serve(next, stopped)
  }
}

/** True where the two must not run side by side. */
function isExclusive(old: Generation, next: Generation): boolean {
  return old.manifest.exclusive || next.manifest.exclusive
}
