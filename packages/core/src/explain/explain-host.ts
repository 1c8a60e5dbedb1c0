/** The host of a peer as drivers write it: `192.0.2.1:4711` and `[2001:db8::1]:4711` without the port. */
export function hostOfPeer(peer: string): string {
  return peer.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}

/** The host that an address names, as drivers write hosts; empty where it names none. */
export function hostOfUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, '$1') : ''
}
