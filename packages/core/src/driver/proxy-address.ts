import { NetworkSet, readAddress, readNetwork } from '../ip-networks'
import { withoutBrackets } from './host-name'

/** A proxy that connections are asked of. */
export interface ProxyAddress {
  /** `socks5`: RFC 1928 and 1929; `http`: CONNECT of RFC 9110, 9.3.6. */
  readonly kind: 'socks5' | 'http'
  /** Name or IP address, without brackets. */
  readonly host: string
  readonly port: number
  /** Empty where it asks for none. */
  readonly user: string
  readonly password: string
  /** How reports call it: without user and password. */
  readonly name: string
}

/** What a proxy takes, as an expectation says it. */
export const A_PROXY =
  'a proxy, such as "socks5://127.0.0.1:1080" or "http://user:password@proxy.example:3128", or "" for none'

/** Where a proxy listens whose address has no port, by scheme. */
const KINDS = new Map([
  ['socks5:', { kind: 'socks5', port: 1080 }],
  ['http:', { kind: 'http', port: 80 }]
] as const)

/** Longest user, and longest password (RFC 1929, 2), in bytes of UTF-8. */
export const LONGEST_CREDENTIAL = 255

/** Reads `socks5://user:password@host:port` or `http://…`; undefined for what is no such address. */
export function readProxy(text: string): ProxyAddress | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const found = [...KINDS].find(([protocol]) => protocol === url.protocol)?.[1]
  const hostname = withoutBrackets(url.hostname).toLowerCase()
  const isBare = (url.pathname === '' || url.pathname === '/') && url.search === '' && url.hash === ''
  if (found === undefined || hostname === '' || !isBare || !/^[a-z0-9]+:\/\//i.test(text)) return undefined
  const [user, password] = [decode(url.username), decode(url.password)]
  if (user === undefined || password === undefined || !areCredentials(found.kind, user, password)) return undefined
  const port = url.port === '' ? found.port : Number(url.port)
  return { kind: found.kind, host: hostname, port, user, password, name: `${found.kind}://${url.hostname}:${port}` }
}

/** RFC 1929 has no empty ones; in Basic credentials a colon ends the user (RFC 7617, 2). */
function areCredentials(kind: ProxyAddress['kind'], user: string, password: string): boolean {
  if (user === '' && password === '') return true
  const lengths = [user, password].map((text) => new TextEncoder().encode(text).length)
  const fits = lengths.every((length) => length <= LONGEST_CREDENTIAL)
  return fits && user !== '' && (kind === 'http' ? !user.includes(':') : password !== '')
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** What a host that is reached without the proxy may be, as an expectation says it. */
export const A_DIRECT_HOST = 'a host name, an IP address, or a network such as "10.0.0.0/8"'

/** True for what `A_DIRECT_HOST` says. */
export function isDirectHost(text: string): boolean {
  return (
    readNetwork(text) !== undefined || (/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i.test(text) && !/^[\d.]+$/.test(text))
  )
}

/** Hosts that are reached without the proxy. */
export class DirectHosts {
  readonly #names: ReadonlySet<string>
  readonly #networks = new NetworkSet()

  /** @param entries names, IP addresses and networks */
  constructor(entries: readonly string[]) {
    const networks = entries.map(readNetwork)
    for (const network of networks) if (network !== undefined) this.#networks.add(network)
    this.#names = new Set(entries.filter((_, index) => networks[index] === undefined).map((name) => name.toLowerCase()))
  }

  has(host: string): boolean {
    const address = readAddress(host)
    return address === undefined ? this.#names.has(host.toLowerCase()) : this.#networks.has(address)
  }
}
