import { P2pError } from '../errors'
import { isPeerId } from '../identity/peer-id'
import { NetworkSet, readAddress, readNetwork } from '../ip-networks'
import type { IpNetwork } from '../ip-networks'
import { printable } from '../printable'

/** Most entries of one list. */
export const MOST_RULES = 10_000

/** Most letters of an entry that a report shows. */
const SHOWN_LETTERS = 60

/** What is said of an entry that is none. */
export const A_RULE = 'a peer id, an IP address, or a network such as "10.0.0.0/8"'

/** The two lists, in the order in which their entries came. */
export interface RuleLists {
  /** Who may connect; empty for everybody. */
  readonly allow: readonly string[]
  /** Who may not, also where `allow` lists them. */
  readonly deny: readonly string[]
}

const NO_RULES: RuleLists = { allow: [], deny: [] }

/** Who may connect to a node and be dialled by it, while it runs. An entry is a peer id, an IP address or a network. */
export interface NodeRules {
  /**
   * Lists an entry among those that may connect: from then on those that are not listed may not. Gives false where it is
   * listed already. Throws ERR_TRUSTP2P_RULE_INVALID, or ERR_TRUSTP2P_LIMIT_RULES past 10,000 entries.
   */
  allow(entry: string): boolean
  /** Lists an entry among those that may not, and closes their sockets. Gives and throws as `allow`. */
  deny(entry: string): boolean
  /** Takes an entry from both lists; false where it was in neither. Throws ERR_TRUSTP2P_RULE_INVALID. */
  remove(entry: string): boolean
  /** A snapshot. */
  list(): RuleLists
}

/** Who is judged. */
export interface JudgedPeer {
  readonly host: string
  /** Undefined for who has not proved who it is. */
  readonly peerId: string | undefined
}

/** What keeps a peer out: a rule, or that it proves nothing where only peers that are named may come in. */
export type Objection = 'denied' | 'unproved'

/** True for what a list takes. */
export function isRule(entry: string): boolean {
  return readRule(entry) !== undefined
}

interface Rule {
  /** The same for all ways to write it. */
  readonly key: string
  /** Undefined for a peer id. */
  readonly network: IpNetwork | undefined
}

function readRule(entry: string): Rule | undefined {
  if (isPeerId(entry)) return { key: entry, network: undefined }
  const network = readNetwork(entry)
  return network && { key: `${network.bits}/${network.length}`, network }
}

/** One list. */
class RuleList {
  /** The entries as they were given, by key. */
  readonly #entries = new Map<string, string>()
  readonly #networks = new NetworkSet()
  #peers = 0

  get entries(): string[] {
    return [...this.#entries.values()]
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  /** True where it lists peers by their id. */
  get namesPeers(): boolean {
    return this.#peers > 0
  }

  add(entry: string): boolean {
    const { key, network } = ruleOf(entry)
    if (this.#entries.has(key)) return false
    if (this.#entries.size >= MOST_RULES) throw tooMany(entry)
    this.#entries.set(key, entry)
    if (network === undefined) this.#peers++
    else this.#networks.add(network)
    return true
  }

  delete(entry: string): boolean {
    const { key, network } = ruleOf(entry)
    if (!this.#entries.delete(key)) return false
    if (network === undefined) this.#peers--
    else this.#networks.delete(network)
    return true
  }

  hasHost(address: bigint | undefined): boolean {
    return address !== undefined && this.#networks.has(address)
  }

  hasPeer(peerId: string | undefined): boolean {
    return peerId !== undefined && this.#entries.has(peerId)
  }
}

/**
 * Who may connect, by peer id and by network. Whom `deny` lists may not. Where `allow` lists anybody, a peer needs a host
 * or a proved peer id that stands there. A host that is no IP address, as of a Unix socket, is in no network.
 */
export class PeerRules implements NodeRules {
  readonly #allow = new RuleList()
  readonly #deny = new RuleList()
  readonly #onChange: () => void

  /** @param onChange told of each change: who was let in before may have no place here any more */
  constructor({ allow, deny }: RuleLists = NO_RULES, onChange: () => void = () => undefined) {
    for (const entry of allow) this.#allow.add(entry)
    for (const entry of deny) this.#deny.add(entry)
    this.#onChange = onChange
  }

  allow(entry: string): boolean {
    return this.#told(this.#allow.add(entry))
  }

  deny(entry: string): boolean {
    return this.#told(this.#deny.add(entry))
  }

  remove(entry: string): boolean {
    const wasAllowed = this.#allow.delete(entry)
    const wasDenied = this.#deny.delete(entry)
    return this.#told(wasAllowed || wasDenied)
  }

  list(): RuleLists {
    return { allow: this.#allow.entries, deny: this.#deny.entries }
  }

  /** Judges a peer that was proved, or is known not to prove itself. */
  judge({ host, peerId }: JudgedPeer): Objection | undefined {
    if (this.#allow.isEmpty && this.#deny.isEmpty) return undefined
    const address = readAddress(host)
    if (this.#deny.hasHost(address) || this.#deny.hasPeer(peerId)) return 'denied'
    if (this.#allow.isEmpty || this.#allow.hasHost(address) || this.#allow.hasPeer(peerId)) return undefined
    return peerId === undefined && this.#allow.namesPeers ? 'unproved' : 'denied'
  }

  /** False for a host none of whose peers may connect; where only one of them is meant, for that one. */
  admitsHost(host: string, meant?: string): boolean {
    return this.judge({ host, peerId: meant }) !== 'denied'
  }

  /** True for a peer that may not connect, whatever its host. */
  deniesPeer(peerId: string): boolean {
    return this.#deny.hasPeer(peerId)
  }

  #told(changed: boolean): boolean {
    if (changed) this.#onChange()
    return changed
  }
}

function ruleOf(entry: unknown): Rule {
  const rule = typeof entry === 'string' ? readRule(entry) : undefined
  if (rule !== undefined) return rule
  const shown = printable(String(entry).slice(0, SHOWN_LETTERS))
  throw new P2pError('ERR_TRUSTP2P_RULE_INVALID', `"${shown}" is no rule: give ${A_RULE}`)
}

function tooMany(entry: string): P2pError {
  const text = `"${entry}" is one rule too many: a list has at most ${MOST_RULES}; list networks in place of addresses`
  return new P2pError('ERR_TRUSTP2P_LIMIT_RULES', text)
}
