import type { EventEmitter } from 'node:events'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import {
  createMemoryDriver,
  createNodeKit,
  createWsDriver,
  DriverRegistry,
  MemoryNetwork,
  P2pNode,
  resolveConfig
} from 'trustp2p'
import type { ConfigInput, Driver, Kit, P2pError, ThreadConfig, ThreadHandle, ThreadInfo } from 'trustp2p'
import { ManualClock } from '../manual-clock'
import { createMemoryLog } from '../memory-log'
import type { MemoryLog } from '../memory-log'
import { createSeededRandom } from '../seeded-random'
import { createBenchSource } from './bench-source'
import type { BenchSource, BenchThread } from './bench-source'
import { ThreadLeakError } from './leak'
import type { Leak, LeakKind } from './leak'
import { createOwnedDriver } from './owned-driver'
import { OwnedResources } from './owned-resources'
import { SharedThings } from './shared-things'
import { ThreadPeer } from './thread-peer'

/** How a thread is run. */
export interface ThreadBenchOptions {
  /** Name of the thread [that of its file; `thread` for a class]. */
  readonly name?: string
  /** What it gets as `this.config` [{}]. */
  readonly config?: unknown
  /** Its other settings [those of a node]. */
  readonly settings?: Partial<Omit<ThreadConfig, 'config'>>
  /** More of the configuration of its node [that of `createNode`]. */
  readonly node?: Omit<ConfigInput, 'listen' | 'connect' | 'threads' | 'control'>
  /** `virtual`: time stands still until `advance` [real]. */
  readonly time?: 'virtual' | 'real'
  /** How peers connect: within the process, or by WebSockets on 127.0.0.1 [memory]. */
  readonly transport?: 'memory' | 'ws'
  /** What its random numbers come from [1]. */
  readonly seed?: number
  /** Emitters whose listeners are looked at in the end, by the name that a report gives them [`process` alone]. */
  readonly emitters?: Readonly<Record<string, EventEmitter>>
}

/** How a peer and the node are connected. */
export interface ConnectOptions {
  /** Who dials [peer]: for `node` the thread has `onSocketOpen`, else `onSocketConnection`. */
  readonly dialledBy?: 'peer' | 'node'
}

/** How a bench ends. */
export interface CloseBenchOptions {
  /** Kinds of leaks that are let pass [none]. */
  readonly ignore?: readonly LeakKind[]
}

/** The public methods of a thread, each giving a promise. */
export type ThreadMethods<Instance> = {
  readonly [
    Key in keyof Instance as Instance[Key] extends (...values: never[]) => unknown ? Key : never
  ]: Instance[Key] extends (...values: infer Values) => infer Result
    ? (...values: Values) => Promise<Awaited<Result>>
    : never
}

/** Time that running handlers have when a bench is closed, in ms of its clock. */
const DRAIN_MS = 1_000
/** How far virtual time goes at each look while a bench closes. */
const CLOSING_STEP_MS = 50

/**
 * A node that runs one thread, and the peers of a test. `createThreadBench` makes one.
 *
 * @typeParam Methods - The public methods of the thread.
 */
export class ThreadBench<Methods = ThreadHandle> {
  /** Name of the thread. */
  readonly name: string
  /** The public methods of the thread. */
  readonly thread: Methods
  /** What the node and the thread wrote. */
  readonly log: MemoryLog
  /** What the node warned of, failures of hooks, timers and listeners included. */
  readonly warnings: P2pError[] = []
  readonly #parts: Parts
  readonly #peers: ThreadPeer[] = []
  #closing: Promise<readonly Leak[]> | undefined

  /** @internal */
  constructor(parts: Parts) {
    this.#parts = parts
    this.name = parts.source.name
    this.log = parts.log
    this.thread = this.#createHandle() as Methods
    parts.node.on('warning', (error) => this.warnings.push(error))
  }

  /** What is known of the thread: state, events, counts. */
  get info(): ThreadInfo {
    const [info] = this.#parts.node.threads.list()
    if (info === undefined) throw new Error(`the thread ${this.name} is gone: the bench is closed`)
    return info
  }

  /** The node, for what the bench itself does not do. */
  get node(): P2pNode {
    return this.#parts.node
  }

  /** Time of the node's clock, in ms. */
  now(): number {
    return this.#parts.clock?.now() ?? this.#parts.kit.clock.now()
  }

