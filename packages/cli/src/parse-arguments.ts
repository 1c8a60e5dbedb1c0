import { InvalidArgumentError } from 'commander'
import type { NodeRole, PackageType } from 'trustp2p'
import { SHELLS } from './completion/describe-program'
import type { Shell } from './completion/describe-program'
import { levelsOf, valuesOf } from './json-levels'

/** Longest wait that a timer takes, in ms. */
const LONGEST_MS = 2 ** 31 - 1

/** A value of `--set`. */
export interface GivenSetting {
  readonly path: string
  readonly text: string
}

/** Reads a body. */
export function parseBody(text: string): unknown {
  const body = parseJson(text)
  if (body === Infinity || body === -Infinity || holdsInfinity(body)) {
    throw new InvalidArgumentError('A number in it is larger than JSON can be sent with: 1e308 is about the largest.')
  }
  return body
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError(
      'It is no JSON. Put all of it in single quotes, names and texts in double quotes: ' +
        `'{"name":"you"}', or '"a text"'.`
    )
  }
}

/** JSON.parse reads `1e400` as that, and no JSON text says it again. */
function holdsInfinity(body: unknown): boolean {
  for (const level of levelsOf(body)) {
    if (level.flatMap(valuesOf).some((value) => value === Infinity || value === -Infinity)) return true
  }
  return false
}

/** Reads the name of an event. */
export function parseEvent(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('The name of an event is a text that is not empty.')
}

/** Reads a text that stands for something: a variable of a script that is not set gives an empty one. */
export function parseText(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('Give a text that is not empty.')
}

/** Reads `key=value` and adds it to those before it. */
export function collectSetting(text: string, before: readonly GivenSetting[] = []): GivenSetting[] {
  const mark = text.indexOf('=')
  if (mark < 1) throw new InvalidArgumentError('Give a key and a value: --set log.level=debug')
  return [...before, { path: text.slice(0, mark), text: text.slice(mark + 1) }]
}

/** Reads a time in ms. */
export function parseTimeout(text: string): number {
  const timeoutMs = /^\d{1,10}$/.test(text) ? Number(text) : NaN
  if (timeoutMs <= LONGEST_MS) return timeoutMs
  throw new InvalidArgumentError(`Give a whole number of ms from 0 to ${LONGEST_MS}.`)
}

/** Most records that a node tells at once. */
const MOST_RECORDS = 500

/** Reads how many records are wanted. */
export function parseRecords(text: string): number {
  const records = /^\d{1,3}$/.test(text) ? Number(text) : NaN
  if (records >= 1 && records <= MOST_RECORDS) return records
  throw new InvalidArgumentError(`Give a whole number from 1 to ${MOST_RECORDS}.`)
}

/** Most peers that a node tells at once. */
const MOST_PEERS = 400

/** Reads how many peers are wanted. */
export function parsePeers(text: string): number {
  const peers = /^\d{1,3}$/.test(text) ? Number(text) : NaN
  if (peers >= 1 && peers <= MOST_PEERS) return peers
  throw new InvalidArgumentError(`Give a whole number from 1 to ${MOST_PEERS}.`)
}

/** Longest ban in hours: 100 years. */
const LONGEST_BAN_HOURS = 876_000

const HOUR_MS = 3_600_000

/** Reads how long a ban lasts, in hours; gives ms. */
export function parseBanTime(text: string): number {
  const hours = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : NaN
  if (hours > 0 && hours <= LONGEST_BAN_HOURS) return Math.round(hours * HOUR_MS)
  throw new InvalidArgumentError(`Give a number of hours, such as 0.5 or 48, up to ${LONGEST_BAN_HOURS}.`)
}

/** Longest reason of a ban. */
const LONGEST_REASON = 200

/** Reads the reason of a ban. */
export function parseReason(text: string): string {
  if (text.length <= LONGEST_REASON) return parseText(text)
  throw new InvalidArgumentError(`Give a text of at most ${LONGEST_REASON} characters.`)
}

const ROLES: readonly NodeRole[] = ['server', 'client', 'node']

/** Reads what a node is created as. */
export function parseRole(text: string): NodeRole {
  const role = ROLES.find((one) => one === text)
  if (role !== undefined) return role
  throw new InvalidArgumentError(`Give one of ${ROLES.join(', ')}.`)
}

/** Reads the name of a shell. */
export function parseShell(text: string): Shell {
  const shell = SHELLS.find((one) => one === text)
  if (shell !== undefined) return shell
  throw new InvalidArgumentError(`Give one of ${SHELLS.join(', ')}.`)
}

/** Types by name: those that can be asked, and those that can be told. Numbers, since the library loads later. */
export const ASKED_TYPES = { REQUEST: 30, HEARTBEAT_PING: 10 } as const satisfies Partial<typeof PackageType>
export const TOLD_TYPES = { TALK: 20, SYSTEM: 0 } as const satisfies Partial<typeof PackageType>

/** Makes a reader of package types, by name in any case or by number. */
export function typeParser(types: Readonly<Record<string, PackageType>>): (text: string) => PackageType {
  return (text) => {
    const found = Object.entries(types).find(([name, type]) => text.toUpperCase() === name || text === String(type))
    if (found !== undefined) return found[1]
    throw new InvalidArgumentError(`Give one of ${Object.keys(types).join(', ')}.`)
  }
}
