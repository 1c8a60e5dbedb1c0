import { P2pError } from '../errors'
import type { Generation } from './generation'
import { Thread } from './thread'
import type { ThreadHandle } from './thread'

type Method = (...values: unknown[]) => unknown

/** What the node calls; other threads have no business there. */
const OWN_BUSINESS = new Set(['start', 'stop', 'onSocketConnection', 'onSocketOpen', 'onSocketClose', 'onSocketError'])
/** Names that every object has, `then` of a promise and `toJSON` of a serialiser: asked for by the language itself. */
const LANGUAGE_NAMES = new Set([...Object.getOwnPropertyNames(Object.prototype), 'then', 'toJSON'])

/**
 * Makes a handle to whichever generation of a thread runs when a method is called. It shows nothing of the instance:
 * every name gives a function that returns a promise, but for the names that every object has, which give undefined.
 */
export function createThreadHandle(name: string, current: () => Generation | undefined): ThreadHandle {
  const refuse = (): boolean => false
  const shown: ThreadHandle = {}
  return new Proxy(shown, {
    get(_target, key) {
      if (typeof key !== 'string' || LANGUAGE_NAMES.has(key)) return undefined
      return (...values: unknown[]) => callMethod(name, current(), { key, values })
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
  name: string,
  generation: Generation | undefined,
  { key, values }: { key: string; values: readonly unknown[] }
): Promise<unknown> {
  if (generation === undefined) {
    const text = `the thread ${name} does not run, so that ${key}() cannot be called; enable it`
    throw new P2pError('ERR_TRUSTP2P_THREAD_NOT_FOUND', text)
  }
  const method = findMethod(generation.instance, key)
  if (method === undefined) throw new TypeError(`the thread ${name} has no public method ${key}()`)
  return generation.invoker.call(generation.instance, method, values)
}

/** Looks along the classes of the author: what the base classes and the language give is no public method. */
function findMethod(instance: object, key: string): Method | undefined {
  if (OWN_BUSINESS.has(key)) return undefined
  let prototype: unknown = Object.getPrototypeOf(instance)
  while (isAuthored(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, key)
    if (descriptor !== undefined) return isMethod(descriptor.value) ? descriptor.value : undefined
    prototype = Object.getPrototypeOf(prototype)
  }
  return undefined
}

function isAuthored(prototype: unknown): prototype is object {
  if (typeof prototype !== 'object' || prototype === null) return false
  return prototype !== Thread.prototype && Object.getPrototypeOf(prototype) !== null
}

function isMethod(value: unknown): value is Method {
  return typeof value === 'function'
}
