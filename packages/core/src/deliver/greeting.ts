import { isDigestText } from '../contract/digest'
import { NODE_CONTRACTS } from '../contract/limits'
import { Encoding, PROTOCOL_ALT, PROTOCOL_VERSION } from '../wire/package'

/** Event of the TALK that both sides send first. */
export const GREETING_EVENT = 'version'
/** Event of the SYSTEM message that ends a request: its tag is the request's. */
export const CANCEL_EVENT = 'cancel'
/** Event of the SYSTEM message that tells which contracts its sender has now. */
export const CONTRACTS_EVENT = 'contracts'
/** Event of the SYSTEM message with the proof of who its sender is. */
export const PROOF_EVENT = 'proof'
/** Event of the REQUEST for the descriptor of a contract. */
export const CONTRACT_EVENT = 'trustp2p/contract'
export const LIBRARY_NAME = 'trustp2p'
export const LIBRARY_VERSION = '0.1.0'

/** What a peer that has greeted said of itself. */
export interface PeerGreeting {
  /** True for a peer that knows our keys: codes in field 8, cancel, encodings. */
  readonly current: boolean
  readonly encodings: ReadonlySet<number>
  /** The digests of its contracts, by name. */
  readonly contracts: ReadonlyMap<string, string>
}

/** A peer of which nothing more is known than that it speaks the six fields of 2018. */
export const PLAIN_PEER: PeerGreeting = {
  current: false,
  encodings: new Set([Encoding.JSON]),
  contracts: new Map()
}

/** How many encodings of a greeting are looked at. */
const MAX_ENCODINGS = 16

/** The program that a node is part of, as its greeting names it. */
export interface Program {
  readonly name: string
  readonly version: string
}

/** Longest name, or version, of a program that is sent: as long as a package's name may be. */
const LONGEST_NAME = 214

/** The body of our greeting: the keys of 2018, then our own. */
export function createGreeting(
  { name, version }: Program,
  contracts: Record<string, string> = {}
): Record<string, unknown> {
  return {
    protocol_version: PROTOCOL_VERSION,
    alt: PROTOCOL_ALT,
    library: LIBRARY_NAME,
    library_version: LIBRARY_VERSION,
    program: name.slice(0, LONGEST_NAME),
    program_version: version.slice(0, LONGEST_NAME),
    encodings: [Encoding.JSON, Encoding.BYTES, Encoding.TYPED],
    ...(Object.keys(contracts).length > 0 && { contracts })
  }
}

/** What a greeting's body says: why it is incompatible, or who the peer is. Anything may stand in it. */
export function readGreeting(body: unknown): { incompatible: string } | { greeting: PeerGreeting } {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const incompatible = incompatibility(fields['protocol_version'], fields['alt'])
  if (incompatible !== undefined) return { incompatible }
  const listed = Array.isArray(fields['encodings']) ? fields['encodings'] : undefined
  if (listed === undefined) return { greeting: PLAIN_PEER }
  const encodings = listed.slice(0, MAX_ENCODINGS).filter((value): value is number => typeof value === 'number')
  const contracts = readDigests(fields['contracts'])
  return { greeting: { current: true, encodings: new Set([Encoding.JSON, ...encodings]), contracts } }
}

/** What a greeting, or a SYSTEM `contracts`, says of contracts: anything may stand in it. The first 64 count. */
export function readDigests(value: unknown): ReadonlyMap<string, string> {
  if (typeof value !== 'object' || value === null) return new Map()
  const entries: [string, unknown][] = Object.entries(value).slice(0, NODE_CONTRACTS)
  return new Map(entries.filter((entry): entry is [string, string] => isDigestText(entry[1])))
}

/**
 * Why a peer of that version and alt is not compatible: the reason of the close. Compatible is the same major number
 * and an equal alt.
 */
export function incompatibility(version: unknown, alt: unknown): string | undefined {
  if (version !== PROTOCOL_VERSION && majorOf(version) !== majorOf(PROTOCOL_VERSION)) return 'incompatible versions'
  return alt === PROTOCOL_ALT ? undefined : 'incompatible alts'
}

function majorOf(version: unknown): string | undefined {
  if (typeof version !== 'string') return undefined
  return /^(\d{1,9})(?:\.\d{1,9}){0,3}$/.exec(version)?.[1]
}
