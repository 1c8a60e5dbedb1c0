import { P2pError } from '../errors'
import type { Generation } from './generation'
import type { ThreadHandle } from './thread'

/** Names that every object has, `then` of a promise and `toJSON` of a serialiser: asked for by the language itself. */
const LANGUAGE_NAMES = new Set([...Object.getOwnPropertyNames(Object.prototype), 'then', 'toJSON'])

/** Whoever has the methods. */
export type Callee = Pick<Generation, 'call'>

/** What a handle leads to. */
export interface HandleTarget {
  readonly name: string
  /** True where the manifest of who holds the handle wants or requires the thread. */
  readonly needed: boolean
  /** The generation that runs, where one does; a promise of it while the old one has handed over and the next does not serve. */
  readonly current: () => Callee | undefined | Promise<Callee | undefined>
}

/**
 * Makes a handle to whichever generation of a thread runs when a method is called. It shows nothing of the instance:
 * every name gives a function that returns a promise, but for the names that every object has, which give undefined.
 */
export function createThreadHandle(target: HandleTarget): ThreadHandle {
  const refuse = (): boolean => false
  const shown: ThreadHandle = {}
  return new Proxy(shown, {
    get(_target, key) {
      if (typeof key !== 'string' || LANGUAGE_NAMES.has(key)) return undefined
      return (...values: unknown[]) => callMethod(target, { key, values })
    },
    has: refuse,
    getPrototypeOf: () => null,
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    setPrototypeOf: refuse,
    preventExtensions: refuse
  })
}

async function callMethod(
  { name, needed, current }: HandleTarget,
  { key, values }: { key: string; values: readonly unknown[] }
): Promise<unknown> {
  const callee = current()
  const generation = callee instanceof Promise ? await callee : callee
  if (generation !== undefined) return generation.call(key, values)
  const text = `the thread ${name} does not run, so that ${key}() cannot be called`
  if (needed) throw new P2pError('ERR_TRUSTP2P_THREAD_GONE', `${text}; call it again once it is back`)
  throw new P2pError('ERR_TRUSTP2P_THREAD_NOT_FOUND', `${text}; enable it`)
}
