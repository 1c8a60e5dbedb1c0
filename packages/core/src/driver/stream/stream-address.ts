import { addressInvalid, NO_USERS } from '../driver-errors'
import { withoutBrackets } from '../host-name'
import { isSocketPath } from '../../host/local/socket-place'

/** Where to listen or to dial. */
export interface StreamAddress {
  /** Name or IP address, without brackets. */
  readonly host: string
  readonly port: number
}

/** Reads `tcp://127.0.0.1:1107` or `tls://[::1]:1107`. Throws ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID. */
export function parseStreamAddress(url: string, scheme: string): StreamAddress {
  const { hostname, port, pathname } = parseUrl(url, scheme, `${scheme}://127.0.0.1:1107`)
  if (hostname === '') throw addressInvalid(url, 'it names no host')
  if (port === '') throw addressInvalid(url, 'it names no port')
  if (pathname !== '' && pathname !== '/') throw addressInvalid(url, 'it has a path, of which there is none here')
  return { host: withoutBrackets(hostname).toLowerCase(), port: Number(port) }
}

/** Reads `unix:///run/node.sock`; gives the path. Throws ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID. */
export function parseUnixAddress(url: string): string {
  const { hostname, pathname } = parseUrl(url, 'unix', 'unix:///run/node.sock')
  if (hostname !== '') throw addressInvalid(url, 'a path begins with a slash: write three of them, as in unix:///run')
  const path = decode(url, pathname)
  if (path === '' || path.endsWith('/') || path.includes('\0')) throw addressInvalid(url, 'it names no file')
  if (!isSocketPath(path)) throw addressInvalid(url, PATH_TOO_LONG)
  return path
}

/** The system has no more room, and would cut the path without an error. */
export const PATH_TOO_LONG = 'its path is too long for a socket (100 bytes); choose a shorter one'

/** Writes the address of a path. */
export function formatUnixAddress(path: string): string {
  return `unix://${path.split('/').map(encodeURIComponent).join('/')}`
}

function parseUrl(url: string, scheme: string, example: string): URL {
  if (!URL.canParse(url)) throw addressInvalid(url, `it is no URL, such as ${example}`)
  const parsed = new URL(url)
  const { protocol, username, password, search, hash } = parsed
  if (protocol !== `${scheme}:` || !/^[a-z]+:\/\//i.test(url)) {
    throw addressInvalid(url, `it does not begin with ${scheme}://`)
  }
  if (username !== '' || password !== '') throw addressInvalid(url, NO_USERS)
  if (search !== '' || url.includes('?')) throw addressInvalid(url, 'it holds a query (?)')
  if (hash !== '' || url.includes('#')) throw addressInvalid(url, 'it holds a fragment (#)')
  return parsed
}

function decode(url: string, path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw addressInvalid(url, 'a % in it begins no character: write %25')
  }
}
