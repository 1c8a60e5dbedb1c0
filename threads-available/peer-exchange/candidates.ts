import { isPeerId } from 'trustp2p'
import { ADDRESSES, addressesOf } from './places'

/** Peers of an answer that are looked at. */
const PEERS_OF_AN_ANSWER = 256
/** Addresses of each of them that are looked at: some may be none, or of another peer. */
const ADDRESSES_LOOKED_AT = 2 * ADDRESSES

/** Where a peer may be. */
export interface Candidate {
  readonly id: string
  readonly addresses: readonly string[]
}

/** The peers of an answer; what else stands there is passed over. */
export function candidatesIn(body: unknown): Candidate[] {
  if (typeof body !== 'object' || body === null) return []
  const { peers }: { peers?: unknown } = body
  return Array.isArray(peers) ? peers.slice(0, PEERS_OF_AN_ANSWER).flatMap((peer: unknown) => candidateIn(peer)) : []
}

function candidateIn(peer: unknown): Candidate[] {
  if (typeof peer !== 'object' || peer === null) return []
  const { id, addresses }: { id?: unknown; addresses?: unknown } = peer
  if (typeof id !== 'string' || !isPeerId(id) || !Array.isArray(addresses)) return []
  return [{ id, addresses: addressesOf(id, addresses.slice(0, ADDRESSES_LOOKED_AT)) }]
}
