import { isPeerId } from './peer-id'

/** What an address says of its peer. */
export interface PinnedAddress {
  /** The address without it: what a driver dials. */
  readonly url: string
  /** The peer id that it names; undefined where it names none. */
  readonly pinned: string | undefined
}

/** Reads `tcp://<peer id>@host:port`, of any scheme. What else stands before an @ stays, and drivers refuse it. */
export function readPinned(url: string): PinnedAddress {
  const [whole = '', scheme = '', user = ''] = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#@]*)@/i.exec(url) ?? []
  return isPeerId(user) ? { url: scheme + url.slice(whole.length), pinned: user } : { url, pinned: undefined }
}
