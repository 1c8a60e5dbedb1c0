import { P2pError } from '../errors'
import { Thread } from './thread'

/** A thread of any make: what a module exports. */
export type ThreadClass = new (parts: ThreadParts) => object

/** What the constructor of a thread gets; one that extends Thread has no need of it. */
export interface ThreadParts {
  readonly server: unknown
  readonly client: unknown
  readonly log: unknown
}

/**
 * Finds the thread in a module's exports: the default one, what CommonJS exports as a whole, or the only class that
 * is exported by name. Throws ERR_TRUSTP2P_THREAD_NO_CLASS, with the file and the remedy.
 */
export function findThreadClass(exported: unknown, path: string): ThreadClass {
  for (const candidate of [
    exported,
    property(exported, 'default'),
    property(property(exported, 'default'), 'default')
  ]) {
    if (isConstructor(candidate)) return candidate
  }
  const classes = namedClasses(exported)
  const [only] = classes
  if (only !== undefined && classes.length === 1) return only[1]
  const found = classes.length === 0 ? 'no class' : `several classes (${classes.map(([name]) => name).join(', ')})`
  const remedy = 'write `export default class …` or `module.exports = class …`'
  throw new P2pError('ERR_TRUSTP2P_THREAD_NO_CLASS', `${path}: the module exports ${found}; ${remedy}`)
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
}

function namedClasses(exported: unknown): readonly (readonly [string, ThreadClass])[] {
  if (typeof exported !== 'object' || exported === null) return []
  const found = new Map<ThreadClass, string>()
  for (const [name, value] of Object.entries(exported)) {
    if (isClass(value) && value !== (Thread as unknown) && !found.has(value)) found.set(value, name)
  }
  return [...found].map(([value, name]) => [name, value] as const)
}

/** True for what `new` may take: a class, or a function of the old style. */
function isConstructor(value: unknown): value is ThreadClass {
  return typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null
}

/** Tells a class from a helper function that happens to be exported beside it. */
function isClass(value: unknown): value is ThreadClass {
  if (!isConstructor(value)) return false
  if (Function.prototype.toString.call(value).startsWith('class')) return true
  return Object.getOwnPropertyNames(value.prototype).length > 1
}
