import { P2pError, errorText } from '../errors'
import type { Clock, CodeOwner, Context, Log, Place, TimerHandle } from '../kit'
import { messageControl } from '../deliver/message'
import type { CP2pMessage } from '../deliver/message'
import { RateGate } from '../rate-gate'
import { failureOf, firstLine } from './failure'
import { handOver, isCausedOutside } from './floating'
import { Latency } from './latency'
import type { Outcome } from './outcome'
import type { Handler } from './thread'

/** Most failures of one thread that are logged within a minute; all are counted. */
const FAILURES_PER_MINUTE = 60

/** A failure of whom reports are told is not reported: that would be a report again. */
const LISTENS_TO_REPORTS = 'listener of warning'

export interface InvokerOptions {
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  readonly context: Context
  /** Whose code is called. */
  readonly owner: CodeOwner
  /** Longest time of one handler in ms; 0: no limit. */
  readonly handlerTimeoutMs: number
  /** A failure of code that has no caller: a timer, a listener, a hook. */
  readonly onFailure: (error: P2pError) => void
}

/**
 * The one place where code of a thread is called: it tells the context so, catches what is thrown or rejected, enforces
 * the deadline and counts. One invoker belongs to one generation of one thread.
 */
export class Invoker {
  /** How many calls of handlers and methods were made. */
  calls = 0
  /** How many calls, hooks, timers and listeners failed. */
  failures = 0
  /** How many results came after the message was answered, or after the handler's deadline. */
  dropped = 0
  /** How many calls were given up, and have not settled since. */
  #givenUp = 0
  readonly #options: InvokerOptions
  readonly #gate: RateGate
  readonly #latencies = new Map<Handler, Latency>()
  readonly #running = new Set<Running>()
  readonly #places = new Map<string, Place>()
  readonly #onIdle = new Set<() => void>()

  constructor(options: InvokerOptions) {
    this.#options = options
    this.#gate = new RateGate(options.clock, FAILURES_PER_MINUTE)
  }

  /** How many asynchronous calls have not settled, those that were given up included. */
  get active(): number {
    return this.#running.size + this.#givenUp
  }

