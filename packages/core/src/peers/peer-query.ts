import { networkOf } from '../network-of'
import type { KnownPeer, PeerQuery } from './known-peer'

const KEYS: ReadonlySet<string> = new Set<keyof PeerQuery>(['dialable', 'spread', 'limit'])

/** Throws a TypeError for what is no query, and a RangeError for a limit that is none. */
export function readPeerQuery(query: unknown): PeerQuery {
  if (typeof query !== 'object' || query === null)
    throw new TypeError('a query is an object: { dialable, spread, limit }')
  const unknown = Object.keys(query).find((key) => !KEYS.has(key))
  if (unknown !== undefined) throw new TypeError(`"${unknown}" is no key of a query: use dialable, spread or limit`)
  const { dialable, spread, limit }: { readonly [Key in keyof PeerQuery]?: unknown } = query
  if (dialable !== undefined && typeof dialable !== 'boolean') throw new TypeError('dialable is true or false')
  if (spread !== undefined && typeof spread !== 'boolean') throw new TypeError('spread is true or false')
  if (limit !== undefined && !isCount(limit)) throw new RangeError('limit is a whole number from 1')
  return {
    ...(dialable !== undefined && { dialable }),
    ...(spread !== undefined && { spread }),
    ...(limit !== undefined && { limit })
  }
}

/** Puts the first of each host before the second of each, and so on: many keys on one host push nobody out. */
export function spreadOver(peers: readonly KnownPeer[]): KnownPeer[] {
  const counts = new Map<string, number>()
  const ranked = peers.map((peer) => {
    const host = networkOf(peer.host ?? peer.id)
    const rank = counts.get(host) ?? 0
    counts.set(host, rank + 1)
    return { peer, rank }
  })
  return ranked.sort((one, other) => one.rank - other.rank).map(({ peer }) => peer)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1
}
