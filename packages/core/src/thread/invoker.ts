import { P2pError, errorCode, errorText } from '../errors'
import type { Clock, Log, TimerHandle } from '../kit'
import { messageControl } from '../deliver/message'
import type { CP2pMessage } from '../deliver/message'
import { RateGate } from '../rate-gate'
import { failureOf, firstLine } from './failure'
import { Latency } from './latency'
import type { Outcome } from './outcome'
import type { Handler } from './thread'

/** Codes of failures that come from outside, from a peer or a node that closes: no fault of the thread, they fill no log. */
const CAUSED_OUTSIDE = new Set([
  'ERR_TRUSTP2P_BODY_INVALID',
  'ERR_TRUSTP2P_BODY_TOO_DEEP',
  'ERR_TRUSTP2P_BODY_UNSUPPORTED',
  'ERR_TRUSTP2P_NODE_CLOSED',
  'ERR_TRUSTP2P_REQUEST_CANCELLED',
  'ERR_TRUSTP2P_SOCKET_CLOSED'
])

/** Most failures of one thread that are logged within a minute; all are counted. */
const FAILURES_PER_MINUTE = 60

/** A failure of whom reports are told is not reported: that would be a report again. */
const LISTENS_TO_REPORTS = 'listener of warning'

export interface InvokerOptions {
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  /** Longest time of one handler in ms; 0: no limit. */
  readonly handlerTimeoutMs: number
  /** A failure of code that has no caller: a timer, a listener, a hook. */
  readonly onFailure: (error: P2pError) => void
}

/**
 * The one place where code of a thread is called: it knows the thread, catches what is thrown or rejected, enforces
 * the deadline and counts. One invoker belongs to one generation of one thread.
 */
export class Invoker {
  /** How many calls of handlers and methods were made. */
  calls = 0
  /** How many calls, hooks, timers and listeners failed. */
  failures = 0
  /** How many results came after the message was answered, or after the handler's deadline. */
  dropped = 0
  readonly #options: InvokerOptions
  readonly #gate: RateGate
  readonly #latencies = new Map<Handler, Latency>()
  readonly #running = new Set<Running>()
  readonly #onIdle = new Set<() => void>()

  constructor(options: InvokerOptions) {
    this.#options = options
    this.#gate = new RateGate(options.clock, FAILURES_PER_MINUTE)
  }

  /** How many asynchronous calls have not settled. */
  get running(): number {
    return this.#running.size
  }

  /** Hands a message to a handler. Nothing is allocated where the handler is synchronous. */
  handle(instance: object, handler: Handler, message: CP2pMessage, outcome: Outcome): void {
    this.calls += 1
    const { clock } = this.#options
    const startedAt = clock.exact()
    const latency = this.latencyOf(handler)
    let result: unknown
    let promise: Promise<unknown> | undefined
    try {
      result = handler.call(instance, message.socket, message)
      promise = promiseOf(result)
    } catch (error) {
      latency.add(clock.exact() - startedAt)
      this.#failed(error, message, outcome)
      return
    }
    if (promise === undefined) {
      latency.add(clock.exact() - startedAt)
      this.#returned(result, message, outcome)
    } else this.#follow({ promise, latency, startedAt }, message, outcome)
  }

  /** How long the calls of a handler took. */
  latencyOf(handler: Handler): Latency {
    let latency = this.#latencies.get(handler)
    if (latency === undefined) this.#latencies.set(handler, (latency = new Latency()))
    return latency
  }

  /** Calls a method on behalf of another thread; what it throws is the caller's. */
  async call(
    instance: object,
    method: (...values: unknown[]) => unknown,
    values: readonly unknown[]
  ): Promise<unknown> {
    this.calls += 1
    try {
      const result: unknown = Reflect.apply(method, instance, values)
      const promise = promiseOf(result)
      return promise === undefined ? result : await this.#untilStopped(promise)
    } catch (error) {
      this.failures += 1
      throw error
    }
  }

