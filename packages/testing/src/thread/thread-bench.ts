import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import type { P2pError, P2pNode, ThreadHandle, ThreadInfo } from 'trustp2p'
import type { MemoryLog } from '../memory-log'
import { DRAIN_MS, followDrain, stopFailures, waitingRequests } from './bench-leaks'
import { createParts } from './bench-parts'
import type { BenchParts, ThreadBenchOptions } from './bench-parts'
import type { BenchThread } from './bench-source'
import { ThreadLeakError } from './leak'
import type { Leak, LeakKind } from './leak'
import { OwnedResources } from './owned-resources'
import { ThreadPeer } from './thread-peer'

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
  readonly #parts: BenchParts
  readonly #peers: ThreadPeer[] = []
  #closing: Promise<readonly Leak[]> | undefined

  /** @internal */
  constructor(parts: BenchParts) {
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
    const peers = this.#peers
    const waiting = waitingRequests(node, peers)
    const late = followDrain({ node, peers, active: this.info.active, now: () => this.now() })
    const before = this.warnings.length
    await this.#untilDone(owned.run(() => node.close({ timeoutMs: DRAIN_MS })))
    for (const peer of peers) await this.#untilDone(peer.drop())
    await this.#untilDone(peerDriver.close())
    const resources = await owned.leaks()
    owned.stop()
    source.dispose()
    return [...waiting, ...late(), ...stopFailures(this.warnings.slice(before)), ...shared.leaks(), ...resources]
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
  const parts = startParts(thread, options, owned)
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

function startParts(thread: BenchThread, options: ThreadBenchOptions, owned: OwnedResources): BenchParts {
  owned.start()
  try {
    return createParts(thread, options, owned)
  } catch (error) {
    owned.stop()
    throw error
  }
}
