import { AsyncLocalStorage, createHook, executionAsyncId } from 'node:async_hooks'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import type { Leak, LeakKind } from './leak'
import { placeOf } from './place'

/** What Node calls the resources that outlive the code that took them, and how a report calls each. */
const KINDS: Readonly<Record<string, readonly [kind: LeakKind, text: string]>> = {
  Timeout: ['timer', 'a timer that runs'],
  Immediate: ['timer', 'an immediate that has not run'],
  TCPWRAP: ['socket', 'a TCP socket that is open'],
  TLSWRAP: ['socket', 'a TLS socket that is open'],
  PIPEWRAP: ['socket', 'a pipe that is open'],
  UDPWRAP: ['socket', 'a UDP socket that is open'],
  TCPSERVERWRAP: ['server', 'a server that listens'],
  PIPESERVERWRAP: ['server', 'a server that listens'],
  FSEVENTWRAP: ['watcher', 'a watcher of files that runs'],
  STATWATCHER: ['watcher', 'a watcher of files that runs'],
  PROCESSWRAP: ['process', 'a child process that runs'],
  WORKER: ['worker', 'a worker that runs'],
  MESSAGEPORT: ['worker', 'a message port that is open'],
  FILEHANDLE: ['file', 'a file that is open']
}

/** Frames that a stack needs to reach the thread through libraries. */
const DEEP_STACK = 60
/** Looks at what is left, a turn of the event loop apart, before the patient ones. */
const QUICK_LOOKS = 20
/** Looks 10 ms apart: the system closes handles in its own time. */
const PATIENT_LOOKS = 20
const PATIENT_WAIT_MS = 10

/** Callbacks that are gone through from a resource back to the code that caused it: a server binds a tick later. */
const LONGEST_TRAIL = 4

interface Resource {
  readonly type: string
  /** Where it was made, then where what made it was; their texts are read for a report alone. */
  readonly trail: readonly Error[]
}

/**
 * Notes which resources of Node are taken by code that runs in its context, and which of them were given back. The
 * context follows promises, timers and callbacks, so that a thread cannot step out of it by waiting.
 */
export class OwnedResources {
  readonly #context = new AsyncLocalStorage<true>()
  readonly #alive = new Map<number, Resource>()
  /** Of what is under way, whatever it is. */
  readonly #trails = new Map<number, readonly Error[]>()
  readonly #hook = createHook({
    init: (id, type) => this.#note(id, type),
    destroy: (id) => {
      this.#alive.delete(id)
      this.#trails.delete(id)
    }
  })

  start(): void {
    // Opened at its first use, by whoever it is, and never closed.
    for (const stream of [process.stdout, process.stderr]) stream.listenerCount('error')
    this.#hook.enable()
  }

  stop(): void {
    this.#hook.disable()
    this.#trails.clear()
  }

  /** Runs code whose resources are noted. */
  readonly run = <Result>(callback: () => Result): Result => this.#context.run(true, callback)

  /** Runs code whose resources are somebody else's. */
  readonly outside = <Result>(callback: () => Result): Result => this.#context.exit(callback)

  /** What is left, once there was time for all of it to be given back. */
  async leaks(): Promise<readonly Leak[]> {
    for (let look = 0; look < QUICK_LOOKS && this.#found().length > 0; look++) await nextTurn()
    for (let look = 0; look < PATIENT_LOOKS && this.#found().length > 0; look++) await wait(PATIENT_WAIT_MS)
    return this.#found()
  }

  #note(id: number, type: string): void {
    if (type === 'PROMISE' || this.#context.getStore() === undefined) return
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = DEEP_STACK
    const trail = [new Error(), ...(this.#trails.get(executionAsyncId()) ?? [])].slice(0, LONGEST_TRAIL)
    Error.stackTraceLimit = limit
    this.#trails.set(id, trail)
    if (Object.hasOwn(KINDS, type)) this.#alive.set(id, { type, trail })
  }

  /** Those that code of the thread or of its libraries took; the node's own are its own affair. */
  #found(): Leak[] {
    return [...this.#alive.values()].flatMap(({ type, trail }) => {
      const [kind, text] = KINDS[type] ?? ['timer', type]
      const place = trail.map(placeOf).find((found) => found !== undefined)
      return place === undefined ? [] : [{ kind, text, place }]
    })
  }
}
