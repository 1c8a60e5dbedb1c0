import type { PeerQuery } from './known-peer'

const KEYS: ReadonlySet<string> = new Set<keyof PeerQuery>(['dialable', 'limit'])

/** Throws a TypeError for what is no query, and a RangeError for a limit that is none. */
export function readPeerQuery(query: unknown): PeerQuery {
  if (typeof query !== 'object' || query === null) throw new TypeError('a query is an object: { dialable, limit }')
  const unknown = Object.keys(query).find((key) => !KEYS.has(key))
  if (unknown !== undefined) throw new TypeError(`"${unknown}" is no key of a query: use dialable or limit`)
  const { dialable, limit }: { readonly [Key in keyof PeerQuery]?: unknown } = query
  if (dialable !== undefined && typeof dialable !== 'boolean') throw new TypeError('dialable is true or false')
  if (limit !== undefined && !isCount(limit)) throw new RangeError('limit is a whole number from 1')
  return { ...(dialable !== undefined && { dialable }), ...(limit !== undefined && { limit }) }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1
}
