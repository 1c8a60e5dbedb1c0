import { ContractEvent } from '../../contract/contract'
import type { Clock, Crypto, Random } from '../../kit'
import { readEventMap } from '../event-map'
import { brokenError } from '../life-steps'
import { NO_MANIFEST, readManifest } from '../manifest'
import type { Manifest } from '../manifest'
import { declaredNode } from '../node-facade'
import { findPublicMethod } from '../public-methods'
import { constructWith } from '../thread'
import type { ThreadContext, ThreadDirectory } from '../thread'
import { findThreadClass } from '../thread-class'
import type { ThreadClass } from '../thread-class'
import { parseConfig } from '../thread-config'
import { createThreadHandle } from '../thread-handle'
import { ThreadScope } from '../thread-scope'
import { createThreadStore } from '../thread-store'
import { carryError, restoreError } from './carried-error'
import { GuestContracts } from './guest-contracts'
import { GuestEvents } from './guest-events'
import { GuestLine } from './guest-line'
import { GuestLog } from './guest-log'
import { GuestMessages } from './guest-messages'
import { GuestNode } from './guest-node'
import { GuestStore } from './guest-store'
import type { CarriedValue, Constructed, ConstructOrder, Task, ToRoom } from './protocol'
import type { RoomPort } from './room'
import { numberOf, StepMarker, stepOfHook } from './step'
import { isThenable } from './thenable'

/** What runs a thread in a room needs of its platform. */
export interface GuestOptions {
  readonly name: string
  /** The file, for errors. */
  readonly path: string
  readonly port: RoomPort
  /** Where it writes down what it does. */
  readonly step: Int32Array
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly defer: (callback: () => void) => void
  readonly queue: number
  readonly queueBytes: number
  /** Throws a TypeError for an event that no node tells. */
  readonly assertNodeEvent: (event: string) => void
}

/** What the node calls besides handlers, where a thread has it. */
const METHODS = [
  ...['onSocketConnection', 'onSocketOpen', 'onSocketClose', 'onSocketError'],
  ...['snapshot', 'restore', 'reconfigure']
]

/** Tasks whose result the node wants. */
const GIVING: ReadonlySet<Task> = new Set(['inspect', 'construct', 'revive', 'snapshot'])

const LONE_METHOD = numberOf('a method for another thread')

/** One version of a thread inside its room: does what its node says, and tells it what came of it. */
export class Guest {
  readonly scope: ThreadScope
  readonly steps: StepMarker
  readonly #options: GuestOptions
  readonly #line: GuestLine
  readonly #log: GuestLog
  readonly #contracts: GuestContracts
  readonly #messages: GuestMessages
  readonly #events: GuestEvents
  #class: ThreadClass | undefined
  #manifest: Manifest = NO_MANIFEST
  #order: ConstructOrder | undefined
  #node: GuestNode | undefined
  #instance: object = {}

  constructor(options: GuestOptions) {
    const { port, defer, queue, queueBytes, clock } = options
    this.#options = options
    this.steps = new StepMarker(options.step)
    this.#line = new GuestLine({ port, defer, queue, queueBytes, onItem: (item) => this.#take(item) })
    this.#log = new GuestLog(this.#line)
    this.#contracts = new GuestContracts(options.crypto, (item) => this.#line.send(item))
    this.#messages = new GuestMessages({ line: this.#line, contracts: this.#contracts, steps: this.steps })
    this.#events = new GuestEvents(this.#line, options.assertNodeEvent)
    this.scope = new ThreadScope(clock, (where, callback) => this.#background(where, callback))
  }

  /** Takes what the module exports, and the manifest beside it. Throws as an inline thread does for what is no thread. */
  adopt(exports: unknown, beside: Manifest | undefined): void {
    this.#class = findThreadClass(exports, this.#options.path)
    this.#manifest = readManifest(this.#class, this.#options.path, beside)
  }

  #take(item: ToRoom): void {
    switch (item.kind) {
      case 'message':
        return this.#messages.handle(item)
      case 'do':
        return this.#answer(item.id, () => this.#given(item.task, item.value))
      case 'call':
        return this.#answer(item.id, async () => this.#line.carry(await this.#call(item.method, item.values)))
      case 'hook':
        return this.#hook(item.name, item.values)
      case 'abort':
        return this.#messages.abort(item.id, restoreError(item.error))
      case 'event':
        return this.#events.tell(item.event, item.values)
      case 'opened':
        return this.#line.sockets.gain(item.socket)
      case 'gone':
        return this.#line.sockets.lose(item.socket)
      case 'full':
        return this.#line.sockets.fill(item.socket, item.full)
      case 'addresses':
        return this.#node?.moved(item.addresses)
      case 'contracts':
        return this.#contracts.set(item.texts)
      case 'ping':
        this.#line.sockets.update(item.live)
        return this.#line.send({ kind: 'pong' })
      case 'answer':
      case 'refusal':
        return
    }
  }

