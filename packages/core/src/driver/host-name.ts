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
