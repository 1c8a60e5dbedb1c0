import { isPeerId } from '../identity/peer-id'
import { LONGEST_REASON } from './ban-reason'
import type { HostRecord } from './host-table'
import type { PeerBan } from './known-peer'
import { isHostId } from './peer-name'
import { ADDRESSES_OF_A_PEER, LONGEST_ADDRESS } from './peer-table'
import type { PeerRecord } from './peer-table'

/** What keys of the peer book begin with in a store. */
export const BOOK_PREFIX = 'peers/'

/** The kinds of records, as they stand in keys: `peers/ban/<id>`. */
export type PageKind = 'ban' | 'peer' | 'host'

/** Longest value that is read, in bytes: many times what is ever written. */
export const LONGEST_PAGE = 64 * 1024

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

export function pageKey(kind: PageKind, id: string): string {
  return `${BOOK_PREFIX}${kind}/${id}`
}

/** Takes a key apart; undefined for one that is none of the book's. */
export function readPageKey(key: string): { readonly kind: PageKind; readonly id: string } | undefined {
  const [, kind, id = ''] = /^peers\/(ban|peer|host)\/(.+)$/s.exec(key) ?? []
  if (kind === 'peer') return isPeerId(id) ? { kind, id } : undefined
  if (kind === 'host') return isHostId(id) ? { kind, id } : undefined
  return kind === 'ban' && (isPeerId(id) || isHostId(id)) ? { kind, id } : undefined
}

/** Writes a record as JSON. */
export function writePage(record: PeerBan | PeerRecord | HostRecord): Uint8Array {
  return encoder.encode(JSON.stringify(record))
}

/** Reads what `writePage` has written of a ban; undefined for anything else. */
export function readBan(id: string, bytes: Uint8Array): PeerBan | undefined {
  const fields = fieldsIn(bytes)
  const { since, until, by, reason } = fields
  if (!isAmount(since) || !isAmount(until) || !isText(reason, LONGEST_REASON)) return undefined
  return by === 'offences' || by === 'score' || by === 'hand' ? { id, since, until, by, reason } : undefined
}

/** Reads what `writePage` has written of a peer; undefined for anything else. */
export function readPeer(bytes: Uint8Array): PeerRecord | undefined {
  const { addresses, host, firstSeen, lastSeen, good, invalid, standing } = fieldsIn(bytes)
  if (!isAddressList(addresses) || !isText(host, LONGEST_ADDRESS)) return undefined
  if (!isAmount(firstSeen) || !isAmount(lastSeen) || !isAmount(good) || !isAmount(invalid)) return undefined
  const { good: creditable, invalid: charged, at } = asFields(standing)
  if (!isAmount(creditable) || !isAmount(charged) || !isAmount(at)) return undefined
  const counts = { good: creditable, invalid: charged, at }
  return { addresses, host, firstSeen, lastSeen, good, invalid, standing: counts }
}

/** Reads what `writePage` has written of a host; undefined for anything else. */
export function readHost(bytes: Uint8Array): HostRecord | undefined {
  const { firstSeen, lastSeen, good, invalid, owed } = fieldsIn(bytes)
  if (!isAmount(firstSeen) || !isAmount(lastSeen) || !isAmount(good)) return undefined
  return isAmount(invalid) && isAmount(owed) ? { firstSeen, lastSeen, good, invalid, owed } : undefined
}

function fieldsIn(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.length > LONGEST_PAGE) return {}
  try {
    return asFields(JSON.parse(decoder.decode(bytes)))
  } catch {
    return {}
  }
}

function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest
}

function isAddressList(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= ADDRESSES_OF_A_PEER &&
    value.every((address) => isText(address, LONGEST_ADDRESS))
  )
}
