import { P2pError } from '../errors'
import { isPeerId } from '../identity/peer-id'
import { isIpv4, readAddress } from '../ip-networks'
import { networkOf } from '../network-of'
import { printable } from '../printable'

/** Most letters of what is no name that a report shows. */
const SHOWN_LETTERS = 60

/** Who is meant. */
export interface PeerName {
  readonly kind: 'peer' | 'host'
  /** A peer id, an IPv4 address, or the network of an IPv6 one as `networkOf` names it. */
  readonly id: string
}

/** Reads a peer id, an IP address, or the network of an IPv6 one. Throws ERR_TRUSTP2P_RULE_INVALID for anything else. */
export function readPeerName(text: unknown): PeerName {
  if (typeof text === 'string') {
    if (isPeerId(text)) return { kind: 'peer', id: text }
    const bits = readAddress(text)
    if (bits !== undefined) return { kind: 'host', id: isIpv4(bits) ? ipv4Text(bits) : networkOf(text) }
    const [, address = '', zone = ''] = /^([\da-f:]+::)\/64(%.+)?$/i.exec(text) ?? []
    if (readAddress(address) !== undefined) return { kind: 'host', id: networkOf(address + zone) }
  }
  const shown = printable(String(text).slice(0, SHOWN_LETTERS))
  const message = `"${shown}" is no peer: give a peer id, or an IP address; networks are kept out by node.rules`
  throw new P2pError('ERR_TRUSTP2P_RULE_INVALID', message)
}

function ipv4Text(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.')
}

/** True for what `readPeerName` gives as the id of a host. */
export function isHostId(text: string): boolean {
  try {
    return readPeerName(text).id === text && !isPeerId(text)
  } catch {
    return false
  }
}

/** True for a host that has an address: that of a Unix socket has none, and is nobody's in particular. */
export function hasAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host)
}
