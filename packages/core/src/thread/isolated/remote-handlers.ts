import { P2pError } from '../../errors'
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
  const refuse = (what: string): never => {
    throw new P2pError('ERR_TRUSTP2P_THREAD_EVENT_MAP_INVALID', `${path}: the eventMap ${what}`)
  }
  const table = new Map<number, ReadonlyMap<string, Handler>>()
  for (const [type, names] of events) {
    if (!types.has(type)) refuse(`has the type ${type}, which reaches no thread`)
    const undeclared = names.find((name) => manifest.handles?.includes(type, name) === false)
    if (undeclared !== undefined) refuse(`names '${undeclared}', which the manifest does not declare under 'handles'`)
    table.set(type, new Map(names.map((name) => [name, create()])))
  }
  return table
}