  /** Lets so many ms go by: at once where time is virtual, with each timer at its own time. */
  async advance(ms: number): Promise<void> {
    const { clock } = this.#parts
    if (clock === undefined) await wait(ms)
    else await clock.advanceAsync(ms)
  }

  /** Connects a peer. Settles when the thread was told of it. */
  async connect({ dialledBy = 'peer' }: ConnectOptions = {}): Promise<ThreadPeer> {
    const peer = dialledBy === 'peer' ? await this.#dialIn() : await this.#dialOut()
    this.#peers.push(peer)
    return peer
  }

  /** Replaces the thread by a new version of itself, as a saved file does. */
  reload(): Promise<void> {
    return this.#parts.owned.run(() => this.#parts.node.threads.reload(this.name))
  }

  /**
   * Stops the thread and the node, closes the peers, and looks at what is left. Rejects with a ThreadLeakError that
   * names each thing that the thread left behind. Called again it does no more.
   */
  async close({ ignore = [] }: CloseBenchOptions = {}): Promise<void> {
    const leaks = (await (this.#closing ??= this.#close())).filter(({ kind }) => !ignore.includes(kind))
    if (leaks.length > 0) throw new ThreadLeakError(this.name, leaks)
  }

  /** Closes the bench: what `await using` calls. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #dialIn(): Promise<ThreadPeer> {
    const { node, peerDriver, limits } = this.#parts
    const connected = new Promise<void>((resolve) => {
      const off = node.on('socket:connection', () => {
        off()
        resolve()
      })
    })
    const [address = ''] = node.addresses
    const peer = new ThreadPeer(await peerDriver.dial(address, { limits }))
    await connected
    return peer
  }

  async #dialOut(): Promise<ThreadPeer> {
    const { node, peerDriver, limits, peerAddress, owned } = this.#parts
    const peers: ThreadPeer[] = []
    const listener = await peerDriver.listen(peerAddress, {
      limits,
      onSocket: (socket) => void peers.push(new ThreadPeer(socket)),
      onWarning: () => undefined
    })
    await owned.run(() => node.connect(listener.address))
    await listener.close()
    while (peers.length === 0) await nextTurn()
    const [peer] = peers
    if (peer === undefined) throw new Error('the node reached no peer')
    return peer
  }

  async #close(): Promise<readonly Leak[]> {
    const { node, peerDriver, owned, source, shared } = this.#parts
    await nextTurn()
    const waiting = this.#waitingRequests()
    const late = this.#followDrain()
    const before = this.warnings.length
    await this.#untilDone(owned.run(() => node.close({ timeoutMs: DRAIN_MS })))
    for (const peer of this.#peers) await this.#untilDone(peer.drop())
    await this.#untilDone(peerDriver.close())
    const resources = await owned.leaks()
    owned.stop()
    source.dispose()
    return [...waiting, ...late(), ...this.#failures(before), ...shared.leaks(), ...resources]
  }

  /** Lets virtual time go on, without which nothing ends that waits for a timer. */
  async #untilDone(work: Promise<unknown>): Promise<void> {
    const { clock } = this.#parts
    if (clock === undefined) {
      await work
      return
    }
    let isDone = false
    const done = work.finally(() => (isDone = true))
    while (!isDone) await clock.advanceAsync(CLOSING_STEP_MS)
    await done
  }

  /** Requests of the thread that nobody has answered. */
  #waitingRequests(): readonly Leak[] {
    const { pendingRequests } = this.#parts.node.status()
    const events = this.#peers.flatMap(({ unanswered }) => unanswered)
    return Array.from({ length: pendingRequests }, (_, index): Leak => {
      const event = events[index]
      return {
        kind: 'request',
        text: event === undefined ? 'a request without an answer' : `a request '${event}' without an answer`
      }
    })
  }

