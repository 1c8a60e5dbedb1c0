/** Groups of an IPv6 address, and how many of them name its network of 64 bits. */
const GROUPS = 8
const NETWORK_GROUPS = 4

/**
 * Who counts as one peer until peers prove who they are: an IPv4 address, the /64 of an IPv6 address, since one host
 * may take any address in it (RFC 4291, section 2.5.4; RFC 8981), and any other text as it is.
 */
export function networkOf(host: string): string {
  const [, address, zone = ''] = /^([\da-f:]+(?:[\d.]+)?)(%.*)?$/i.exec(host) ?? []
  if (address?.includes(':') !== true) return host
  const [head = '', tail] = address.split('::', 2)
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')]
  const zeros = Math.max(0, GROUPS - before.length - after.length)
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after]
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64${zone}`
}

/** An IPv4 address at the end stands for two groups. */
function groupsOf(text: string): string[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]))
}
