import { hostScope } from 'trustp2p'
import type { CP2pMessage, Log, P2pSocket, ThreadNode } from 'trustp2p'
import { ADDRESSES, readPlace, scopesFor, writePlace } from './places'
import type { Place } from './places'
import type { PeerExchangeConfig } from './settings'
import { PATIENCE_MS, Times } from './times'

type Fault = readonly [code: string, text: string]

const UNPROVED: Fault = ['PEERS_UNPROVED', 'who claims an address proves first who it is: see auth']
const INVALID: Fault = ['PEERS_CLAIM_INVALID', `a claim is { addresses }, at most ${ADDRESSES} of them`]
const TOO_SOON: Fault = ['PEERS_CLAIM_TOO_SOON', 'this peer has claimed addresses a moment ago: claim them later']
const BUSY: Fault = ['PEERS_BUSY', 'other claims are looked into: claim again in a while']

export interface ClaimsOptions {
  readonly config: PeerExchangeConfig
  readonly node: Pick<ThreadNode, 'reach'>
  readonly log: Log
  /** The node's monotonic clock, in ms. */
  readonly now: () => number
}

/** What peers claim to be reached at: who may claim now, what is looked into, and what is believed. */
export class Claims {
  readonly #options: ClaimsOptions
  /** When peers claimed last, and when what they claimed held. */
  readonly #claimed = new Times()
  readonly #held = new Times()
  /** The hosts whose claims are looked into. */
  readonly #probing: string[] = []

  constructor(options: ClaimsOptions) {
    this.#options = options
  }

  /** Looks into what a peer claims; tells which of its addresses are believed now, or fails the message. */
  async answer(socket: P2pSocket, message: CP2pMessage): Promise<{ reached: string[] } | undefined> {
    const { peerId, host } = socket
    const places = peerId === undefined ? undefined : claimIn(message.body, peerId)
    if (peerId === undefined || places === undefined) return refuse(message, peerId === undefined ? UNPROVED : INVALID)
    const fault = this.#faultOf(peerId, host)
    if (fault !== undefined) return refuse(message, fault)
    this.#claimed.set(peerId, this.#options.now())
    this.#probing.push(host)
    try {
      return { reached: await this.#reachedOf(places, socket, message.signal) }
    } finally {
      this.#probing.splice(this.#probing.indexOf(host), 1)
    }
  }

  #faultOf(peerId: string, host: string): Fault | undefined {
    const { config, now } = this.#options
    if (this.#claimed.since(peerId, now()) < config.claimMs) return TOO_SOON
    const ofHost = this.#probing.filter((other) => other === host).length
    return this.#probing.length >= config.probes || ofHost >= Math.ceil(config.probes / 2) ? BUSY : undefined
  }

  async #reachedOf(places: readonly Place[], socket: P2pSocket, signal: AbortSignal): Promise<string[]> {
    const { now } = this.#options
    const since = now()
    const reached: string[] = []
    for (const place of places)
      if (now() - since < PATIENCE_MS && (await this.#isThere(placeAt(place, socket), socket, signal)))
        reached.push(writePlace(place))
    return reached
  }

  async #isThere(place: Place, socket: P2pSocket, signal: AbortSignal): Promise<boolean> {
    const { config, node, log, now } = this.#options
    const url = writePlace(place)
    if (this.#held.since(url, now()) < config.freshMs) return true
    try {
      await node.reach(url, { signal, hosts: this.#hostsOf(socket) })
    } catch (error) {
      log.debug({ err: error, url }, 'a claimed address is not believed')
      return false
    }
    this.#held.set(url, now())
    return true
  }

  /** The hosts that a peer may claim: its own, so that nobody has us dial others. */
  #hostsOf(socket: P2pSocket): readonly string[] {
    const { host, inbound } = socket
    if (this.#options.config.anyHost) return scopesFor(socket)
    return hostScope(host) === undefined && inbound ? ['loopback'] : [host]
  }
}

/** The addresses of a claim; undefined for what is none, or is of another peer. */
function claimIn(body: unknown, peerId: string): Place[] | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { addresses }: { addresses?: unknown } = body
  if (!Array.isArray(addresses) || addresses.length > ADDRESSES) return undefined
  const places = addresses.map(readPlace)
  const own = places.filter((place): place is Place => place !== undefined && (place.id ?? peerId) === peerId)
  return own.length === places.length ? own : undefined
}

/** The place that a peer means: where it listens on all its addresses it means the one that it comes from. */
function placeAt(place: Place, { host, peerId }: P2pSocket): Place {
  const isAny = place.host === '0.0.0.0' || place.host === '::'
  return { ...place, id: peerId, host: isAny && hostScope(host) !== undefined ? host : place.host }
}

function refuse(message: CP2pMessage, fault: Fault): undefined {
  message.fail(...fault)
  return undefined
}
