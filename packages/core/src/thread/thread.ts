import type { Clock, Log, Random } from '../kit'
import type { CP2pMessage } from '../deliver/message'
import type { P2pSocket } from '../driver/socket'
import type { ThreadManifest } from './manifest-types'
import type { ThreadNode } from './node-facade'
import type { ScopedTimer } from './scoped-timer'
import type { Disposer, ListenedEmitter, ListenedTarget, ThreadScope } from './thread-scope'
import type { ThreadStore } from './thread-store'

/** How a handler is called. A method, so that one may say what the body of its message is. */
interface HandlerCall {
  handle(socket: P2pSocket, message: CP2pMessage): unknown
}

/**
 * Answers with the response's body, or undefined to leave the answer to another handler. It may say what its event's
 * contract makes of the body: `(socket, message: CP2pMessage<Line>)`.
 */
export type Handler = HandlerCall['handle']

/** Handlers by package type, then by event. */
export type EventMap = Readonly<Record<number, Readonly<Record<string, Handler>>>>

/** The public methods of another thread, each giving a promise. */
export type ThreadHandle = Readonly<Record<string, (...values: unknown[]) => Promise<unknown>>>

/** The way from one thread to the others. */
export interface ThreadDirectory {
  /**
   * Gives a handle to the thread of that name, whether it runs or not; it survives that thread's reload. A call
   * rejects with ERR_TRUSTP2P_THREAD_NOT_FOUND while that thread does not run, and with ERR_TRUSTP2P_THREAD_GONE where
   * the manifest of the caller `wants` or `requires` it.
   */
  get(name: string): ThreadHandle
}

/** What the base class needs to know of its surroundings. */
export interface ThreadContext {
  readonly node: ThreadNode
  readonly log: Log
  readonly config: unknown
  readonly threads: ThreadDirectory
  readonly store: ThreadStore
  readonly scope: ThreadScope
  readonly clock: Clock
  readonly random: Random
  /** Listens to the node's own events; gives the way to stop. */
  readonly onNodeEvent: (event: string, listener: (...values: unknown[]) => void) => () => void
}

let pending: ThreadContext | undefined

/** Constructs a thread whose base constructor finds its context at once, so that field initialisers can use it. */
export function constructWith<Instance>(context: ThreadContext, construct: () => Instance): Instance {
  const outer = pending
  pending = context
  try {
    return construct()
  } finally {
    pending = outer
  }
}

function takeContext(): ThreadContext {
  const context = pending
  pending = undefined
  if (context === undefined) throw new TypeError('a Thread is constructed by its node: hand the class to one')
  return context
}

/** Declared apart from the class, so that a thread may write it as a getter or as a field. */
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- both declarations take the same parameters
export interface Thread<Config = unknown> {
  /** Handlers by package type, then by event; read once, after the constructor. */
  readonly eventMap?: EventMap
}

/**
 * A named, supervised unit of protocol behaviour. Everything of this class may be used from the field initialisers
 * and the constructor on. What is taken through `setTimeout`, `setInterval`, `on` and `effect` is undone at unload.
 *
 * Hooks are called for sockets that open, close or fail while the thread runs. Sockets that were open before it
 * started are in `this.node.sockets`; no hook is called for them. What happens while `start()` runs is told after it.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- what is merged in is optional
export abstract class Thread<Config = unknown> {
  static manifest?: ThreadManifest

  /** The node, as far as threads see it. */
  protected readonly node: ThreadNode
  /** A logger whose lines name this thread. */
  protected readonly log: Log
  /** This thread's part of the configuration, checked by the manifest's `config` where there is one. */
  protected readonly config: Config
  /** The other threads. */
  protected readonly threads: ThreadDirectory
  readonly #context: ThreadContext

  constructor() {
    const context = takeContext()
    this.#context = context
    this.node = context.node
    this.log = context.log
    this.config = context.config as Config
    this.threads = context.threads
  }

  /** Runs before the first message is routed here; a failure keeps the thread from running. */
  start?(): void | Promise<void>
  /** Runs at unload, after the last handler. */
  stop?(): void | Promise<void>
  /** Gives the state for the next version, once no handler runs: anything that can be cloned. Goes with `restore`. */
  snapshot?(): unknown
  /** Takes the state of the version before, after `start()`; a failure keeps the old version running. */
  restore?(state: unknown): void | Promise<void>
  /** Takes new settings, which are in `this.config` by then. Without it the thread is reloaded for them. */
  reconfigure?(config: Config): void | Promise<void>
  /** A peer connected. */
  onSocketConnection?(socket: P2pSocket): void | Promise<void>
  /** A connection that we dialled is open. */
  onSocketOpen?(socket: P2pSocket): void | Promise<void>
  /** A socket that was open is gone; `socket.inbound` tells which side made it. */
  onSocketClose?(socket: P2pSocket): void | Promise<void>
  /** Something failed on a socket; `onSocketClose` follows where that ended it. */
  onSocketError?(error: Error, socket: P2pSocket): void | Promise<void>

  /** What this thread keeps: values of its own, which last over a reload and over a restart of the node. */
  protected get store(): ThreadStore {
    return this.#context.store
  }

  /** The node's monotonic clock in ms: the one of `socket.lastReceivedAt`. */
  protected now(): number {
    return this.#context.clock.exact()
  }

  /** A number from 0 (included) to 1 (excluded). */
  protected random(): number {
    return this.#context.random.next()
  }

  /** Calls back once after `delayMs`; `close()` of what it gives ends it earlier. */
  protected setTimeout<Values extends readonly unknown[]>(
    callback: (...values: Values) => unknown,
    delayMs?: number,
    ...values: Values
  ): ScopedTimer {
    return this.#context.scope.setTimeout(callback, delayMs, ...values)
  }

  /** Calls back every `delayMs`; `close()` of what it gives ends it earlier. */
  protected setInterval<Values extends readonly unknown[]>(
    callback: (...values: Values) => unknown,
    delayMs?: number,
    ...values: Values
  ): ScopedTimer {
    return this.#context.scope.setInterval(callback, delayMs, ...values)
  }

  /** Listens to the node's own events, or to an EventEmitter or EventTarget. Gives the way to stop earlier. */
  protected on(event: string, listener: (...values: never[]) => unknown): () => void
  protected on(
    source: ListenedEmitter | ListenedTarget,
    event: string,
    listener: (...values: never[]) => unknown
  ): () => void
  protected on(
    source: string | ListenedEmitter | ListenedTarget,
    event: string | ((...values: never[]) => unknown),
    listener?: (...values: never[]) => unknown
  ): () => void {
    const { scope, onNodeEvent } = this.#context
    if (typeof source === 'string' && typeof event === 'function') {
      const guarded = scope.guarded(`listener of ${source}`, event)
      return scope.effect(() => onNodeEvent(source, guarded))
    }
    if (typeof source === 'string' || typeof event === 'function' || listener === undefined) {
      throw new TypeError('on takes (event, listener) or (emitter, event, listener)')
    }
    return scope.listen(source, event, listener)
  }

  /** Does something now and, at unload, what the function gave back; gives the way to undo it earlier. */
  protected effect(effect: () => Disposer | undefined): () => void {
    return this.#context.scope.effect(effect)
  }
}
