import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, SocketAddress, isIPv4, isIPv6 } from 'node:net'
import type { Socket } from 'node:net'
import { plainHost } from '../host-name'

/** Longest part of a header that is read, in characters from its end: the addresses of 20 proxies. */
export const FORWARDED_CHARACTERS = 1_024

/** Where a connection comes from. */
export interface RemoteEnd {
  /** Without brackets; IPv4-mapped addresses as IPv4. Empty where the connection is none of IP, or is gone. */
  readonly host: string
  /** 0 where it is not known. */
  readonly port: number
}

/** Proxies whose word counts for who is behind them. */
export class TrustedProxies {
  readonly #list: BlockList | undefined

  /** `entries` are addresses and networks, such as `10.0.0.0/8`; an IPv4 one holds for IPv4-mapped addresses too. */
  constructor(entries: readonly string[]) {
    this.#list = entries.length === 0 ? undefined : createList(entries)
  }

  /**
   * Where a request comes from: the peer of its connection or, where that is trusted, who it speaks for. That is the
   * last address of `x-forwarded-for` that is not trusted itself, since what stands before it may be written by
   * anyone; or, without that header, `x-real-ip`. What is no address is passed over: the connection's own peer counts.
   * `told` is what the PROXY protocol has said of that.
   */
  remoteEnd(
    raw: Pick<Socket, 'remoteAddress' | 'remotePort'>,
    headers: IncomingHttpHeaders,
    told?: RemoteEnd
  ): RemoteEnd {
    const direct = told ?? { host: plainHost(raw.remoteAddress ?? ''), port: raw.remotePort ?? 0 }
    if (this.#list === undefined || !this.trusts(direct.host)) return direct
    const forwarded = textOf(headers['x-forwarded-for'])
    if (forwarded !== '') return this.#lastUntrusted(forwarded) ?? direct
    return parseEnd(textOf(headers['x-real-ip'])) ?? direct
  }

  /** The first address where all are trusted. Undefined where it lies behind what is no address, or too far. */
  #lastUntrusted(header: string): RemoteEnd | undefined {
    const hops = header.slice(-FORWARDED_CHARACTERS).split(',')
    // The first of what was cut off may be half an address.
    if (header.length > FORWARDED_CHARACTERS) hops[0] = ''
    let end: RemoteEnd | undefined
    for (const hop of hops.reverse()) {
      end = parseEnd(hop)
      if (end === undefined || !this.trusts(end.host)) return end
    }
    return end
  }

  /** True for a proxy whose word counts. */
  trusts(host: string): boolean {
    // A link-local address names its interface: fe80::1%eth0.
    const [address = ''] = host.split('%', 1)
    return address !== '' && this.#list?.check(address, familyOf(address)) === true
  }
}

function createList(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', length] = entry.split('/', 2)
    if (length === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(length), familyOf(address))
  }
  return list
}

/** Reads `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`. */
function parseEnd(text: string): RemoteEnd | undefined {
  const trimmed = text.trim()
  const [, bracketed, plain, portText = '0'] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(trimmed) ?? []
  const host = plainAddress(bracketed ?? plain ?? trimmed)
  const port = Number(portText)
  return host === undefined || port > 65_535 ? undefined : { host, port }
}

/**
 * Gives an address in the form in which sockets have it, so that one host has one name. A link-local one names an
 * interface of the proxy (fe80::1%eth0, RFC 4007, 11), which says nothing here: without it the proxy would count as the host.
 */
function plainAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (!isIPv6(text)) return undefined
  return plainHost(new SocketAddress({ address: text.replace(/%.*$/, ''), family: 'ipv6' }).address)
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

/** Node joins what came in several headers of one name with commas. */
function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : (header ?? []).join(',')
}