  /** Hands a message to a handler. Nothing is allocated where the handler is synchronous. */
  handle(instance: object, handler: Handler, message: CP2pMessage, outcome: Outcome): void {
    this.calls += 1
    const { clock, context } = this.#options
    const startedAt = clock.exact()
    const latency = this.latencyOf(handler)
    let result: unknown
    let promise: Promise<unknown> | undefined
    const outer = context.enter(this.#placeOf(message.event))
    try {
      result = handler.call(instance, message.socket, message)
      promise = promiseOf(result)
    } catch (error) {
      context.leave(outer)
      latency.add(clock.exact() - startedAt)
      this.#failed(error, message, outcome)
      return
    }
    context.leave(outer)
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
  async call(what: string, callback: () => unknown): Promise<unknown> {
    this.calls += 1
    try {
      const [result, promise] = this.run(what, () => withPromise(callback()))
      return promise === undefined ? result : await this.#untilStopped(what, promise)
    } catch (error) {
      this.failures += 1
      handOver(error)
      throw error
    }
  }

  /** Runs code that has no caller. A failure is counted, logged and, where it is the thread's own, reported. */
  background(where: string, callback: () => unknown): void {
    try {
      const [, promise] = this.run(where, () => withPromise(callback()))
      promise?.then(undefined, (error: unknown) => this.#backgroundFailed(where, error))
    } catch (error) {
      this.#backgroundFailed(where, error)
    }
  }

  /** Runs a step of the thread's life; what it throws, or gives, is the caller's. */
  run<Result>(what: string, callback: () => Result): Result {
    const { context } = this.#options
    const outer = context.enter(this.#placeOf(what))
    try {
      return callback()
    } finally {
      context.leave(outer)
    }
  }

  /** Counts and logs a failure that came out of code which nobody waited for. */
  floated(what: string, cause: unknown): void {
    this.failures += 1
    const fields = { err: cause, where: what }
    if (isCausedOutside(cause)) this.#options.log.debug(fields, 'a promise was given up')
    else this.#logFailure(fields, 'code that nobody waits for failed')
  }

  /** Nothing is called any more. */
  end(): void {
    this.#places.clear()
    this.#options.context.forget(this.#options.owner)
  }

  /**
   * Waits until no asynchronous call runs. After `timeoutMs` the signals of those that do are aborted, and their
   * callers get ERR_TRUSTP2P_THREAD_STOPPED. Called again it may end earlier, not later.
   */
  async drain(timeoutMs: number): Promise<void> {
    if (this.#running.size === 0) return
    const { clock } = this.#options
    const timer = clock.setTimeout(() => this.#abortAll(timeoutMs), timeoutMs)
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

  #placeOf(what: string): Place {
    const known = this.#places.get(what)
    if (known !== undefined) return known
    const { context, owner } = this.#options
    const place = context.createPlace(owner, what)
    this.#places.set(what, place)
    return place
  }

  #abortAll(timeoutMs: number): void {
    const { name } = this.#options
    for (const call of [...this.#running]) {
      const text = `the thread ${name} was stopped before ${call.what} answered, which had ${timeoutMs} ms more`
      call.abort(new P2pError('ERR_TRUSTP2P_THREAD_STOPPED', `${text}; ask again`))
    }
  }

  #follow({ promise, latency, startedAt }: Begun, message: CP2pMessage, outcome: Outcome): void {
    const { clock } = this.#options
    const call = this.#begin(message.event, (error) => {
      messageControl.abort(message, error)
      this.#failed(error, message, outcome)
    })
    this.#limit(call)
    const ended = (): boolean => {
      latency.add(clock.exact() - startedAt)
      return this.#end(call)
    }
    listen(
      promise,
      (value) => (ended() ? this.#returned(value, message, outcome) : this.#late()),
      (error) => (ended() ? this.#failed(error, message, outcome) : this.#late(error))
    )
  }

  #untilStopped(what: string, result: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = this.#begin(what, reject)
      listen(
        result,
        (value) => (this.#end(call) ? resolve(value) : this.#late()),
        (error) => (this.#end(call) ? reject(error) : this.#late(error))
      )
    })
  }

  /** Keeps account of an asynchronous call; `onAbort` settles its caller. */
  #begin(what: string, onAbort: (error: P2pError) => void): Running {
    const call: Running = {
      what,
      timer: undefined,
      abort: (error) => {
        if (!this.#end(call)) return
        this.#givenUp += 1
        onAbort(error)
      }
    }
    this.#running.add(call)
    return call
  }

  #limit(call: Running): void {
    const { clock, name, handlerTimeoutMs } = this.#options
    if (handlerTimeoutMs <= 0) return
    call.timer = clock.setTimeout(() => {
      const text = `${call.what} of the thread ${name} took longer than handlerTimeoutMs, ${handlerTimeoutMs} ms`
      call.abort(new P2pError('ERR_TRUSTP2P_THREAD_HANDLER_TIMEOUT', `${text}; make it faster, or raise it`))
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
    this.#givenUp -= 1
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
  readonly what: string
  timer: TimerHandle | undefined
  abort(error: P2pError): void
}

/** What was given, and the promise that it is, in the one turn in which looking at it may run code of the thread. */
function withPromise(value: unknown): [value: unknown, promise: Promise<unknown> | undefined] {
  return [value, promiseOf(value)]
}

/** Gives a promise of our own for anything with a `then`, which may do what it likes; throws what looking for it does. */
function promiseOf(value: unknown): Promise<unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (isPlainPromise(value)) return value
  // Not Promise.resolve, which gives a promise back as it is, with whatever `then` it was given.
  return 'then' in value && typeof value.then === 'function' ? new Promise((resolve) => resolve(value)) : undefined
}

/** What looks like a promise may be none, such as a proxy of one: that is a failure, too. */
function listen(promise: Promise<unknown>, onValue: (value: unknown) => void, onError: (error: unknown) => void): void {
  try {
    promise.then(onValue, onError)
  } catch (error) {
    onError(error)
  }
}

function isPlainPromise(value: object): value is Promise<unknown> {
  return value instanceof Promise && value.then === Promise.prototype.then
}
