/** Addresses that begin with the same bits. */
export interface IpNetwork {
  /** The address that it begins with; that of IPv4 mapped into IPv6 (RFC 4291, 2.5.5.2), so that both forms are one. */
  readonly bits: bigint
  /** How many bits count: 128 for a single address. */
  readonly length: number
}

const ADDRESS_BITS = 128
const IPV4_BITS = 32
const GROUPS = 8
/** The bits before those of an IPv4 address. */
const MAPPED = 0xffffn
const MAPPED_BITS = ADDRESS_BITS - IPV4_BITS

/** True for an address of IPv4, however it was written. */
export function isIpv4(address: bigint): boolean {
  return address >> BigInt(IPV4_BITS) === MAPPED
}

/** The 32 bits of an IPv4 address as one of 128 bits: mapped into IPv6 (RFC 4291, 2.5.5.2). */
export function mappedIpv4(bits: bigint): bigint {
  return (MAPPED << BigInt(IPV4_BITS)) | bits
}

/** Reads `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1`, `fe80::1%eth0`; undefined for what is no IP address. */
export function readAddress(text: string): bigint | undefined {
  return text.includes(':') ? readIpv6(text.replace(/%.*$/, '')) : readIpv4(text)
}

/** Reads an address, or a network as `10.0.0.0/8` (RFC 4632, 3.1; RFC 4291, 2.3); undefined for anything else. */
export function readNetwork(text: string): IpNetwork | undefined {
  const [, address = '', lengthText] = /^([\da-f:.]+)(?:\/(0|[1-9]\d{0,2}))?$/i.exec(text) ?? []
  const bits = readAddress(address)
  if (bits === undefined) return undefined
  const before = address.includes(':') ? 0 : MAPPED_BITS
  const length = lengthText === undefined ? ADDRESS_BITS : before + Number(lengthText)
  return length > ADDRESS_BITS ? undefined : { bits: firstBits(bits, length), length }
}

/** A set of networks that tells whether it holds an address, however many they are. */
export class NetworkSet {
  /** The networks by their length: so an address is looked for once for each length, not for each network. */
  readonly #byLength = new Map<number, Set<bigint>>()

  add({ bits, length }: IpNetwork): void {
    const known = this.#byLength.get(length)
    if (known === undefined) this.#byLength.set(length, new Set([bits]))
    else known.add(bits)
  }

  delete({ bits, length }: IpNetwork): void {
    const known = this.#byLength.get(length)
    if (known?.delete(bits) === true && known.size === 0) this.#byLength.delete(length)
  }

  /** True for an address of one of its networks; IPv4 is in those of IPv4 alone, `::/0` is IPv6. */
  has(address: bigint): boolean {
    const least = isIpv4(address) ? MAPPED_BITS : 0
    for (const [length, known] of this.#byLength) {
      if (length >= least && known.has(firstBits(address, length))) return true
    }
    return false
  }
}

/** The address with all bits behind the first ones zero. */
function firstBits(bits: bigint, length: number): bigint {
  const rest = BigInt(ADDRESS_BITS - length)
  return (bits >> rest) << rest
}

function readIpv4(text: string): bigint | undefined {
  const value = ipv4Value(text)
  return value === undefined ? undefined : mappedIpv4(value)
}

/** A leading zero means octal to some, so that nobody takes it. */
function ipv4Value(text: string): bigint | undefined {
  const bytes = text.split('.')
  if (bytes.length !== 4 || !bytes.every((byte) => /^(0|[1-9]\d{0,2})$/.test(byte) && Number(byte) < 256))
    return undefined
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function readIpv6(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.split('::')
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')]
  if (more.length > 0 || before === undefined || after === undefined) return undefined
  if (tail !== undefined && head.includes('.')) return undefined
  const zeros = GROUPS - before.length - after.length
  // "::" stands for one group at least.
  if (tail === undefined ? zeros !== 0 : zeros < 1) return undefined
  const groups = [...before, ...Array<bigint>(zeros).fill(0n), ...after]
  return groups.reduce((value, group) => (value << 16n) | group, 0n)
}

/** An IPv4 address at the end stands for two groups. */
function groupsOf(text: string): bigint[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const ipv4 = parts.at(-1)?.includes('.') === true ? ipv4Value(parts.pop() ?? '') : 0n
  if (ipv4 === undefined || !parts.every((part) => /^[\da-f]{1,4}$/i.test(part))) return undefined
  const groups = parts.map((part) => BigInt(`0x${part}`))
  return text.includes('.') ? [...groups, ipv4 >> 16n, ipv4 & 0xffffn] : groups
}