  /** Runs code that has no caller. A failure is counted, logged and, where it is the thread's own, reported. */
  background(where: string, callback: () => unknown): void {
    try {
      promiseOf(callback())?.then(undefined, (error: unknown) => this.#backgroundFailed(where, error))
    } catch (error) {
      this.#backgroundFailed(where, error)
    }
  }

  /**
   * Waits until no asynchronous call runs. After `timeoutMs` the signals of those that do are aborted, and their
   * callers get ERR_TRUSTP2P_THREAD_STOPPED. Called again it may end earlier, not later.
   */
  async drain(timeoutMs: number): Promise<void> {
    if (this.#running.size === 0) return
    const { clock } = this.#options
    const timer = clock.setTimeout(() => this.#abortAll(), timeoutMs)
    await new Promise<void>((resolve) => this.#onIdle.add(resolve))
    clock.clearTimeout(timer)
  }

  /** Waits until no asynchronous call runs; gives false where some still do after `timeoutMs`, or at an abort. */
  async idle(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.#running.size === 0) return true
    const { clock } = this.#options
    return new Promise((resolve) => {
      const end = (): void => {
        clock.clearTimeout(timer)
        signal.removeEventListener('abort', end)
        this.#onIdle.delete(end)
        resolve(this.#running.size === 0)
      }
      const timer = clock.setTimeout(end, timeoutMs)
      signal.addEventListener('abort', end)
      this.#onIdle.add(end)
    })
  }

  #abortAll(): void {
    const { name } = this.#options
    for (const call of [...this.#running]) {
      call.abort(new P2pError('ERR_TRUSTP2P_THREAD_STOPPED', `the thread ${name} was stopped before it answered`))
    }
  }

  #follow({ promise, latency, startedAt }: Begun, message: CP2pMessage, outcome: Outcome): void {
    const { clock } = this.#options
    const call = this.#begin((error) => {
      messageControl.abort(message, error)
      this.#failed(error, message, outcome)
    })
    this.#limit(call)
    const ended = (): boolean => {
      latency.add(clock.exact() - startedAt)
      return this.#end(call)
    }
    promise.then(
      (value) => (ended() ? this.#returned(value, message, outcome) : this.#late()),
      (error: unknown) => (ended() ? this.#failed(error, message, outcome) : this.#late(error))
    )
  }

  #untilStopped(result: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = this.#begin(reject)
      result.then(
        (value) => (this.#end(call) ? resolve(value) : this.#late()),
        (error: unknown) => (this.#end(call) ? reject(error) : this.#late(error))
      )
    })
  }

  /** Keeps account of an asynchronous call; `onAbort` settles its caller. */
  #begin(onAbort: (error: P2pError) => void): Running {
    const call: Running = {
      timer: undefined,
      abort: (error) => {
        if (this.#end(call)) onAbort(error)
      }
    }
    this.#running.add(call)
    return call
  }

  #limit(call: Running): void {
    const { clock, name, handlerTimeoutMs } = this.#options
    if (handlerTimeoutMs <= 0) return
    call.timer = clock.setTimeout(() => {
      const text = `the handler of the thread ${name} took longer than handlerTimeoutMs, ${handlerTimeoutMs} ms`
      call.abort(new P2pError('ERR_TRUSTP2P_THREAD_HANDLER_TIMEOUT', text))
    }, handlerTimeoutMs)
  }

  /** Gives false when the call has ended before. */
  #end(call: Running): boolean {
    if (!this.#running.delete(call)) return false
    if (call.timer !== undefined) this.#options.clock.clearTimeout(call.timer)
    if (this.#running.size === 0) this.#becomeIdle()
    return true
  }

  #becomeIdle(): void {
    for (const resolve of this.#onIdle) resolve()
    this.#onIdle.clear()
  }

  #returned(value: unknown, message: CP2pMessage, outcome: Outcome): void {
    try {
      if (!outcome.returned(message, value)) this.dropped += 1
    } catch (error) {
      this.#failed(error, message, outcome)
    }
  }

  #failed(error: unknown, message: CP2pMessage, outcome: Outcome): void {
    this.failures += 1
    const fields = { err: error, type: message.type, event: message.event, peer: message.socket.peer }
    if (isCausedOutside(error)) this.#options.log.debug(fields, 'a message was given up')
    else this.#logFailure(fields, 'a handler failed')
    if (!outcome.failed(message, failureOf(error))) this.dropped += 1
  }

  /** A peer causes as many failures as it likes, where a handler does not check what it gets. */
  #logFailure(fields: object, text: string): void {
    const heldBack = this.#gate.pass()
    if (heldBack === undefined) return
    this.#options.log.error(heldBack === 0 ? fields : { ...fields, heldBack }, text)
  }

  #late(error?: unknown): void {
    this.dropped += 1
    if (error !== undefined) this.#options.log.debug({ err: error }, 'a call failed after it was given up')
  }

  #backgroundFailed(where: string, cause: unknown): void {
    const { name, log, onFailure } = this.#options
    this.failures += 1
    if (isCausedOutside(cause)) return log.debug({ err: cause, where }, 'a callback was given up')
    this.#logFailure({ err: cause, where }, 'a callback failed')
    if (where === LISTENS_TO_REPORTS) return
    const text = `${where} of the thread ${name} failed: ${firstLine(errorText(cause))}`
    onFailure(new P2pError('ERR_TRUSTP2P_THREAD_HANDLER_FAILED', text, { cause, details: { thread: name, where } }))
  }
}

/** A handler that gave a promise. */
interface Begun {
  readonly promise: Promise<unknown>
  readonly latency: Latency
  readonly startedAt: number
}

/** An asynchronous call that has not settled. */
interface Running {
  timer: TimerHandle | undefined
  abort(error: P2pError): void
}

/** Gives a promise of our own for anything with a `then`, which may do what it likes; throws what looking for it does. */
function promiseOf(value: unknown): Promise<unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (isPlainPromise(value)) return value
  // Not Promise.resolve, which gives a promise back as it is, with whatever `then` it was given.
  return 'then' in value && typeof value.then === 'function' ? new Promise((resolve) => resolve(value)) : undefined
}

function isPlainPromise(value: object): value is Promise<unknown> {
  return value instanceof Promise && value.then === Promise.prototype.then
}

function isCausedOutside(error: unknown): boolean {
  return CAUSED_OUTSIDE.has(errorCode(error) ?? '')
}
