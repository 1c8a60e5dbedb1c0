import type { ThreadConfig, WorkerConfig } from '../../config/config'
import type { Contract } from '../../contract/contract'
import { messageControl } from '../../deliver/message'
import type { CP2pMessage } from '../../deliver/message'
import { P2pError, errorCode, errorText } from '../../errors'
import type { ErrorCode } from '../../errors'
import type { CodeOwner, Log } from '../../kit'
import { printable } from '../../printable'
import { withDeadline } from '../deadline'
import type { HandlerTable } from '../event-map'
import { failureOf, firstLine } from '../failure'
import type { Generation, GenerationCounts, HookName, StartTimes, Surroundings } from '../generation'
import { TYPES_BY_NAME } from '../event-patterns'
import { Invoker } from '../invoker'
import type { Latency } from '../latency'
import { NO_MANIFEST, readManifest } from '../manifest'
import type { Manifest } from '../manifest'
import type { Outcome } from '../outcome'
import type { Handler } from '../thread'
import { contractOwner, contractsOfThread } from '../thread-contract'
import type { ApartModule, ThreadEntry } from '../thread-source'
import { carryError, restoreError } from './carried-error'
import { carryValues, restoreValue } from './carried-value'
import { HOOK_BACKLOG, HookQueue } from './hook-queue'
import { NodeServices, bodyOf, factsMaybe } from './node-services'
import type { CarriedValue, Constructed, ConstructOrder, FromRoom, Task, ToRoom } from './protocol'
import { isCarriedTyped, isConstructed } from './protocol'
import { remoteHandlers } from './remote-handlers'
import { RoomLink } from './room-link'
import type { RoomOver } from './room-link'
import { SocketBook } from './socket-book'
import { watchSockets } from './socket-watch'
import { WORKER_DEFAULTS } from './worker-defaults'
import { crashText, hangText } from './worker-errors'
import type { CrashFacts } from './worker-errors'

/** A version of a thread whose code runs in a worker of its own. */
export class WorkerGeneration implements Generation {
  readonly name: string
  readonly path: string
  readonly isolation = 'worker'
  readonly owner: CodeOwner
  readonly times: StartTimes = { loadMs: undefined, waitMs: undefined, startMs: undefined }
  settings: ThreadConfig
  revision: number
  manifest: Manifest = NO_MANIFEST
  handlers: HandlerTable = new Map()
  contracts: readonly Contract[] = []
  sequence = 0
  runsSince = NaN
  readonly #entry: ThreadEntry
  readonly #surroundings: Surroundings
  readonly #config: WorkerConfig
  readonly #log: Log
  readonly #invoker: Invoker
  readonly #book = new SocketBook()
  readonly #hooks: HookQueue
  readonly #messages = new Map<number, CP2pMessage>()
  #link: RoomLink | undefined
  #services: NodeServices | undefined
  #unwatch = (): void => undefined
  #methods: ReadonlySet<string> = new Set()
  #dropped = 0
  readonly #isTrial: boolean
  #crash: P2pError | undefined

