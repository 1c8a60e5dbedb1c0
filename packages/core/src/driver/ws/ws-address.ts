import { isIPv6 } from 'node:net'
import { addressInvalid } from '../driver-errors'
import { withoutBrackets } from '../host-name'

/** Where to listen. */
export interface WsAddress {
  /** Over TLS: `wss://`. */
  readonly secure: boolean
  /** Name or IP address, without brackets. */
  readonly host: string
  readonly port: number
  /** `/` where the address names none. */
  readonly path: string
}

/** Default ports by scheme (RFC 6455, 3). */
const DEFAULT_PORTS = new Map([
  ['ws:', 80],
  ['wss:', 443]
])

/** Reads an address to listen on. Throws ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID. */
export function parseListenAddress(url: string): WsAddress {
  const address = parseDialAddress(url)
  if (address.search !== '') throw addressInvalid(url, 'a listener cannot have a query')
  return { secure: address.protocol === 'wss:', ...targetOf(address), path: address.pathname }
}

/** The host and the port that an address leads to. */
export function targetOf({ protocol, hostname, port }: URL): Pick<WsAddress, 'host' | 'port'> {
  return {
    host: withoutBrackets(hostname),
    port: port === '' ? (DEFAULT_PORTS.get(protocol) ?? 0) : Number(port)
  }
}

/** Reads an address to dial. Throws ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID. */
export function parseDialAddress(url: string): URL {
  if (!URL.canParse(url)) throw addressInvalid(url, 'it is no URL, such as ws://127.0.0.1:1107')
  const parsed = new URL(url)
  if (!DEFAULT_PORTS.has(parsed.protocol)) throw addressInvalid(url, 'it does not begin with ws:// or wss://')
  if (parsed.username !== '' || parsed.password !== '') throw addressInvalid(url, 'it holds a user name or a password')
  if (parsed.hash !== '') throw addressInvalid(url, 'it holds a fragment (#)')
  return parsed
}

/** Writes an address: `ws://127.0.0.1:1107`, `wss://[::1]:1107/path`. */
export function formatAddress({ secure, host, port, path }: WsAddress): string {
  return `${secure ? 'wss' : 'ws'}://${formatPeer(host, port)}${path === '/' ? '' : path}`
}

/** Writes a host and its port: `127.0.0.1:1107`, `[::1]:1107`. */
export function formatPeer(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** An IPv4 address that came mapped into IPv6 (`::ffff:127.0.0.1`, RFC 4291, 2.5.5.2) as IPv4; others as they are. */
export function plainHost(host: string): string {
  return host.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
}
