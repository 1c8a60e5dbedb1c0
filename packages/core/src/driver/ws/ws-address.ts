import { addressInvalid } from '../driver-errors'
import { formatPeer } from '../host-name'
import { parseDialAddress, targetOf } from '../ws-url'

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

/** Reads an address to listen on. Throws ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID. */
export function parseListenAddress(url: string): WsAddress {
  const address = parseDialAddress(url)
  if (address.search !== '') throw addressInvalid(url, 'a listener cannot have a query')
  return { secure: address.protocol === 'wss:', ...targetOf(address), path: address.pathname }
}

/** Writes an address: `ws://127.0.0.1:1107`, `wss://[::1]:1107/path`. */
export function formatAddress({ secure, host, port, path }: WsAddress): string {
  return `${secure ? 'wss' : 'ws'}://${formatPeer(host, port)}${path === '/' ? '' : path}`
}
