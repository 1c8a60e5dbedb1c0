import { P2pError } from '../errors'
import { printable } from '../printable'
import type { Driver } from './contract'

/** RFC 3986, 3.1; in small letters, as addresses are compared. */
const SCHEME = /^[a-z][a-z0-9+.-]*$/
const SUPPORTS = ['listen', 'dial', 'encryption', 'browser'] as const
const METHODS = ['listen', 'dial', 'close'] as const

/** Throws ERR_TRUSTP2P_DRIVER_INVALID, with what is wrong, for what is no driver by its shape. */
export function assertDriver(value: unknown): asserts value is Driver {
  const problem = problemOf(value)
  if (problem === undefined) return
  throw new P2pError('ERR_TRUSTP2P_DRIVER_INVALID', `this is no driver: ${problem}`)
}

function problemOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'it is no object'
  const { name, schemes, supports }: Partial<Record<keyof Driver, unknown>> = value
  if (typeof name !== 'string' || name === '') return 'its name is no text'
  if (!Array.isArray(schemes) || schemes.length === 0) return `schemes of ${printable(name)} is no list of schemes`
  if (!schemes.every(isScheme))
    return `a scheme of ${printable(name)} is not of small letters, digits, "+", "." and "-"`
  const said: Partial<Record<string, unknown>> =
    typeof supports === 'object' && supports !== null ? { ...supports } : {}
  const unsaid = SUPPORTS.find((key) => typeof said[key] !== 'boolean')
  if (unsaid !== undefined) return `supports.${unsaid} of ${printable(name)} is neither true nor false`
  const missing = METHODS.find((method) => typeof (value as Partial<Driver>)[method] !== 'function')
  return missing && `${printable(name)} has no method ${missing}`
}

function isScheme(value: unknown): boolean {
  return typeof value === 'string' && SCHEME.test(value)
}
