import type { ThreadConfig, WorkerConfig } from '../../config/config'
import type { Contract } from '../../contract/contract'
import type { CP2pMessage } from '../../deliver/message'
import { P2pError, errorText } from '../../errors'
import { endableWithin, withDeadline } from '../../deadline'
import type { Deadline } from '../../deadline'
import type { Surroundings } from '../generation'
import { LIFE_STEPS, brokenError, deadlineOf, isOwnError } from '../life-steps'
import type { LifeStep } from '../life-steps'
import { NO_MANIFEST, readManifest } from '../manifest'
import type { Manifest } from '../manifest'
import { contractsOfThread } from '../thread-contract'
import type { ApartModule, ThreadEntry } from '../thread-source'
import { isConstructed } from './protocol'
import type { Constructed, ConstructOrder, LiveFacts, NodeFacts, RoomItem, Task } from './protocol'
import { RoomLink } from './room-link'
import type { RoomOver } from './room-link'
import { WORKER_DEFAULTS } from './worker-defaults'
import { overText } from './worker-errors'

/** Who a version in a worker belongs to. */
export interface VersionOwner {
  /** The settings of the thread as they are now. */
  readonly settings: ThreadConfig
  /** True where it is loaded and constructed with nothing around it, and goes no further. */
  readonly isTrial: boolean
  /** The messages that its handlers work on, by number: for reports. */
  readonly messages: ReadonlyMap<number, CP2pMessage>
  /** What to tell the room of its sockets with each ping. */
  live(): readonly LiveFacts[]
  /** Takes what the room sends by itself. */
  onItem(item: RoomItem): void
  /** An answer came that nobody waits for any more. */
  onLate(): void
  /** There is room in the queue again. */
  onRoom(): void
  /** The worker ended by itself, or was ended since it hangs or sent what it may not. Called once. */
  onCrash(error: P2pError): void
}

/** The code of one version of a thread in a worker: does the steps of its life, each within its deadline. */
export class WorkerVersion {
  readonly name: string
  readonly path: string
  /** The revision that was loaded; that of the entry until then. */
  revision: number
  /** Known once it is loaded. */
  manifest: Manifest = NO_MANIFEST
  contracts: readonly Contract[] = []
  /** Why the worker is over though nobody asked for it. */
  crash: P2pError | undefined
  readonly #entry: ThreadEntry
  readonly #surroundings: Surroundings
  readonly #owner: VersionOwner
  readonly #config: WorkerConfig
  #link: RoomLink | undefined

  constructor(entry: ThreadEntry, surroundings: Surroundings, owner: VersionOwner) {
    this.name = entry.name
    this.path = entry.path
    this.revision = entry.revision
    this.#entry = entry
    this.#surroundings = surroundings
    this.#owner = owner
    this.#config = { ...WORKER_DEFAULTS, ...owner.settings.worker }
  }

  /** The line to the worker; undefined before it is loaded, and once it has ended. */
  get link(): RoomLink | undefined {
    return this.#link
  }

  /** Runs the module in a worker, and reads what it says of itself. The worker is ended where that fails. */
  async load(signal: AbortSignal): Promise<void> {
    try {
      const { room, revision, manifest, ...rest } = await this.#open(signal)
      this.revision = revision
      this.#link = this.#createLink(room)
      const raw = await this.within(LIFE_STEPS.load, this.do('inspect'), signal)
      this.manifest = readManifest(raw === undefined ? {} : { manifest: raw }, this.path, manifest)
      const reading = contractsOfThread(this.manifest, rest, this.path)
      this.contracts = await this.within(LIFE_STEPS.contract, reading, signal)
    } catch (error) {
      void this.end()
      if (signal.aborted || isOwnError(error)) throw error
      const what = 'the module threw while it was loaded'
      throw brokenError('ERR_TRUSTP2P_THREAD_LOAD_FAILED', this.path, { what, cause: error })
    }
  }