  #answer(id: number, work: () => unknown): void {
    const fail = (error: unknown): void => this.#line.send({ kind: 'failed', id, error: carryError(error) })
    try {
      const result = work()
      if (isThenable(result)) Promise.resolve(result).then((value) => this.#done(id, value), fail)
      else this.#done(id, result)
    } catch (error) {
      fail(error)
    }
  }

  #done(id: number, value: unknown): void {
    this.#line.send({ kind: 'done', id, value })
  }

  /** What else the author's methods give back is nobody's, and need not be what can be cloned. */
  async #given(task: Task, value: unknown): Promise<unknown> {
    const given: unknown = await this.#do(task, value)
    return GIVING.has(task) ? given : undefined
  }

  #do(task: Task, value: unknown): unknown {
    switch (task) {
      case 'inspect':
        return this.#inspect()
      case 'construct':
        return this.#construct(value as ConstructOrder)
      case 'revive':
        this.scope.reopen()
        return this.#construct(this.#order)
      case 'start':
        return this.#run('start', [])
      case 'stop':
        return this.#stop()
      case 'dispose':
        return this.scope.dispose()
      case 'snapshot':
        return this.#snapshot()
      case 'restore':
        return this.#run('restore', [value])
      case 'reconfigure':
        return this.#reconfigure(value)
    }
  }

  /** Gives the manifest as the author wrote it, without its schema, which cannot cross: the node checks it anew. */
  #inspect(): unknown {
    const manifest: unknown = this.#class === undefined ? undefined : Reflect.get(this.#class, 'manifest')
    if (typeof manifest !== 'object' || manifest === null) return undefined
    const parts: Readonly<Record<string, unknown>> = Object.fromEntries(
      Object.entries(manifest).filter(([key]) => key !== 'config')
    )
    return structuredClone({ ...parts, ...('contract' in parts && { contract: plainContract(parts['contract']) }) })
  }

  #construct(order: ConstructOrder | undefined): Constructed {
    if (this.#class === undefined || order === undefined)
      throw new TypeError('a thread is loaded before it is constructed')
    const { name, path } = this.#options
    const { log, Class } = { log: this.#log, Class: this.#class }
    this.#order = order
    this.#node ??= this.#enter(order)
    const node = declaredNode(this.#node, name, this.#manifest.sends)
    const config = parseConfig(name, this.#manifest.config, order.config)
    const store = createThreadStore(new GuestStore(this.#line), order.node.bodyDepth)
    const context = { ...this.#context(), node, log, config, store }
    try {
      this.#instance = this.steps.run(numberOf('the constructor'), () =>
        constructWith(context, () => new Class({ server: node.server, client: node.client, log }))
      )
    } catch (cause) {
      const what = 'the constructor threw'
      throw brokenError('ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED', path, { what, cause })
    }
    const handlers = readEventMap(this.#instance, { path, handles: this.#manifest.handles })
    this.#messages.recipient = { instance: this.#instance, handlers, bodyDepth: order.node.bodyDepth }
    return {
      events: [...handlers].map(([type, events]) => [type, [...events.keys()]]),
      methods: METHODS.filter((method) => typeof Reflect.get(this.#instance, method) === 'function')
    }
  }

  /** What changes of the node from now on is told. */
  #enter({ node }: ConstructOrder): GuestNode {
    this.#contracts.set(node.contracts)
    return new GuestNode(this.#line, node, this.#contracts)
  }

  #context(): Pick<ThreadContext, 'threads' | 'scope' | 'clock' | 'random' | 'onNodeEvent'> {
    const { clock, random } = this.#options
    const { wants, requires } = this.#manifest
    const needed = new Set([...wants, ...requires])
    const threads: ThreadDirectory = { get: (name) => this.#handleTo(name, needed.has(name)) }
    return {
      threads,
      scope: this.scope,
      clock,
      random,
      onNodeEvent: (event, listener) => this.#events.listen(event, listener)
    }
  }

  #handleTo(thread: string, needed: boolean): ReturnType<ThreadDirectory['get']> {
    const call = async (method: string, values: readonly unknown[]): Promise<unknown> => {
      const carried = values.map((value) => this.#line.carry(value))
      const result = await this.#line.ask({ kind: 'ask', thread, method, values: carried }, 0)
      return this.#line.restore(result as CarriedValue)
    }
    return createThreadHandle({ name: thread, needed, current: () => ({ call }) })
  }

  #hook(name: string, values: readonly CarriedValue[]): void {
    const restored = values.map((value) => this.#line.restore(value))
    this.#background(name, () => this.#run(name, restored))
  }

  #call(method: string, values: readonly CarriedValue[]): unknown {
    const found = findPublicMethod(this.#instance, method)
    if (found === undefined) throw new TypeError(`the thread ${this.#options.name} has no public method ${method}()`)
    const restored = values.map((value) => this.#line.restore(value))
    return this.steps.run(LONE_METHOD, (): unknown => Reflect.apply(found, this.#instance, restored))
  }

  async #snapshot(): Promise<unknown> {
    const state: unknown = await this.#run('snapshot', [])
    return structuredClone(state)
  }

  async #stop(): Promise<void> {
    try {
      await this.#run('stop', [])
    } finally {
      await this.scope.dispose()
    }
  }

  async #reconfigure(settings: unknown): Promise<void> {
    const config = parseConfig(this.#options.name, this.#manifest.config, settings)
    if (this.#order !== undefined) this.#order = { ...this.#order, config: settings }
    Reflect.set(this.#instance, 'config', config)
    await this.#run('reconfigure', [config])
  }

  /** Calls a method of the thread, where it has it. */
  #run(name: string, values: readonly unknown[]): unknown {
    const method: unknown = Reflect.get(this.#instance, name)
    if (typeof method !== 'function') return undefined
    return this.steps.run(numberOf(stepOfHook(name)), (): unknown => Reflect.apply(method, this.#instance, values))
  }

  /** Runs code that has no caller: the node counts and reports what fails. */
  #background(where: string, callback: () => unknown): void {
    const report = (error: unknown): void => this.#line.send({ kind: 'failure', where, error: carryError(error) })
    const number = numberOf(where === 'effect' ? 'an effect' : 'a timer or a listener')
    try {
      const result = this.steps.run(number, callback)
      if (isThenable(result)) Promise.resolve(result).catch(report)
    } catch (error) {
      report(error)
    }
  }
}

/** A service cannot cross: what it says can. */
function plainContract(contract: unknown): unknown {
  if (typeof contract !== 'object' || contract === null || Array.isArray(contract)) return contract
  const events: unknown[] = Object.values(contract)
  const texts = events.flatMap((event) => (event instanceof ContractEvent ? event.contract.descriptor.text : []))
  return texts.slice(0, 1).map((text) => JSON.parse(text) as unknown)
}
