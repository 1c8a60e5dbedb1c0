import { errorCode } from '../errors'
import type { Clock, CodeOwner, Log } from '../kit'
import type { ThreadConfig } from '../config/config'
import type { Contract } from '../contract/contract'
import type { CP2pMessage } from '../deliver/message'
import { endableWithin, withDeadline } from '../deadline'
import type { Deadline } from '../deadline'
import { readEventMap } from './event-map'
import type { HandlerTable } from './event-map'
import type { Generation, GenerationCounts, HookName, StartTimes, Surroundings } from './generation'
import { HookQueue } from './hook-queue'
import { Invoker } from './invoker'
import type { Latency } from './latency'
import { LIFE_STEPS, brokenError, deadlineOf, isOwnError, stopError } from './life-steps'
import type { LifeStep } from './life-steps'
import { NO_MANIFEST, readManifest } from './manifest'
import type { Manifest } from './manifest'
import { declaredNode } from './node-facade'
import type { Outcome } from './outcome'
import { findPublicMethod } from './public-methods'
import { constructWith } from './thread'
import type { Handler } from './thread'
import { findThreadClass } from './thread-class'
import type { ThreadClass } from './thread-class'
import { parseConfig } from './thread-config'
import { contractOwner, contractsOfThread } from './thread-contract'
import { ThreadScope } from './thread-scope'
import type { ThreadEntry, ThreadModule } from './thread-source'
import { createThreadStore } from './thread-store'

/** A version of a thread whose code runs on the node's own event loop. */
export class InlineGeneration implements Generation {
  readonly name: string
  readonly path: string
  readonly owner: CodeOwner
  settings: ThreadConfig
  readonly scope: ThreadScope
  readonly invoker: Invoker
  readonly log: Log
  revision: number
  manifest: Manifest = NO_MANIFEST
  readonly isolation = 'inline'
  readonly times: StartTimes = { loadMs: undefined, waitMs: undefined, startMs: undefined }
  handlers: HandlerTable = new Map()
  contracts: readonly Contract[] = []
  sequence = 0
  runsSince = NaN
  readonly #entry: ThreadEntry
  readonly #surroundings: Surroundings
  readonly #clock: Clock
  #module: ThreadModule | undefined
  #class: ThreadClass | undefined
  #instance: object = {}
  readonly #hooks: HookQueue<() => void>

  constructor(entry: ThreadEntry, settings: ThreadConfig, surroundings: Surroundings) {
    const { kit, home, warning } = surroundings
    this.name = entry.name
    this.owner = { thread: entry.name, home }
    this.path = entry.path
    this.revision = entry.revision
    this.settings = settings
    this.log = kit.log.child({ thread: entry.name })
    this.#entry = entry
    this.#surroundings = surroundings
    this.#clock = kit.clock
    const { handlerTimeoutMs } = settings
    this.invoker = new Invoker({
      name: this.name,
      clock: kit.clock,
      log: this.log,
      context: kit.context,
      owner: this.owner,
      handlerTimeoutMs,
      onFailure: warning
    })
    this.#hooks = new HookQueue({ path: this.path, send: callNow, onDrop: warning })
    this.scope = new ThreadScope(kit.clock, (where, callback) => this.invoker.background(where, callback))
  }

  get counts(): GenerationCounts {
    const { calls, failures, dropped, active } = this.invoker
    return { calls, failures, dropped, active }
  }

