import { isIpv4, mappedIpv4, NetworkSet, readAddress, readNetwork } from './ip-networks'

/**
 * From where a host can be reached: from itself alone, from its own network, from everywhere, or, of an address that is of
 * no one host, from nowhere.
 */
export type HostScope = 'loopback' | 'private' | 'public' | 'nowhere'

/** Bits of an IPv4 address. */
const IPV4_BITS = 32
/** The bits before those of an IPv4 address behind NAT64 (RFC 6052, 2.1). */
const NAT64 = 0x64ff9bn << 64n

/** RFC 6890, with RFC 6598 (100.64.0.0/10) and RFC 2544 (198.18.0.0/15). */
const LOOPBACK = setOf('127.0.0.0/8', '::1/128')
const PRIVATE = setOf(
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '100.64.0.0/10', '198.18.0.0/15'],
  ...['fc00::/7', 'fe80::/10', 'fec0::/10']
)
const NOWHERE = setOf('0.0.0.0/8', '192.0.0.0/24', '224.0.0.0/3')
/** What is given to hosts of the internet (RFC 4291, 2.4); the rest of IPv6 is of nobody. */
const GLOBAL_IPV6 = setOf('2000::/3')

/**
 * Tells from where an IP address, written without brackets, can be reached; `localhost` is `loopback`. Undefined for any
 * other name: that goes by the addresses that it stands for.
 */
export function hostScope(host: string): HostScope | undefined {
  const given = readAddress(host)
  if (given === undefined) return /^(.+\.)?localhost\.?$/i.test(host) ? 'loopback' : undefined
  const address = plainAddress(given)
  if (LOOPBACK.has(address)) return 'loopback'
  if (PRIVATE.has(address)) return 'private'
  const isPublic = isIpv4(address) ? !NOWHERE.has(address) : GLOBAL_IPV6.has(address)
  return isPublic ? 'public' : 'nowhere'
}

/** Behind NAT64 the address of IPv4 counts. */
function plainAddress(address: bigint): bigint {
  return address >> BigInt(IPV4_BITS) === NAT64 ? mappedIpv4(BigInt.asUintN(IPV4_BITS, address)) : address
}

function setOf(...networks: readonly string[]): NetworkSet {
  const set = new NetworkSet()
  for (const network of networks.map(readNetwork)) if (network !== undefined) set.add(network)
  return set
}
