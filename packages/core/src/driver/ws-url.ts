import { addressInvalid, NO_USERS } from './driver-errors'
import { withoutBrackets } from './host-name'

/** Default ports by scheme (RFC 6455, 3). */
const DEFAULT_PORTS = new Map([
  ['ws:', 80],
  ['wss:', 443]
])

/** Reads an address to dial. Throws ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID. */
export function parseDialAddress(url: string): URL {
  if (!URL.canParse(url)) throw addressInvalid(url, 'it is no URL, such as ws://127.0.0.1:1107')
  const parsed = new URL(url)
  if (!DEFAULT_PORTS.has(parsed.protocol)) throw addressInvalid(url, 'it does not begin with ws:// or wss://')
  if (parsed.username !== '' || parsed.password !== '') throw addressInvalid(url, NO_USERS)
  if (parsed.hash !== '') throw addressInvalid(url, 'it holds a fragment (#)')
  return parsed
}

/** The host, without brackets, and the port that an address leads to. */
export function targetOf({ protocol, hostname, port }: URL): { readonly host: string; readonly port: number } {
  return {
    host: withoutBrackets(hostname),
    port: port === '' ? (DEFAULT_PORTS.get(protocol) ?? 0) : Number(port)
  }
}