  /** `isTrial` where it is constructed with nothing around it, and goes no further. */
  constructor(entry: ThreadEntry, settings: ThreadConfig, surroundings: Surroundings, isTrial = false) {
    const { kit, home, warning } = surroundings
    this.name = entry.name
    this.path = entry.path
    this.owner = { thread: entry.name, home }
    this.revision = entry.revision
    this.settings = settings
    this.#entry = entry
    this.#isTrial = isTrial
    this.#surroundings = surroundings
    this.#config = { ...WORKER_DEFAULTS, ...settings.worker }
    this.#log = kit.log.child({ thread: entry.name })
    const { handlerTimeoutMs } = settings
    const { clock, context } = kit
    const { name, owner } = this
    this.#invoker = new Invoker({ name, clock, context, owner, log: this.#log, handlerTimeoutMs, onFailure: warning })
    this.#hooks = new HookQueue({
      send: (item) => this.#link?.sendCounted(item) ?? false,
      onDrop: () => this.#reportDroppedHooks()
    })
  }

  get counts(): GenerationCounts {
    const { calls, failures, dropped, active } = this.#invoker
    return { calls, failures, dropped: dropped + this.#dropped, active }
  }

  get keepsState(): boolean {
    return this.#methods.has('snapshot') && this.#methods.has('restore')
  }

  async load(signal: AbortSignal): Promise<void> {
    const { clock } = this.#surroundings.kit
    const startedAt = clock.now()
    try {
      const { room, revision, manifest, ...rest } = await this.#open(signal)
      this.revision = revision
      this.#link = this.#createLink(room)
      const raw = await this.#within('ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT', 'the module', this.#do('inspect'), signal)
      this.manifest = readManifest(raw === undefined ? {} : { manifest: raw }, this.path, manifest)
      const reading = contractsOfThread(this.manifest, rest, this.path)
      this.contracts = await this.#within('ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT', 'the contract', reading, signal)
      this.times.loadMs = clock.now() - startedAt
    } catch (error) {
      this.dispose()
      throw errorCode(error)?.startsWith('ERR_TRUSTP2P_') === true || signal.aborted
        ? error
        : this.#wrapped('ERR_TRUSTP2P_THREAD_LOAD_FAILED', 'the module threw while it was loaded', error)
    }
  }

  async construct(): Promise<void> {
    const { surroundings } = { surroundings: this.#surroundings }
    if (!this.#isTrial) surroundings.contracts?.reserve(contractOwner(this.name), this.contracts)
    this.#services = this.#isTrial ? undefined : this.#createServices()
    const order: ConstructOrder = { config: this.#cloneableConfig(), node: this.#nodeFacts() }
    if (!this.#isTrial) {
      this.#unwatch = this.#watch()
    }
    this.#hooks.hold()
    this.#accept(await this.#construct(this.#do('construct', order)))
  }

  /** Loads and constructs a trial, and lets it go: what is wrong with it shows, and where it wants to run. */
  async rehearse(signal: AbortSignal): Promise<Manifest> {
    await this.load(signal)
    try {
      await this.construct()
    } finally {
      await this.#letGo(signal)
    }
    return this.manifest
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#hooks.hold()
    try {
      await this.#within('ERR_TRUSTP2P_THREAD_START_TIMEOUT', 'start()', this.#do('start'), signal)
    } catch (error) {
      if (signal.aborted || error === this.#crash || errorCode(error) === 'ERR_TRUSTP2P_THREAD_START_TIMEOUT')
        throw error
      throw this.#wrapped('ERR_TRUSTP2P_THREAD_START_FAILED', 'start() threw', error)
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
    if (this.#link?.hasRoom(messageControl.frameOf(message).length) !== true) this.#refuse(message, outcome)
    else this.#invoker.handle(this, handler, message, outcome)
  }

  latencyOf(handler: Handler): Latency {
    return this.#invoker.latencyOf(handler)
  }

  async call(method: string, values: readonly unknown[]): Promise<unknown> {
    return this.#invoker.call(`${method}()`, () => this.#call(method, values))
  }

  idle(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#invoker.idle(timeoutMs, signal)
  }

  snapshot(): Promise<unknown> {
    return this.#do('snapshot')
  }

  async restore(state: unknown): Promise<void> {
    await this.#do('restore', state)
  }

  async reconfigure(settings: ThreadConfig): Promise<boolean> {
    if (!this.#methods.has('reconfigure')) return false
    await this.#do('reconfigure', structuredClone(settings.config ?? {}))
    this.settings = settings
    return true
  }

  async revive(): Promise<void> {
    this.#accept(await this.#construct(this.#do('revive')))
  }

  drain(timeoutMs: number): Promise<void> {
    return this.#invoker.drain(timeoutMs)
  }

  hook(name: HookName, values: readonly unknown[]): void {
    if (!this.#methods.has(name) || this.#crash !== undefined) return
    this.#hooks.push({ kind: 'hook', name, values: carryValues(values, factsMaybe) })
  }

  async stop({ mayRevive } = { mayRevive: false }): Promise<void> {
    this.#hooks.clear()
    this.#hooks.hold()
    try {
      if (this.#crash === undefined) {
        await this.#within('ERR_TRUSTP2P_THREAD_STOP_TIMEOUT', 'stop()', this.#do('stop'))
      }
    } catch (error) {
      this.#reportStop(error)
    }
    if (!mayRevive) await this.#end()
  }

  dispose(): void {
    if (this.#link === undefined || this.#crash !== undefined || this.handlers.size + this.#methods.size === 0) {
      void this.#end()
      return
    }
    const disposing = this.#within('ERR_TRUSTP2P_THREAD_STOP_TIMEOUT', 'an effect', this.#do('dispose'))
    void disposing.catch(() => undefined).then(() => this.#end())
  }

  #open(signal: AbortSignal): Promise<ApartModule> {
    const { loadApart } = this.#entry
    if (loadApart === undefined) {
      const text = `${this.path}: its source cannot run it in a worker; run it inline, or load it from a file`
      throw new P2pError('ERR_TRUSTP2P_THREAD_WORKER_UNSUPPORTED', text)
    }
    const loading = new AbortController()
    const abort = (): void => loading.abort(signal.reason)
    signal.addEventListener('abort', abort)
    const { heapMb, queue, queueBytes } = this.#config
    const work = loadApart({ signal: loading.signal, isTrial: this.#isTrial, heapMb, queue, queueBytes })
    const opened = this.#within('ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT', 'the module', work, signal)
    return opened
      .catch((error: unknown) => {
        loading.abort(error)
        throw error
      })
      .finally(() => signal.removeEventListener('abort', abort))
  }

  #createLink(room: ApartModule['room']): RoomLink {
    return new RoomLink({
      kit: this.#surroundings.kit,
      room,
      config: this.#config,
      live: () => this.#book.changes(),
      onItem: (item) => this.#take(item),
      onLate: () => void (this.#dropped += 1),
      onRoom: () => this.#hooks.flush(),
      onOver: (over) => this.#onOver(over)
    })
  }

  #createServices(): NodeServices {
    return new NodeServices({
      name: this.name,
      manifest: this.manifest,
      surroundings: this.#surroundings,
      log: this.#log,
      book: this.#book,
      send: (item) => this.#link?.send(item),
      tell: (item) => {
        if (this.#link?.sendCounted(item) !== true) this.#dropped += 1
      }
    })
  }

  #nodeFacts(): ConstructOrder['node'] {
    const { node, bodyDepth, contracts } = this.#surroundings
    if (this.#isTrial) return { listens: false, dials: false, addresses: [], sockets: [], bodyDepth, contracts: [] }
    return {
      listens: node.server !== null,
      dials: node.client !== null,
      addresses: [...node.addresses],
      sockets: node.sockets.map((socket) => this.#book.add(socket)),
      bodyDepth,
      contracts: contracts?.texts ?? []
    }
  }

  /** Keeps the worker up to date; gives the way to stop. */
  #watch(): () => void {
    const { contracts } = this.#surroundings
    const send = (item: ToRoom): void => this.#link?.send(item)
    const unwatch = watchSockets(this.#surroundings, this.#book, send)
    const forget = contracts?.onChange(() => send({ kind: 'contracts', texts: contracts.texts }))
    return () => {
      unwatch()
      forget?.()
    }
  }

  #cloneableConfig(): unknown {
    try {
      return structuredClone(this.settings.config)
    } catch (cause) {
      const text = `threads.${this.name}.config: a thread in a worker takes what can be cloned: ${errorText(cause)}`
      throw new P2pError('ERR_TRUSTP2P_CONFIG_INVALID', text, { cause })
    }
  }

  async #construct(constructing: Promise<unknown>): Promise<Constructed> {
    const code = 'ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED'
    const constructed = await this.#within(code, 'the constructor', constructing)
    if (isConstructed(constructed)) return constructed
    throw new P2pError(code, `${this.path}: the worker gave no events; mend the file`)
  }

  #accept(constructed: Constructed): void {
    const { path, manifest } = this
    this.handlers = remoteHandlers(constructed, {
      path,
      manifest,
      create: () => (_socket, message) => this.#send(message)
    })
    this.#methods = new Set(constructed.methods)
  }

  #do(task: Task, value?: unknown): Promise<unknown> {
    if (this.#link !== undefined) return this.#link.do(task, value)
    return Promise.reject(this.#crash ?? new TypeError('a thread is loaded before it runs'))
  }

  /** Waits as long as the settings allow for that step. */
  #within<Result>(code: ErrorCode, what: string, work: Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const { key, ms } =
      code === 'ERR_TRUSTP2P_THREAD_STOP_TIMEOUT'
        ? { key: 'stopTimeoutMs', ms: this.settings.stopTimeoutMs }
        : { key: 'startTimeoutMs', ms: this.settings.startTimeoutMs }
    const expired = (): P2pError => {
      if (this.#isTrial) void this.#end()
      const text = `${this.path}: ${what} did not end within ${key}, ${ms} ms; wait for less there`
      return new P2pError(code, text, { details: { reason: 'hang' } })
    }
    const { clock } = this.#surroundings.kit
    return withDeadline(work, signal === undefined ? { clock, ms, expired } : { clock, ms, expired, signal })
  }

  #send(message: CP2pMessage): Promise<unknown> {
    const link = this.#link
    if (link === undefined) return Promise.reject(this.#stopped())
    // Not slice(), which of a Buffer gives a view.
    const frame = new Uint8Array(messageControl.frameOf(message))
    const { expectsAnswer, signal } = message
    const socket = this.#book.refer(message.socket)
    const make = (id: number) => ({ kind: 'message', id, socket, frame, expectsAnswer }) as const
    const { id, answer } = link.ask(make, frame.length, frame.buffer)
    this.#messages.set(id, message)
    const abort = (): void => link.send({ kind: 'abort', id, error: carryError(signal.reason) })
    signal.addEventListener('abort', abort, { once: true })
    return answer.then(carriedBody).finally(() => {
      this.#messages.delete(id)
      signal.removeEventListener('abort', abort)
    })
  }

  async #call(method: string, values: readonly unknown[]): Promise<unknown> {
    const carried = carryValues(values, factsMaybe)
    const link = this.#link
    if (link === undefined) throw this.#stopped()
    if (!link.hasRoom()) throw this.#busy()
    const { answer } = link.ask((id) => ({ kind: 'call', id, method, values: carried }))
    const result = (await answer) as CarriedValue
    return restoreValue(result, ({ id }) => this.#book.find(id))
  }

  /** The worker has as much to do as it may have. */
  #refuse(message: CP2pMessage, outcome: Outcome): void {
    this.#dropped += 1
    const { code, message: text } = this.#crash ?? this.#busy()
    outcome.failed(message, { code, text })
  }

  #busy(): P2pError {
    const text = `the thread ${this.name} has not taken what was sent to it before: ask again later`
    return new P2pError('ERR_TRUSTP2P_LIMIT_BUSY', text)
  }

  #stopped(): P2pError {
    return new P2pError('ERR_TRUSTP2P_THREAD_STOPPED', `the thread ${this.name} was stopped before it answered`)
  }

  #take(item: FromRoom): void {
    switch (item.kind) {
      case 'reply':
        return this.#reply(item.id, (message) => message.reply(bodyOf(item.body)))
      case 'fail':
        return this.#reply(item.id, (message) => message.fail(item.code, item.text))
      case 'failure':
        return this.#invoker.background(item.where, () => {
          throw restoreError(item.error)
        })
      case 'done':
      case 'failed':
      case 'pong':
        return
      default:
        return this.#services?.serve(item)
    }
  }

  /** What cannot be sent is answered with the error, and reported: the thread does not wait for it. */
  #reply(id: number, reply: (message: CP2pMessage) => boolean): void {
    const message = this.#messages.get(id)
    if (message === undefined) return void (this.#dropped += 1)
    this.#invoker.background('an answer', () => {
      try {
        if (!reply(message)) this.#dropped += 1
      } catch (error) {
        const { code, text } = failureOf(error)
        message.fail(code, text)
        throw error
      }
    })
  }

  #onOver(over: RoomOver): void {
    const error = new P2pError('ERR_TRUSTP2P_THREAD_CRASHED', this.#describe(over), {
      ...(over.kind === 'end' ? { cause: over.end.error } : {}),
      details: { thread: this.name, reason: over.kind === 'end' ? over.end.fate : over.kind }
    })
    this.#crash = error
    void this.#end(new P2pError('ERR_TRUSTP2P_THREAD_CRASHED', `the thread ${this.name} ended before it answered`))
    this.#surroundings.onCrash(this, error)
  }

  #describe(over: RoomOver): string {
    if (over.kind === 'broken') return `${this.path}: the worker sent ${over.what}, and was ended`
    const facts: CrashFacts = {
      path: this.path,
      heapMb: this.#config.heapMb,
      step: Atomics.load(this.#link?.room.step ?? new Int32Array(1), 0),
      describe: (id) => describeMessage(this.#messages.get(id)),
      running: [...this.#messages.values()].flatMap((message) => describeMessage(message) ?? [])
    }
    return over.kind === 'hang' ? hangText(this.#config.hangMs, facts) : crashText(over.end, facts)
  }

  /** Leaves the worker to the next trial, also where the constructor threw; one that crashed or hangs has ended. */
  async #letGo(signal: AbortSignal): Promise<void> {
    const link = this.#link
    if (link === undefined) return
    try {
      await this.#within('ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED', 'an effect', this.#do('dispose'), signal)
      this.#link = undefined
      await link.release(this.#stopped())
    } finally {
      await this.#end()
    }
  }

  async #end(error: P2pError = this.#stopped()): Promise<void> {
    this.#unwatch()
    if (!this.#isTrial) this.#surroundings.contracts?.release(contractOwner(this.name))
    this.#services?.end()
    this.#hooks.clear()
    this.#book.clear()
    this.#invoker.end()
    const link = this.#link
    this.#link = undefined
    await link?.end(this.#crash !== undefined && this.#messages.size === 0 ? this.#crash : error)
  }

  #reportStop(error: unknown): void {
    if (error === this.#crash || this.#crash !== undefined) return
    const timedOut = error instanceof P2pError && error.code === 'ERR_TRUSTP2P_THREAD_STOP_TIMEOUT'
    const report = timedOut ? error : this.#wrapped('ERR_TRUSTP2P_THREAD_STOP_FAILED', 'stop() threw', error)
    this.#log.error({ err: report }, 'the thread did not stop in order')
    this.#surroundings.warning(report)
  }

  #reportDroppedHooks(): void {
    const text = `${this.path}: more than ${HOOK_BACKLOG} hooks wait for the thread; later ones are dropped`
    this.#surroundings.warning(new P2pError('ERR_TRUSTP2P_LIMIT_THREAD_HOOKS', text))
  }

  #wrapped(code: ErrorCode, what: string, cause: unknown): P2pError {
    return new P2pError(code, `${this.path}: ${what}: ${firstLine(errorText(cause))}; mend the file`, { cause })
  }
}

/** What a handler in a room returned. */
function carriedBody(value: unknown): unknown {
  return typeof value === 'string' || value instanceof Uint8Array || isCarriedTyped(value) ? bodyOf(value) : value
}

function describeMessage(message: CP2pMessage | undefined): string | undefined {
  if (message === undefined) return undefined
  const [type] = [...TYPES_BY_NAME].find(([, number]) => number === message.type) ?? [message.type]
  return `${type} '${printable(message.event.slice(0, LONGEST_EVENT))}'`
}

/** Of an event in reports, which a peer chose. */
const LONGEST_EVENT = 64
