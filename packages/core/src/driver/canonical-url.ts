import { isPeerId } from '../identity/peer-id'

/** Schemes whose hosts are names of the network, which `URL` does not know: it leaves their letters as they are. */
const NAMED_HOSTS = new Set(['tcp:', 'tls:'])

/**
 * Gives one form for the addresses that lead to the same place: scheme and host in small letters, no default port, no
 * path where it is `/` (URL Standard, "URL serializing"). A text that is no URL stays as it is.
 */
export function canonicalUrl(text: string): string {
  if (!URL.canParse(text)) return text
  const url = new URL(text)
  if (NAMED_HOSTS.has(url.protocol)) url.hostname = url.hostname.toLowerCase()
  const { href, pathname, search, hash } = url
  return pathname === '/' && search === '' && hash === '' ? href.slice(0, -1) : href
}

/** The addresses, those left out that lead where an earlier one does. */
export function distinctUrls(texts: readonly string[]): string[] {
  const byPlace = new Map<string, string>()
  for (const text of texts) if (!byPlace.has(canonicalUrl(text))) byPlace.set(canonicalUrl(text), text)
  return [...byPlace.values()]
}

/** The address as a report shows it: without what stands for a user and a password, unless that is a peer id. */
export function shownUrl(text: string): string {
  return text.replace(/(:\/\/)([^/?#\s]*)@/g, (whole, slashes: string, user: string) =>
    isPeerId(user) ? whole : `${slashes}***@`
  )
}
