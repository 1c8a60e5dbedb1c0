import type { ThreadConfig } from '../../config/config'
import type { Contract } from '../../contract/contract'
import type { CP2pMessage } from '../../deliver/message'
import { errorCode } from '../../errors'
import type { P2pError } from '../../errors'
import type { CodeOwner, Log } from '../../kit'
import type { HandlerTable } from '../event-map'
import type { Generation, GenerationCounts, HookName, StartTimes, Surroundings } from '../generation'
import { HookQueue } from '../hook-queue'
import { Invoker } from '../invoker'
import type { Latency } from '../latency'
import { LIFE_STEPS, brokenError, stopError } from '../life-steps'
import type { Manifest } from '../manifest'
import type { Outcome } from '../outcome'
import type { Handler } from '../thread'
import { contractOwner } from '../thread-contract'
import type { ThreadEntry } from '../thread-source'
import { restoreError } from './carried-error'
import { carryValues } from './carried-value'
import { factsMaybe } from './node-services'
import { NodeWindow } from './node-window'
import type { Constructed, LiveFacts, RoomItem, ToRoom } from './protocol'
import { remoteHandlers } from './remote-handlers'
import { RoomTraffic } from './room-traffic'
import { WorkerVersion } from './worker-version'
import type { VersionOwner } from './worker-version'

/** A version of a thread whose code runs in a worker of its own. */
export class WorkerGeneration implements Generation, VersionOwner {
  readonly name: string
  readonly path: string
  readonly isolation = 'worker'
  readonly isTrial = false
  readonly owner: CodeOwner
  readonly times: StartTimes = { loadMs: undefined, waitMs: undefined, startMs: undefined }
  settings: ThreadConfig
  handlers: HandlerTable = new Map()
  sequence = 0
  runsSince = NaN
  readonly #surroundings: Surroundings
  readonly #log: Log
  readonly #version: WorkerVersion
  readonly #invoker: Invoker
  readonly #window: NodeWindow
  readonly #traffic: RoomTraffic
  readonly #hooks: HookQueue<ToRoom>
  #methods: ReadonlySet<string> = new Set()

  constructor(entry: ThreadEntry, settings: ThreadConfig, surroundings: Surroundings) {
    const { kit, home, warning } = surroundings
    const { name, path } = entry
    this.name = name
    this.path = path
    this.owner = { thread: name, home }
    this.settings = settings
    this.#surroundings = surroundings
    this.#log = kit.log.child({ thread: name })
    const { clock, context } = kit
    const { handlerTimeoutMs } = settings
    const log = this.#log
    this.#invoker = new Invoker({ name, clock, context, owner: this.owner, log, handlerTimeoutMs, onFailure: warning })
    this.#version = new WorkerVersion(entry, surroundings, this)
    this.#window = this.#createWindow()
    this.#traffic = new RoomTraffic({ version: this.#version, book: this.#window.book, invoker: this.#invoker })
    const send = (hook: ToRoom): boolean => this.#version.link?.sendCounted(hook) ?? false
    this.#hooks = new HookQueue({ path, send, onDrop: warning })
  }

  get revision(): number {
    return this.#version.revision
  }

  get manifest(): Manifest {
    return this.#version.manifest
  }

  get contracts(): readonly Contract[] {
    return this.#version.contracts
  }

