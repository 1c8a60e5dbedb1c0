import { assertDeclared, eventMapError } from '../event-map'
import type { HandlerTable } from '../event-map'
import { TYPES_BY_NAME } from '../event-patterns'
import type { Manifest } from '../manifest'
import type { Handler } from '../thread'
import type { Constructed } from './protocol'

/**
 * The routes to a thread in a room, each to a handler of its own that `create` makes. Throws
 * ERR_TRUSTP2P_THREAD_EVENT_MAP_INVALID for a type that reaches no thread, or an event that the manifest does not declare.
 */
export function remoteHandlers(
  { events }: Constructed,
  { path, manifest, create }: { path: string; manifest: Manifest; create: () => Handler }
): HandlerTable {
  const types = new Set(TYPES_BY_NAME.values())
  const table = new Map<number, ReadonlyMap<string, Handler>>()
  for (const [type, names] of events) {
    if (!types.has(type)) throw eventMapError(path, `has the type ${type}, which reaches no thread; mend the file`)
    table.set(type, new Map(names.map((name) => [name, create()])))
  }
  assertDeclared(table, { path, handles: manifest.handles })
  return table
}
