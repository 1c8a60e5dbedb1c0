import { P2pError } from '../errors'
import { shownUrl } from '../driver/canonical-url'
import { hostScope } from '../host-scope'
import type { HostScope } from '../host-scope'
import { NetworkSet, readAddress, readNetwork } from '../ip-networks'

/** Most entries of `hosts`. */
export const MOST_HOSTS = 100

const SCOPES: ReadonlySet<string> = new Set<HostScope>(['loopback', 'private', 'public'])

/** The hosts that alone may be dialled: what `hosts` of a call says. */
export class DialHosts {
  readonly #scopes = new Set<string>()
  readonly #networks = new NetworkSet()
  /** Hosts that are named as they are: they are not judged by the addresses that they stand for. */
  readonly #names = new Set<string>()

  /** Throws a TypeError for what is no list of hosts, and a RangeError past 100 of them. */
  constructor(entries: readonly string[]) {
    assertHosts(entries)
    for (const entry of entries) {
      const network = readNetwork(entry)
      if (SCOPES.has(entry)) this.#scopes.add(entry)
      else if (network !== undefined) this.#networks.add(network)
      else this.#names.add(entry.toLowerCase())
    }
  }

  /**
   * Why an address may not be dialled: its host is not meant, or it is a name and nobody would judge what that stands for.
   * Undefined where it may, as far as is known before a name is looked up.
   */
  refusalOf(url: string, host: string, judgesNames: boolean): P2pError | undefined {
    if (this.#names.has(host.toLowerCase())) return undefined
    if (readAddress(host) !== undefined) return this.refusalOfAddress(url, host)
    return judgesNames && host !== '' ? undefined : refused(url, host)
  }

  /** Why an address that a host stands for may not be connected to. */
  refusalOfAddress(url: string, host: string): P2pError | undefined {
    const address = readAddress(host)
    const isMeant = this.#scopes.has(hostScope(host) ?? '') || (address !== undefined && this.#networks.has(address))
    return isMeant ? undefined : refused(url, host)
  }

  /** True for a host that is named as it is. */
  names(host: string): boolean {
    return this.#names.has(host.toLowerCase())
  }
}

/** Throws a TypeError for what is no list of hosts, and a RangeError past 100 of them. */
export function assertHosts(entries: unknown): asserts entries is readonly string[] {
  if (!Array.isArray(entries) || !entries.every((entry) => typeof entry === 'string' && entry !== ''))
    throw new TypeError("hosts is a list of addresses, networks, names, and 'loopback', 'private' or 'public'")
  if (entries.length > MOST_HOSTS)
    throw new RangeError(`hosts has at most ${MOST_HOSTS} entries, not ${entries.length}`)
}

/** Throws a TypeError for what is no text, and so no address. */
export function assertDialled(url: unknown): asserts url is string {
  if (typeof url !== 'string')
    throw new TypeError(`an address is a text such as ws://host:port, not of type ${typeof url}`)
}

function refused(url: string, host: string): P2pError {
  const text = `${shownUrl(url)} leads to ${host === '' ? 'no host' : host}, which 'hosts' of the call does not name`
  return new P2pError('ERR_TRUSTP2P_DRIVER_HOST_REFUSED', text)
}
