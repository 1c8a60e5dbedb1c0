import { errorText, isError } from '../../errors'
import { carryError, restoreError } from './carried-error'
import type { CarriedValue, SocketFacts } from './protocol'

/** Tells sockets from other values, and gives what is known of them. */
export type FactsOf = (value: unknown) => SocketFacts | undefined

/**
 * Makes arguments, results and values of events ready to cross. Sockets and errors keep what they are where they stand
 * by themselves. Throws a TypeError for what cannot be cloned.
 */
export function carryValues(values: readonly unknown[], factsOf: FactsOf): CarriedValue[] {
  return values.map((value) => carryValue(value, factsOf))
}

export function carryValue(value: unknown, factsOf: FactsOf): CarriedValue {
  const socket = factsOf(value)
  if (socket !== undefined) return { socket }
  if (isError(value)) return { error: carryError(value) }
  try {
    return { value: structuredClone(value) }
  } catch (cause) {
    const text = `what one thread gives to another must be a value that can be cloned: ${errorText(cause)}`
    throw new TypeError(text, { cause })
  }
}

/** Gives back what was carried. */
export function restoreValue(carried: CarriedValue, socketOf: (facts: SocketFacts) => unknown): unknown {
  if ('socket' in carried) return socketOf(carried.socket)
  return 'error' in carried ? restoreError(carried.error) : carried.value
}
