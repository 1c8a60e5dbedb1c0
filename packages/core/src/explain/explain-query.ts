import { canonicalUrl } from '../driver/canonical-url'
import { hostOfPeer } from '../driver/host-name'
import { networkOf } from '../network-of'
import type { ExplainQuery, ExplainRecord } from './explain-record'

interface QueryMatcher {
  readonly matches: (record: ExplainRecord) => boolean
  readonly most: number
}

/** The keys of a query that are texts. */
export const QUERY_TEXTS = ['peer', 'socket', 'request', 'about'] as const

/** Reads a query. Throws a TypeError or a RangeError for what is none. */
export function queryMatcher(query: ExplainQuery): QueryMatcher {
  const { peer, socket, request, about, limit = Infinity } = query
  for (const name of QUERY_TEXTS) {
    const value: unknown = query[name]
    if (value !== undefined && typeof value !== 'string') throw new TypeError(`"${name}" of a query is a text`)
  }
  if (limit !== Infinity && !(Number.isInteger(limit) && limit > 0)) {
    throw new RangeError('"limit" of a query is a whole number from 1 on')
  }
  const matches = (record: ExplainRecord): boolean =>
    (peer === undefined || isOfPeer(record, peer)) &&
    (socket === undefined || record.socket === socket) &&
    (request === undefined || isOfRequest(record, request)) &&
    (about === undefined || isAbout(record, about))
  return { matches, most: limit }
}

function isAbout(record: ExplainRecord, about: string): boolean {
  return (
    [record.socket, record.code, record.stage].includes(about) || isOfRequest(record, about) || isOfPeer(record, about)
  )
}

function isOfRequest({ event, tag }: ExplainRecord, wanted: string): boolean {
  return wanted !== '' && (event === wanted || tag === wanted)
}

/** What was counted several times came from several ports, of which the last one is known. */
function isOfPeer({ peer, peerId, host, url, count }: ExplainRecord, wanted: string): boolean {
  if (wanted === '') return false
  if ([peer, peerId, host].includes(wanted)) return true
  if (url !== undefined && canonicalUrl(url) === canonicalUrl(wanted)) return true
  if (host === undefined || host === '') return false
  const network = networkOf(host)
  return networkOf(wanted) === network || (count > 1 && networkOf(hostOfPeer(wanted)) === network)
}
