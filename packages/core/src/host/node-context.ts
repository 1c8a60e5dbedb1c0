import { AsyncLocalStorage } from 'node:async_hooks'
import type { CodeOwner, Context, Place } from '../kit'
import { watchdog } from './watchdog'

export interface NodeContextOptions {
  /** Code that keeps the event loop from turning for longer is told of, in ms. 0: it is not. */
  readonly blockedMs: number
  /** Whether a line is written while it does so. */
  readonly logsBlocked: boolean
}

/** Gives the context of one node: what it follows, it follows for the whole process. */
export function createNodeContext(options: NodeContextOptions): Context {
  return new NodeContext(options)
}

/** The place of what runs, as Node's promises, timers and handles carry it on. */
const storage = new AsyncLocalStorage<Place | undefined>()

/** How many contexts are open. Without one nothing is followed, which would cost each promise of the process 0.2 µs. */
let open = 0

/** How many places were entered and not left: beyond none of them no code of a thread has been called. */
let depth = 0

/** The place of the code that runs, whichever node's it is. */
export function currentPlace(): Place | undefined {
  return storage.getStore()
}

class NodeContext implements Context {
  readonly #options: NodeContextOptions
  #onBlocked: ((place: Place, blockedMs: number) => void) | undefined

  constructor(options: NodeContextOptions) {
    this.#options = options
  }

  get current(): Place | undefined {
    return storage.getStore()
  }

  createPlace(owner: CodeOwner, what: string): Place {
    const { blockedMs, logsBlocked } = this.#options
    const number = blockedMs > 0 ? watchdog.add(owner, { thread: owner.thread, what, blockedMs, logsBlocked }) : 0
    return { owner, what, number }
  }

  forget(owner: CodeOwner): void {
    watchdog.forget(owner)
  }

  /** `run` would do the same, and make an array of arguments for each call. */
  enter(place: Place | undefined): Place | undefined {
    if (open === 0) return undefined
    const outer = storage.getStore()
    depth += 1
    storage.enterWith(place)
    watchdog.enter(place?.number ?? 0)
    return outer
  }

  leave(outer: Place | undefined): void {
    if (depth === 0) return
    depth -= 1
    if (watchdog.hasSeen) this.#tellBlocked(storage.getStore())
    if (open > 0) storage.enterWith(outer)
    // A socket that a thread made carries its place into turns of the event loop that are ours.
    watchdog.enter(depth === 0 ? 0 : (outer?.number ?? 0))
  }

  /** Rejections are looked at once the microtasks and ticks of a turn have run. */
  settled(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  open(onBlocked: (place: Place, blockedMs: number) => void): () => void {
    const { blockedMs } = this.#options
    this.#onBlocked = onBlocked
    open += 1
    const close = blockedMs > 0 ? watchdog.open(blockedMs) : undefined
    return () => {
      this.#onBlocked = undefined
      close?.()
      open -= 1
      if (open === 0) storage.disable()
    }
  }

  #tellBlocked(place: Place | undefined): void {
    const ms = place === undefined ? undefined : watchdog.takeSeen(place.number)
    const onBlocked = this.#onBlocked
    if (place === undefined || ms === undefined || onBlocked === undefined) return
    if (ms >= this.#options.blockedMs) setImmediate(() => onBlocked(place, ms))
  }
}
