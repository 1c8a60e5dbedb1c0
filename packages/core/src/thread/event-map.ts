import { P2pError, errorText } from '../errors'
import { TYPES_BY_NAME } from './event-patterns'
import type { EventPatterns } from './event-patterns'
import { firstLine } from './failure'
import type { Handler } from './thread'

/** The handlers of one thread by type, then by event. Maps, since an event may be called `__proto__`. */
export type HandlerTable = ReadonlyMap<number, ReadonlyMap<string, Handler>>

export interface EventMapOptions {
  /** The file, for errors. */
  readonly path: string
  /** What the manifest says that the thread handles; undefined where it says nothing. */
  readonly handles: EventPatterns | undefined
}

/**
 * Reads and checks the `eventMap` of a thread: a getter, a field or a plain property. Throws
 * ERR_TRUSTP2P_THREAD_EVENT_MAP_EMPTY or ERR_TRUSTP2P_THREAD_EVENT_MAP_INVALID, with the file and the remedy.
 */
export function readEventMap(instance: object, options: EventMapOptions): HandlerTable {
  const { path, handles } = options
  const hooksOnly = handles?.empty === true
  const fail = (text: string, cause?: unknown): never => {
    throw eventMapError(path, text, cause)
  }
  const handlers = checkEventMap(readProperty(instance, fail), fail)
  if (handlers.size === 0 && !hooksOnly) {
    const remedy = 'name an event in the eventMap, or say `static manifest = { handles: [] }` for a thread of hooks'
    throw new P2pError('ERR_TRUSTP2P_THREAD_EVENT_MAP_EMPTY', `${path}: the thread handles no event; ${remedy}`)
  }
  if (handlers.size > 0 && hooksOnly) fail('names events, and the manifest says `handles: []`; drop one of the two')
  assertDeclared(handlers, options)
  return handlers
}

type Fail = (text: string, cause?: unknown) => never

/** Throws ERR_TRUSTP2P_THREAD_EVENT_MAP_INVALID for a handler of what the manifest does not declare. */
export function assertDeclared(table: HandlerTable, { path, handles }: EventMapOptions): void {
  if (handles === undefined) return
  for (const [type, events] of table) {
    const undeclared = [...events.keys()].find((event) => !handles.includes(type, event))
    if (undeclared === undefined) continue
    const what = `names '${undeclared}' under ${nameOf(type)}, which the manifest does not declare under 'handles'`
    throw eventMapError(path, `${what}; declare it there, or drop the handler`)
  }
}

/** The error of an `eventMap` that cannot be used; the text goes behind "the eventMap". */
export function eventMapError(path: string, text: string, cause?: unknown): P2pError {
  return new P2pError('ERR_TRUSTP2P_THREAD_EVENT_MAP_INVALID', `${path}: the eventMap ${text}`, { cause })
}

function nameOf(type: number): string {
  return [...TYPES_BY_NAME].find(([, known]) => known === type)?.[0] ?? String(type)
}

function readProperty(instance: object, fail: Fail): unknown {
  try {
    return 'eventMap' in instance ? instance.eventMap : undefined
  } catch (error) {
    return fail(`threw when it was read: ${firstLine(errorText(error))}`, error)
  }
}

function checkEventMap(map: unknown, fail: Fail): HandlerTable {
  const table = new Map<number, ReadonlyMap<string, Handler>>()
  if (map === undefined || map === null) return table
  if (!isPlain(map)) return fail('is no plain object; give { [PackageType.REQUEST]: { event: this.onEvent } }')
  for (const [key, events] of Object.entries(map)) {
    const type = checkType(key, fail)
    const handlers = checkEvents(type, events, fail)
    if (handlers.size > 0) table.set(type, handlers)
  }
  return table
}

function checkType(key: string, fail: Fail): number {
  for (const type of TYPES_BY_NAME.values()) if (String(type) === key) return type
  const known = [...TYPES_BY_NAME.keys()].map((name) => `[PackageType.${name}]`).join(', ')
  return fail(`has the key '${key}', which is no type that reaches threads; use ${known}`)
}

function checkEvents(type: number, events: unknown, fail: Fail): ReadonlyMap<string, Handler> {
  const where = nameOf(type)
  if (!isPlain(events)) return fail(`holds no object under ${where}; give { event: this.onEvent }`)
  const handlers = new Map<string, Handler>()
  for (const [event, handler] of Object.entries(events)) {
    if (!isHandler(handler)) fail(`holds ${describe(handler)} under ${where} '${event}'; give a method of the class`)
    else handlers.set(event, handler)
  }
  return handlers
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function'
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? 'an object' : typeof value
}

/** True for an object that is no list, and whose prototype was not set by a literal key `__proto__`. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return typeof Object.getPrototypeOf(value) !== 'function'
}
