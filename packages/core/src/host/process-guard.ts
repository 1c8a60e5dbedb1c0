import type { CodeOwner } from '../kit'
import type { NodeCompanion } from '../node-options'
import { isHandedOver } from '../thread/floating'
import { stackFiles } from './load-error'
import { currentPlace } from './node-context'

/** The threads of a node, as far as they can be blamed. */
export interface Accused {
  /** Whose code a stack trace of these files may be of, the likeliest first. */
  ownersOf(files: readonly string[]): readonly CodeOwner[]
  /** Takes a failure of that code; false where it is another's. */
  accuse(cause: unknown, owner: CodeOwner, what: string | undefined): boolean
}

/** What Node emits for a failure that nobody has caught; it does what it does by default where that gives false. */
const UNCAUGHT = 'uncaughtException'
const UNHANDLED = 'unhandledRejection'

/**
 * Stands before the listeners of the process: what a thread of a guarded node has left floating goes to that node and
 * to nobody else, and everything else goes its way as if nothing stood here. A listener of its own could do neither:
 * Node's default (the print, the exit code, what --unhandled-rejections asks for) ends with the first one, and a
 * program's that ends the process would do so for each thread.
 */
export class ProcessGuard {
  readonly #process: { readonly emit: unknown }
  readonly #nodes = new Set<Accused>()
  #restore: (() => void) | undefined
  /** Set between the two events that one rejection gives with --unhandled-rejections=strict. */
  #rejectionTaken = false

  constructor(guarded: { readonly emit: unknown }) {
    this.#process = guarded
  }

  /** Guards a node; gives the way to end that. */
  add(node: Accused): () => void {
    this.#nodes.add(node)
    this.#restore ??= this.#stand()
    return () => {
      this.#nodes.delete(node)
      if (this.#nodes.size > 0) return
      this.#restore?.()
      this.#restore = undefined
    }
  }

  #stand(): () => void {
    const guarded = this.#process
    const own = Object.getOwnPropertyDescriptor(guarded, 'emit')
    const { emit } = guarded
    if (typeof emit !== 'function') throw new TypeError('process.emit is no function any more')
    const guard = (...values: unknown[]): unknown => this.#takes(values) || Reflect.apply(emit, guarded, values)
    Object.defineProperty(guarded, 'emit', { value: guard, configurable: true, writable: true, enumerable: false })
    return () => {
      // Somebody may have put his own before it since: he still calls it, and it lets everything pass.
      if (Object.getOwnPropertyDescriptor(guarded, 'emit')?.value !== guard) return
      if (own === undefined) Reflect.deleteProperty(guarded, 'emit')
      else Object.defineProperty(guarded, 'emit', own)
    }
  }

  #takes([event, cause, origin]: readonly unknown[]): boolean {
    if (event === UNCAUGHT) {
      const taken = this.#accuse(cause)
      this.#rejectionTaken = taken && origin === UNHANDLED
      return taken
    }
    if (event !== UNHANDLED) return false
    const known = this.#rejectionTaken
    this.#rejectionTaken = false
    return known || this.#accuse(cause)
  }

  #accuse(cause: unknown): boolean {
    const place = currentPlace()
    const owner = this.#ownerOf(cause, place?.owner)
    if (owner === undefined) return false
    const what = owner === place?.owner ? place.what : undefined
    return [...this.#nodes].some((node) => node.accuse(cause, owner, what))
  }

  /** The files of the stack decide; the context where they name nobody, or several versions of one thread. */
  #ownerOf(cause: unknown, current: CodeOwner | undefined): CodeOwner | undefined {
    const files = isHandedOver(cause) ? [] : stackFiles(cause)
    const owners = [...this.#nodes].flatMap((node) => node.ownersOf(files))
    return current !== undefined && owners.includes(current) ? current : (owners[0] ?? current)
  }
}

/** One for the process. */
export const processGuard = new ProcessGuard(process)

/** Guards a node from before its threads start until nothing of it is left, beside what else lives as long. */
export function createGuard(next: NodeCompanion | undefined): NodeCompanion {
  let release: (() => void) | undefined
  return {
    async open(node, setTap) {
      release = processGuard.add(node.threads)
      await next?.open(node, setTap)
    },
    async close() {
      try {
        await next?.close()
      } finally {
        release?.()
      }
    }
  }
}
