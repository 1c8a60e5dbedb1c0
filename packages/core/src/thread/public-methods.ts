import { Thread } from './thread'

export type Method = (...values: unknown[]) => unknown

/** What the node calls; other threads have no business there. */
const OWN_BUSINESS = new Set([
  'start',
  'stop',
  'snapshot',
  'restore',
  'reconfigure',
  'onSocketConnection',
  'onSocketOpen',
  'onSocketClose',
  'onSocketError'
])

/** Looks along the classes of the author: what the base classes and the language give is no public method. */
export function findPublicMethod(instance: object, key: string): Method | undefined {
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