  /** Makes the instance, which knows that of its node. */
  construct(node: NodeFacts): Promise<Constructed> {
    const order: ConstructOrder = { config: this.#cloneableConfig(), node }
    return this.#constructed(this.do('construct', order))
  }

  /** Makes a new instance of a version that was stopped. */
  revive(): Promise<Constructed> {
    return this.#constructed(this.do('revive'))
  }

  /** Has the worker do something; rejects with what it failed with, or with why the worker is over. */
  do(task: Task, value?: unknown): Promise<unknown> {
    if (this.#link !== undefined) return this.#link.do(task, value)
    return Promise.reject(this.crash ?? new TypeError('a thread is loaded before it runs'))
  }

  /** Waits for a step as long as the settings allow. */
  within<Result>(step: LifeStep, work: Promise<Result>, signal?: AbortSignal): Promise<Result> {
    return withDeadline(work, this.#deadlineOf(step, signal))
  }

  /** What a caller is told whose message or call the worker did not answer. */
  stopped(): P2pError {
    return new P2pError('ERR_TRUSTP2P_THREAD_STOPPED', `the thread ${this.name} was stopped before it answered`)
  }

  /** Ends the worker; what waits for it is rejected with the error. Called again it does nothing more. */
  async end(error: P2pError = this.stopped()): Promise<void> {
    const link = this.#link
    this.#link = undefined
    await link?.end(this.crash !== undefined && this.#owner.messages.size === 0 ? this.crash : error)
  }

  /** The same, but lets the worker serve another version. */
  async release(): Promise<void> {
    const link = this.#link
    this.#link = undefined
    await link?.release(this.stopped())
  }

  async #open(signal: AbortSignal): Promise<ApartModule> {
    const { loadApart } = this.#entry
    if (loadApart === undefined) {
      const text = `${this.path}: its source cannot run it in a worker; run it inline, or load it from a file`
      throw new P2pError('ERR_TRUSTP2P_THREAD_WORKER_UNSUPPORTED', text)
    }
    const { heapMb, queue, queueBytes } = this.#config
    const { isTrial } = this.#owner
    const open = (ended: AbortSignal): Promise<ApartModule> =>
      loadApart({ signal: ended, isTrial, heapMb, queue, queueBytes })
    return endableWithin(open, this.#deadlineOf(LIFE_STEPS.load, signal))
  }

  #createLink(room: ApartModule['room']): RoomLink {
    const owner = this.#owner
    return new RoomLink({
      kit: this.#surroundings.kit,
      room,
      config: this.#config,
      live: () => owner.live(),
      onItem: (item) => owner.onItem(item),
      onLate: () => owner.onLate(),
      onRoom: () => owner.onRoom(),
      onOver: (over) => this.#onOver(over)
    })
  }

  #cloneableConfig(): unknown {
    try {
      return structuredClone(this.#owner.settings.config)
    } catch (cause) {
      const text = `threads.${this.name}.config: a thread in a worker takes what can be cloned: ${errorText(cause)}`
      throw new P2pError('ERR_TRUSTP2P_CONFIG_INVALID', text, { cause })
    }
  }

  async #constructed(constructing: Promise<unknown>): Promise<Constructed> {
    const constructed = await this.within(LIFE_STEPS.construct, constructing)
    if (isConstructed(constructed)) return constructed
    throw new P2pError(LIFE_STEPS.construct.late, `${this.path}: the worker gave no events; mend the file`)
  }

  #deadlineOf(step: LifeStep, signal: AbortSignal | undefined): Deadline {
    const { settings } = this.#owner
    return deadlineOf(step, { path: this.path, settings, clock: this.#surroundings.kit.clock, signal })
  }

  #onOver(over: RoomOver): void {
    const { messages } = this.#owner
    const { heapMb, hangMs } = this.#config
    const step = Atomics.load(this.#link?.room.step ?? new Int32Array(1), 0)
    const text = `${this.path}: ${overText(over, { heapMb, hangMs, step, messages })}`
    this.crash = new P2pError('ERR_TRUSTP2P_THREAD_CRASHED', text, {
      ...(over.kind === 'end' ? { cause: over.end.error } : {}),
      details: { thread: this.name, reason: over.kind === 'end' ? over.end.fate : over.kind }
    })
    void this.end(new P2pError('ERR_TRUSTP2P_THREAD_CRASHED', `the thread ${this.name} ended before it answered`))
    this.#owner.onCrash(this.crash)
  }
}
