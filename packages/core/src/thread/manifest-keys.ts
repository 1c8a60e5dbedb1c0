import { contractsIn, contractsOfJson } from '../contract/contract'
import type { Contract } from '../contract/contract'
import { isThreadName } from './names'
import { EventPatterns, TYPES_BY_NAME } from './event-patterns'
import type { ConfigParser, Isolation, Quota, RestartPolicy } from './manifest-types'

/** Refuses a manifest; the text goes behind "the manifest". */
export type Fail = (text: string) => never

/** The version of the contract between threads and their node. */
export const API_VERSION = 1

const LONGEST_VERSION = 64
const LONGEST_MS = 2 ** 31 - 1
const LARGEST_FACTOR = 100
/** Most names, events or quotas of one key. */
const LONGEST_LIST = 1_000
const LARGEST_RATE = 1_000_000
const LARGEST_BYTE_RATE = 1024 * 1024 * 1024

export function checkVersion(value: unknown, fail: Fail): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value.length > 0 && value.length <= LONGEST_VERSION && /^[!-~]+$/.test(value)) {
    return value
  }
  return fail(`has ${show(value)} under 'version'; give a text of 1 to ${LONGEST_VERSION} visible ASCII characters`)
}

export function checkApiVersion(value: unknown, fail: Fail): number {
  if (value === undefined || value === API_VERSION) return API_VERSION
  return fail(
    `asks for apiVersion ${show(value)}; this library has ${API_VERSION}: install another one, or mend the key`
  )
}

export function checkNames(key: string, value: unknown, fail: Fail): readonly string[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) return fail(`has no list under '${key}'; give thread names: ${key}: ['heartbeat']`)
  return limited(key, value, fail).map((name: unknown) =>
    typeof name === 'string' && isThreadName(name)
      ? name
      : fail(`names ${show(name)} in '${key}', which is no thread name`)
  )
}

/** Gives the patterns of a list of events by type; undefined where there is none. */
export function checkEvents(key: string, value: unknown, fail: Fail): EventPatterns | undefined {
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.length === 0) return new EventPatterns(new Map())
  const types = [...TYPES_BY_NAME.keys()].join(', ')
  if (!isRecord(value)) return fail(`has no object under '${key}'; give events by type (${types}), or []`)
  const events = new Map<number, readonly string[]>()
  for (const [name, list] of Object.entries(value)) {
    const type = TYPES_BY_NAME.get(name)
    if (type === undefined) return fail(`has the type '${name}' in '${key}'; it takes ${types}`)
    events.set(type, checkEventList(`${key}.${name}`, list, fail))
  }
  return new EventPatterns(events)
}

function checkEventList(key: string, value: unknown, fail: Fail): readonly string[] {
  if (!Array.isArray(value)) return fail(`has no list under '${key}'; give events: ['chat/send', 'room/*']`)
  return limited(key, value, fail).map((event: unknown) =>
    typeof event === 'string' ? event : fail(`has ${show(event)} in '${key}', which is no event`)
  )
}

export function checkConfig(value: unknown, fail: Fail): ConfigParser | undefined {
  if (value === undefined) return undefined
  return isParser(value) ? value : fail("has no 'parse' function under 'config'; give a schema")
}

/** Gives the path of a .proto as it is, and the contracts of a service, or of what `contractJson` gave. */
export function checkContract(value: unknown, fail: Fail): string | readonly Contract[] | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value !== '') return value
  const contracts = typeof value === 'object' && value !== null ? contractsMaybe(value) : undefined
  return contracts ?? fail(`has ${show(value)} under 'contract'; give './chat.proto', or a service of defineContract`)
}

function contractsMaybe(service: object): readonly Contract[] | undefined {
  try {
    return Array.isArray(service) ? contractsOfJson(service) : contractsIn([service])
  } catch {
    return undefined
  }
}

export function checkIsolation(value: unknown, fail: Fail): Isolation | undefined {
  if (value === undefined || value === 'inline' || value === 'worker') return value
  return fail(`has ${show(value)} under 'isolation'; give 'inline' or 'worker'`)
}

export function checkFlag(key: string, value: unknown, fail: Fail): boolean {
  if (value === undefined) return false
  return typeof value === 'boolean' ? value : fail(`has ${show(value)} under '${key}'; give true or false`)
}

type Range = readonly [least: number, most: number]

const RESTART_RANGES: Readonly<Record<keyof RestartPolicy, Range>> = {
  firstMs: [0, LONGEST_MS],
  factor: [1, LARGEST_FACTOR],
  longestMs: [0, LONGEST_MS],
  jitter: [0, 1],
  most: [0, 1_000],
  withinMs: [1, LONGEST_MS]
}

export function checkRestart(value: unknown, fail: Fail): Partial<RestartPolicy> {
  if (value === undefined) return {}
  return checkNumbers('restart', value, RESTART_RANGES, fail)
}

const QUOTA_RANGES: Readonly<Record<keyof Quota, Range>> = {
  perSecond: [0.001, LARGEST_RATE],
  burst: [1, LARGEST_RATE],
  bytesPerSecond: [1, LARGEST_BYTE_RATE]
}

export function checkQuotas(value: unknown, fail: Fail): Readonly<Record<string, Quota>> {
  if (value === undefined) return {}
  if (!isRecord(value))
    return fail(`has no object under 'quotas'; give quotas by event: { 'chat/*': { perSecond: 10 } }`)
  const entries = limited('quotas', Object.entries(value), fail)
  return Object.fromEntries(entries.map(([event, quota]) => [event, checkQuota(`quotas.${event}`, quota, fail)]))
}

function checkQuota(key: string, value: unknown, fail: Fail): Quota {
  const { perSecond, burst, bytesPerSecond } = checkNumbers<keyof Quota>(key, value, QUOTA_RANGES, fail)
  if (perSecond === undefined) return fail(`has no 'perSecond' under '${key}'`)
  return {
    perSecond,
    ...(burst !== undefined && { burst }),
    ...(bytesPerSecond !== undefined && { bytesPerSecond })
  }
}

function checkNumbers<Key extends string>(
  key: string,
  value: unknown,
  ranges: Readonly<Record<Key, Range>>,
  fail: Fail
): { readonly [Name in Key]?: number } {
  const names = Object.keys(ranges)
  if (!isRecord(value)) return fail(`has no object under '${key}'; it takes ${names.join(', ')}`)
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) fail(`has the unknown key '${name}' in '${key}'; it takes ${names.join(', ')}`)
  }
  const numbers: { [Name in Key]?: number } = {}
  for (const name in ranges) {
    const [least, most] = ranges[name]
    const number = value[name]
    if (number === undefined) continue
    if (typeof number !== 'number' || !(number >= least && number <= most)) {
      return fail(`has ${show(number)} under '${key}.${name}'; give a number from ${least} to ${most}`)
    }
    numbers[name] = number
  }
  return numbers
}

function limited<Item>(key: string, items: readonly Item[], fail: Fail): readonly Item[] {
  return items.length <= LONGEST_LIST ? items : fail(`has more than ${LONGEST_LIST} entries under '${key}'`)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isParser(value: unknown): value is ConfigParser {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return 'parse' in value && typeof value.parse === 'function'
}

function show(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return typeof value
  }
}