  async load(signal: AbortSignal): Promise<void> {
    const startedAt = this.#clock.exact()
    try {
      const loaded = await endableWithin((ended) => this.#runModule(ended), this.#deadlineOf(LIFE_STEPS.load, signal))
      this.#module = loaded
      this.revision = loaded.revision
      this.invoker.run('its module', () => this.#readClass(loaded))
      const reading = contractsOfThread(this.manifest, loaded, this.path)
      this.contracts = await withDeadline(reading, this.#deadlineOf(LIFE_STEPS.contract, signal))
      this.times.loadMs = this.#clock.exact() - startedAt
    } catch (cause) {
      if (isOwnError(cause)) throw cause
      const what = 'the module threw while it was loaded'
      throw brokenError('ERR_TRUSTP2P_THREAD_LOAD_FAILED', this.path, { what, cause })
    }
  }

  #runModule(signal: AbortSignal): Promise<ThreadModule> {
    return this.invoker.run('its module', () => this.#entry.load({ globals: this.scope.globals, signal }))
  }

  #readClass({ exports, manifest }: ThreadModule): void {
    this.#class = findThreadClass(exports, this.path)
    this.manifest = readManifest(this.#class, this.path, manifest)
  }

  construct(): void {
    this.#surroundings.contracts?.reserve(contractOwner(this.name), this.contracts)
    this.invoker.run('its constructor', () => this.#construct())
  }

  #construct(): void {
    const { kit, directoryFor, onNodeEvent, storeOf, limits } = this.#surroundings
    const { log, scope, manifest } = this
    const node = declaredNode(this.#surroundings.node, this.name, manifest.sends)
    const threads = directoryFor(manifest)
    const config = parseConfig(this.name, manifest.config, this.settings.config)
    const { clock, random } = kit
    const store = createThreadStore(storeOf(this.name), limits.bodyDepth)
    const context = { node, log, config, threads, store, scope, clock, random, onNodeEvent }
    const Class = this.#class
    if (Class === undefined) throw new TypeError('a thread is loaded before it is constructed')
    try {
      this.#instance = constructWith(context, () => new Class({ server: node.server, client: node.client, log }))
    } catch (cause) {
      const what = 'the constructor threw'
      throw brokenError('ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED', this.path, { what, cause })
    }
    this.handlers = readEventMap(this.#instance, { path: this.path, handles: manifest.handles })
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#hooks.hold()
    const onLate = (): void => this.invoker.background('stop()', () => this.#lifecycle('stop'))
    try {
      await withDeadline(this.#lifecycle('start'), { ...this.#deadlineOf(LIFE_STEPS.start, signal), onLate })
    } catch (cause) {
      if (signal.aborted || errorCode(cause) === LIFE_STEPS.start.late) throw cause
      throw brokenError('ERR_TRUSTP2P_THREAD_START_FAILED', this.path, { what: 'start() threw', cause })
    }
  }

  release(): void {
    this.#hooks.release()
  }

  handle(handler: Handler, message: CP2pMessage, outcome: Outcome): void {
    this.invoker.handle(this.#instance, handler, message, outcome)
  }

  latencyOf(handler: Handler): Latency {
    return this.invoker.latencyOf(handler)
  }

  async call(method: string, values: readonly unknown[]): Promise<unknown> {
    const found = findPublicMethod(this.#instance, method)
    if (found === undefined) throw new TypeError(`the thread ${this.name} has no public method ${method}()`)
    return this.invoker.call(`${method}()`, () => Reflect.apply(found, this.#instance, values))
  }

  includes(file: string): boolean {
    return this.#module?.includes?.(file) === true
  }

  floated(what: string, cause: unknown): void {
    this.invoker.floated(what, cause)
  }

  get keepsState(): boolean {
    return this.#has('snapshot') && this.#has('restore')
  }

  idle(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return this.invoker.idle(timeoutMs, signal)
  }

  async snapshot(): Promise<unknown> {
    return await this.invoker.run('snapshot()', () => this.#callMaybe('snapshot', []))
  }

  async restore(state: unknown): Promise<void> {
    await this.invoker.run('restore()', () => this.#callMaybe('restore', [state]))
  }

  async reconfigure(settings: ThreadConfig): Promise<boolean> {
    if (!this.#has('reconfigure')) return false
    const { config: parser } = this.manifest
    const config = this.invoker.run('its config', () => parseConfig(this.name, parser, settings.config))
    this.settings = settings
    Reflect.set(this.#instance, 'config', config)
    await this.invoker.run('reconfigure()', () => this.#callMaybe('reconfigure', [config]))
    return true
  }

  revive(): void {
    this.scope.reopen()
    this.construct()
  }

  drain(timeoutMs: number): Promise<void> {
    return this.invoker.drain(timeoutMs)
  }

  hook(name: HookName, values: readonly unknown[]): void {
    if (!this.#mayHave(name)) return
    this.#hooks.push(() => this.invoker.background(name, () => this.#callMaybe(name, values)))
  }

  /** Runs `stop()`, then gives back all that the thread took. Never rejects; failures are reported. */
  async stop(): Promise<void> {
    // Kept for the case that it is brought back.
    this.#hooks.clear()
    this.#hooks.hold()
    try {
      await withDeadline(this.#stopAndGiveBack(), this.#deadlineOf(LIFE_STEPS.stop))
    } catch (error) {
      const report = stopError(this.path, error)
      this.log.error({ err: report }, 'the thread did not stop in order')
      this.#surroundings.warning(report)
    }
    this.dispose()
  }

  async #stopAndGiveBack(): Promise<void> {
    try {
      await this.#lifecycle('stop')
    } finally {
      await this.invoker.run('effect', () => this.scope.dispose())
    }
  }

  dispose(): void {
    this.#surroundings.contracts?.release(contractOwner(this.name), this.contracts)
    this.invoker.background('effect', () => this.scope.dispose())
    this.invoker.end()
  }

  async #lifecycle(name: 'start' | 'stop'): Promise<void> {
    await this.invoker.run(`${name}()`, () => this.#callMaybe(name, []))
  }

  /** What a proxy throws here it throws again where the hook is called, and is reported then. */
  #mayHave(name: string): boolean {
    try {
      return name in this.#instance
    } catch {
      return true
    }
  }

  #has(method: string): boolean {
    return typeof Reflect.get(this.#instance, method) === 'function'
  }

  /** Calls a method of the thread, where it has it. */
  #callMaybe(name: string, values: readonly unknown[]): unknown {
    const method: unknown = Reflect.get(this.#instance, name)
    return typeof method === 'function' ? Reflect.apply(method, this.#instance, values) : undefined
  }

  #deadlineOf(step: LifeStep, signal?: AbortSignal): Deadline {
    const { path, settings } = this
    return deadlineOf(step, { path, settings, clock: this.#clock, signal })
  }
}

function callNow(hook: () => void): boolean {
  hook()
  return true
}
