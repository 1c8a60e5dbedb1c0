import { hostScope, isPeerId } from 'trustp2p'
import type { P2pSocket } from 'trustp2p'

/** Most addresses of a claim, and of each peer in an answer. */
export const ADDRESSES = 4
/** Longest address, in UTF-16 units. */
const LONGEST_ADDRESS = 300

/** An address that may be told: it has a host, and neither a query nor a password, which are nobody's business. */
export interface Place {
  readonly scheme: string
  /** The peer id that it names; undefined where it names none. */
  readonly id: string | undefined
  /** Without brackets. */
  readonly host: string
  /** With the colon; empty where there is none. */
  readonly port: string
  readonly path: string
}

const PLACE =
  /^([a-z][a-z\d+.-]{0,20}):\/\/(?:([a-z\d]+)@)?(?:\[([\da-f:.]+)\]|([\w.-]+))(:\d{1,5})?(\/[!-"$->@-~]*)?$/i

/** The place of an address; undefined for one that may not be told. */
export function readPlace(text: unknown): Place | undefined {
  if (typeof text !== 'string' || text.length > LONGEST_ADDRESS) return undefined
  const [whole, scheme = '', id, ipv6, host = '', port = '', path = ''] = PLACE.exec(text) ?? []
  if (whole === undefined || (id !== undefined && !isPeerId(id))) return undefined
  return { scheme, id, host: ipv6 ?? host, port, path: path === '/' ? '' : path }
}

/** The address of a place. */
export function writePlace({ scheme, id, host, port, path }: Place): string {
  const who = id === undefined ? '' : `${id}@`
  return `${scheme}://${who}${host.includes(':') ? `[${host}]` : host}${port}${path}`
}

/** The hosts that one at that host can reach itself, and may be told of, as far as we know. */
export function scopesFor({ host, inbound }: Pick<P2pSocket, 'host' | 'inbound'>): readonly string[] {
  // What comes without an IP address comes from this machine.
  const scope = hostScope(host) ?? (inbound ? 'loopback' : 'public')
  if (scope === 'loopback') return ['loopback', 'private', 'public']
  return scope === 'private' ? ['private', 'public'] : ['public']
}

/** True for an address whose host is of these; a name counts as public. */
export function isOf(scopes: readonly string[], { host }: Place): boolean {
  return scopes.includes(hostScope(host) ?? 'public')
}

/** What may be told, or dialled, of the addresses of a peer: with its id, the first 4. */
export function addressesOf(
  id: string,
  given: readonly unknown[],
  fits: (place: Place) => boolean = () => true
): string[] {
  const places = given.map(readPlace)
  const own = places.filter((place): place is Place => place !== undefined && (place.id ?? id) === id && fits(place))
  return own.slice(0, ADDRESSES).map((place) => writePlace({ ...place, id }))
}

/** What one connects to there, whoever is expected, by whatever scheme, and however host and port are written. */
export function placeOf(url: string): string {
  const { host = '', port = '' } = readPlace(url) ?? {}
  const text = `${host.includes(':') ? `[${host}]` : host.replace(/\.$/, '')}${port}`
  return URL.canParse(`http://${text}`) ? new URL(`http://${text}`).host : text
}