  get counts(): GenerationCounts {
    const { calls, failures, dropped, active } = this.#invoker
    return { calls, failures, dropped: dropped + this.#traffic.dropped, active }
  }

  get keepsState(): boolean {
    return this.#methods.has('snapshot') && this.#methods.has('restore')
  }

  get messages(): ReadonlyMap<number, CP2pMessage> {
    return this.#traffic.messages
  }

  async load(signal: AbortSignal): Promise<void> {
    const { clock } = this.#surroundings.kit
    const startedAt = clock.exact()
    try {
      await this.#version.load(signal)
    } catch (error) {
      void this.#end()
      throw error
    }
    this.times.loadMs = clock.exact() - startedAt
  }

  async construct(): Promise<void> {
    this.#surroundings.contracts?.reserve(contractOwner(this.name), this.contracts)
    const facts = this.#window.open(this.manifest)
    this.#hooks.hold()
    this.#accept(await this.#version.construct(facts))
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#hooks.hold()
    const version = this.#version
    try {
      await version.within(LIFE_STEPS.start, version.do('start'), signal)
    } catch (cause) {
      if (signal.aborted || cause === version.crash || errorCode(cause) === LIFE_STEPS.start.late) throw cause
      throw brokenError('ERR_TRUSTP2P_THREAD_START_FAILED', this.path, { what: 'start() threw', cause })
    }
  }

  /** Its code is not in this thread of the process. */
  includes(): boolean {
    return false
  }

  floated(what: string, cause: unknown): void {
    this.#invoker.floated(what, cause)
  }

  release(): void {
    this.#hooks.release()
  }

  handle(handler: Handler, message: CP2pMessage, outcome: Outcome): void {
    if (this.#traffic.hasRoomFor(message)) this.#invoker.handle(this, handler, message, outcome)
    else this.#traffic.refuse(message, outcome)
  }

  latencyOf(handler: Handler): Latency {
    return this.#invoker.latencyOf(handler)
  }

  async call(method: string, values: readonly unknown[]): Promise<unknown> {
    return this.#invoker.call(`${method}()`, () => this.#traffic.call(method, values))
  }

  idle(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#invoker.idle(timeoutMs, signal)
  }

  snapshot(): Promise<unknown> {
    return this.#version.do('snapshot')
  }

  async restore(state: unknown): Promise<void> {
    await this.#version.do('restore', state)
  }

  async reconfigure(settings: ThreadConfig): Promise<boolean> {
    if (!this.#methods.has('reconfigure')) return false
    await this.#version.do('reconfigure', structuredClone(settings.config ?? {}))
    this.settings = settings
    return true
  }

  async revive(): Promise<void> {
    this.#accept(await this.#version.revive())
  }

  drain(timeoutMs: number): Promise<void> {
    return this.#invoker.drain(timeoutMs)
  }

  hook(name: HookName, values: readonly unknown[]): void {
    if (!this.#methods.has(name) || this.#version.crash !== undefined) return
    this.#hooks.push({ kind: 'hook', name, values: carryValues(values, factsMaybe) })
  }

  async stop({ mayRevive } = { mayRevive: false }): Promise<void> {
    this.#hooks.clear()
    this.#hooks.hold()
    const version = this.#version
    try {
      if (version.crash === undefined) await version.within(LIFE_STEPS.stop, version.do('stop'))
    } catch (error) {
      if (version.crash === undefined) this.#reportStop(error)
    }
    if (!mayRevive) await this.#end()
  }

  dispose(): void {
    const version = this.#version
    const isConstructed = this.handlers.size + this.#methods.size > 0
    if (version.link === undefined || !isConstructed) return void this.#end()
    const disposing = version.within(LIFE_STEPS.dispose, version.do('dispose'))
    void disposing.catch(() => undefined).then(() => this.#end())
  }

  live(): readonly LiveFacts[] {
    return this.#window.book.changes()
  }

  onItem(item: RoomItem): void {
    switch (item.kind) {
      case 'reply':
      case 'fail':
        return this.#traffic.answer(item)
      case 'failure':
        return this.#invoker.background(item.where, () => {
          throw restoreError(item.error)
        })
      default:
        return this.#window.serve(item)
    }
  }

  onLate(): void {
    this.#traffic.dropped += 1
  }

  onRoom(): void {
    this.#hooks.flush()
  }

  onCrash(error: P2pError): void {
    void this.#end()
    this.#surroundings.onCrash(this, error)
  }

  #createWindow(): NodeWindow {
    return new NodeWindow({
      name: this.name,
      log: this.#log,
      surroundings: this.#surroundings,
      send: (item) => this.#version.link?.send(item),
      tell: (item) => {
        if (this.#version.link?.sendCounted(item) !== true) this.#traffic.dropped += 1
      }
    })
  }

  #accept(constructed: Constructed): void {
    const { path, manifest } = this
    const create = (): Handler => (_socket, message) => this.#traffic.send(message)
    this.handlers = remoteHandlers(constructed, { path, manifest, create })
    this.#methods = new Set(constructed.methods)
  }

  async #end(): Promise<void> {
    this.#window.close()
    this.#surroundings.contracts?.release(contractOwner(this.name), this.contracts)
    this.#hooks.clear()
    this.#invoker.end()
    await this.#version.end()
  }

  #reportStop(error: unknown): void {
    const report = stopError(this.path, error)
    this.#log.error({ err: report }, 'the thread did not stop in order')
    this.#surroundings.warning(report)
  }
}
