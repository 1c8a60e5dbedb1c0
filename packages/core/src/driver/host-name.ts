/** The host of a peer as drivers write it: `192.0.2.1:4711` and `[2001:db8::1]:4711` without the port. */
export function hostOfPeer(peer: string): string {
  return withoutBrackets(peer.replace(/:\d+$/, ''))
}

/** The host that an address names, as drivers write hosts; empty where it names none. */
export function hostOfUrl(url: string): string {
  return URL.canParse(url) ? withoutBrackets(new URL(url).hostname) : ''
}

/** An IPv6 address as drivers write it: addresses have it in brackets (RFC 3986, 3.2.2). Other hosts stay as they are. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

/** Writes a host and its port: `127.0.0.1:1107`, `[::1]:1107`. Of all hosts IPv6 addresses alone have colons. */
export function formatPeer(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** An IPv4 address that came mapped into IPv6 (`::ffff:127.0.0.1`, RFC 4291, 2.5.5.2) as IPv4; others as they are. */
export function plainHost(host: string): string {
  return host.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
}