  /** Tells, once the node is closed, which handlers had to be given up. */
  #followDrain(): () => readonly Leak[] {
    const { active } = this.info
    const events = this.#peers.flatMap(({ asked }) => asked)
    let [drainsSince, drainedMs] = [NaN, 0]
    this.#parts.node.on('thread:state', ({ to }) => {
      if (to === 'draining') drainsSince = this.now()
      if (to === 'stopping') drainedMs = this.now() - drainsSince
    })
    const text = (index: number): string => {
      const event = events[index]
      return event === undefined ? 'a handler or a call that does not end' : `a handler of '${event}' that does not end`
    }
    return () =>
      drainedMs < DRAIN_MS
        ? []
        : Array.from({ length: active }, (_, index): Leak => ({ kind: 'handler', text: text(index) }))
  }

  /** What the thread could not undo when it was stopped. */
  #failures(before: number): readonly Leak[] {
    return this.warnings
      .slice(before)
      .filter(({ code, details }) => code.startsWith('ERR_TRUSTP2P_THREAD_STOP_') || details?.['where'] === 'effect')
      .map(({ message }): Leak => ({ kind: 'scope', text: `what it could not undo: ${message}` }))
  }

  /** The node's handle, whose calls run as the thread's own. */
  #createHandle(): object {
    const { node, owned } = this.#parts
    const handle = node.threads.get(this.name)
    return new Proxy(handle, {
      get: (_target, key) => {
        const method: unknown = Reflect.get(handle, key)
        if (typeof method !== 'function') return method
        return (...values: unknown[]) => owned.run((): unknown => Reflect.apply(method, undefined, values))
      }
    })
  }
}

interface Parts {
  readonly node: P2pNode
  readonly source: BenchSource
  readonly kit: Kit
  readonly log: MemoryLog
  readonly clock: ManualClock | undefined
  readonly owned: OwnedResources
  readonly shared: SharedThings
  readonly peerDriver: Driver
  readonly peerAddress: string
  readonly limits: P2pNode['config']['limits']
}

/**
 * Runs one thread, a class or a file, in a node of its own, for a test. Settles when it runs; rejects with its error
 * where it does not, and nothing is left then.
 */
export function createThreadBench<Instance extends object>(
  thread: new (...values: never[]) => Instance,
  options?: ThreadBenchOptions
): Promise<ThreadBench<ThreadMethods<Instance>>>
export function createThreadBench(thread: string | URL, options?: ThreadBenchOptions): Promise<ThreadBench>
export async function createThreadBench(thread: BenchThread, options: ThreadBenchOptions = {}): Promise<ThreadBench> {
  const owned = new OwnedResources()
  owned.start()
  const parts = createParts(thread, options, owned)
  const bench = new ThreadBench(parts)
  try {
    await owned.run(() => parts.node.start())
  } catch (error) {
    await bench.close().catch(() => undefined)
    throw error
  }
  const { error } = bench.info
  if (error === undefined) return bench
  await bench.close().catch(() => undefined)
  throw error
}

function createParts(thread: BenchThread, options: ThreadBenchOptions, owned: OwnedResources): Parts {
  const { seed = 1, time = 'real', transport = 'memory', config, settings, name } = options
  const log = createMemoryLog()
  const clock = time === 'virtual' ? new ManualClock() : undefined
  const base = { ...createNodeKit({ log }), random: createSeededRandom(seed) }
  const peerKit: Kit = clock === undefined ? base : { ...base, clock }
  const kit = createOwnedKit(peerKit, owned)
  const source = createBenchSource(thread, { kit, owned, name })
  const network = new MemoryNetwork(peerKit)
  const registry = new DriverRegistry()
  const listen = transport === 'ws' ? 'ws://127.0.0.1:0' : 'memory://bench'
  const effective = resolveConfig({
    role: 'node',
    code: { ...options.node, listen: [listen], threads: { [source.name]: { ...settings, config } } }
  })
  const { limits, drivers } = effective
  const createDriver = (given: Kit): Driver =>
    transport === 'ws'
      ? createWsDriver({ kit: given, config: drivers.ws })
      : createMemoryDriver({ kit: given, network })
  registry.add(createOwnedDriver(createDriver(kit), owned.run))
  const program = { name: 'bench', version: '0' }
  const node = new P2pNode({ kit, config: effective, registry, source: source.source, program })
  // Now that the libraries of the node are there: they may have globals of their own.
  const shared = new SharedThings(options.emitters ?? {})
  const peerAddress = transport === 'ws' ? listen : 'memory://peer'
  return { node, source, kit, log, clock, owned, shared, peerDriver: createDriver(peerKit), peerAddress, limits }
}

/** Timers of the node call the thread: they run in its context, whoever lets the time go on. */
function createOwnedKit(kit: Kit, { run }: OwnedResources): Kit {
  const { clock } = kit
  return {
    ...kit,
    clock: {
      now: () => clock.now(),
      exact: () => clock.exact(),
      wall: () => clock.wall(),
      setTimeout: (callback, delayMs) => clock.setTimeout(() => run(callback), delayMs),
      clearTimeout: (handle) => clock.clearTimeout(handle)
    }
  }
}
