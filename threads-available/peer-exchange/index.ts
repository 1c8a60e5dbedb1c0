import { PackageType, Thread, errorCode } from 'trustp2p'
import type { CP2pMessage, KnownPeer, P2pSocket } from 'trustp2p'
import { candidatesIn } from './candidates'
import type { Candidate } from './candidates'
import { Claims } from './claims'
import { OUR_BOOK, PeerDialler } from './peer-dialler'
import { addressesOf, isOf, scopesFor } from './places'
import { parse } from './settings'
import type { PeerExchangeConfig } from './settings'

export type { PeerExchangeConfig }

/** Peers that are asked in a round. */
const ASKED_IN_A_ROUND = 3
/** Answers that are worked on at once. */
const ANSWERS_AT_ONCE = 4
/** Peers of the book that are looked at for one answer, or for one round. */
const KNOWN = 256
/** What the book said is said again for so many times as long as it took to say: a flood costs a twentieth of the time. */
const KNOWN_FOR = 20
/** How often a claim is made in all where the peer is busy. */
const TIMES_CLAIMED = 4
/** The wait after the first of them, at least, in ms; each further one is twice as long. */
const BUSY_MS = 1_000
/** Longest wait for the answer to a claim, in ms: a peer that dials each address of it takes its time. */
const CLAIM_WAIT_MS = 60_000
/** The same for a peer that is asked for others. */
const ANSWER_WAIT_MS = 10_000

/** What is to be claimed again in a while. */
const AGAIN: ReadonlySet<unknown> = new Set([
  'PEERS_BUSY',
  'PEERS_CLAIM_TOO_SOON',
  'ERR_TRUSTP2P_LIMIT_QUOTA',
  'ERR_TRUSTP2P_LIMIT_BUSY'
])

/**
 * Finds peers: answers `get_peers` with addresses that this node has reached itself, tells proved peers with
 * `my_addresses` where we are, and looks into what they claim so: an address is believed once the peer has proved itself
 * there. While there are fewer peers than wanted it asks those that are there, and dials whom they name.
 */
export default class PeerExchange extends Thread<PeerExchangeConfig> {
  static override manifest = {
    config: { parse },
    quotas: { get_peers: { perSecond: 5, burst: 20 }, my_addresses: { perSecond: 5, burst: 20 } }
  }

  readonly #claims = new Claims({ config: this.config, node: this.node, log: this.log, now: () => this.now() })
  readonly #dialler = new PeerDialler({
    target: this.config.target,
    node: this.node,
    log: this.log,
    now: () => this.now()
  })
  #known: { until: number; readonly peers: Promise<readonly KnownPeer[]> } | undefined
  /** Ids of the sockets whose answers are worked on. */
  readonly #asked = new Set<string>()
  /** Ids of the sockets whose peers were too busy to be told where we are. */
  readonly #untold = new Set<string>()

  override get eventMap() {
    return { [PackageType.REQUEST]: { get_peers: this.onGetPeers, my_addresses: this.onMyAddresses } }
  }

  /** Those that were there before this thread are met, too, once it answers itself. */
  override start(): void {
    // What is open while the node starts was told of no address.
    this.on('listening', () =>
      this.node.sockets.forEach((socket) => this.#isProved(socket) && void this.#claim(socket))
    )
    this.setTimeout(() => {
      for (const socket of this.node.sockets) this.#meet(socket)
      void this.#round()
    }, 0)
  }

  override onSocketConnection(socket: P2pSocket): void {
    this.#meet(socket)
  }

  override onSocketOpen(socket: P2pSocket): void {
    this.#meet(socket)
  }

  override onSocketClose(socket: P2pSocket): void {
    this.#untold.delete(socket.id)
  }

  /** Names peers that we have reached, of each host the one met last first, with what the asker could dial. */
  async onGetPeers(socket: P2pSocket): Promise<{ peers: Candidate[] }> {
    const scopes = scopesFor(socket)
    const peers: Candidate[] = []
    for (const { id, addresses } of await this.#knownPeers()) {
      if (peers.length === this.config.peers) break
      if (id === socket.peerId || id === this.node.id) continue
      const fitting = addressesOf(id, addresses, (place) => isOf(scopes, place))
      if (fitting.length > 0) peers.push({ id, addresses: fitting })
    }
    return { peers }
  }

  /** Looks into what a peer claims, and tells which of its addresses are believed now. */
  onMyAddresses(socket: P2pSocket, message: CP2pMessage): Promise<{ reached: string[] } | undefined> {
    return this.#claims.answer(socket, message)
  }

  /** Those that may be dialled, of each host the one met last first. */
  async #knownPeers(): Promise<readonly KnownPeer[]> {
    const from = this.now()
    if (this.#known !== undefined && from < this.#known.until) return this.#known.peers
    const known = { until: Infinity, peers: this.node.peers.list({ dialable: true, spread: true, limit: KNOWN }) }
    this.#known = known
    try {
      return await known.peers
    } finally {
      known.until = this.now() + KNOWN_FOR * (this.now() - from)
    }
  }

  #meet(socket: P2pSocket): void {
    if (this.#isProved(socket)) void this.#claim(socket).then(() => this.#learn(socket))
  }

  #isProved({ peerId }: P2pSocket): boolean {
    return peerId !== undefined && peerId !== this.node.id
  }

  /** Tells a peer where we are. Never rejects. */
  async #claim(socket: P2pSocket): Promise<void> {
    const addresses = this.#ownAddresses(socket)
    if (addresses.length === 0) return
    for (let tries = 1; tries <= TIMES_CLAIMED; tries++) {
      const code = await this.#tell(socket, addresses)
      if (!AGAIN.has(code)) return
      const waitMs = BUSY_MS * 2 ** (tries - 1) * (1 + this.random())
      await new Promise<void>((resolve) => this.setTimeout(() => resolve(), waitMs))
    }
    if (socket.state === 'open') this.#untold.add(socket.id)
  }

  async #tell(socket: P2pSocket, addresses: readonly string[]): Promise<string | undefined> {
    const { peer } = socket
    try {
      const answer = await this.node.request(socket, 'my_addresses', { addresses }, { timeoutMs: CLAIM_WAIT_MS })
      this.log.debug({ peer, addresses, answer }, 'told a peer where we are')
      return undefined
    } catch (error) {
      this.log.debug({ err: error, peer, addresses }, 'a peer did not take where we are')
      return errorCode(error)
    }
  }

  /** What a peer there could dial. */
  #ownAddresses(socket: P2pSocket): string[] {
    const { id, addresses } = this.node
    if (id === undefined) return []
    if (this.config.addresses !== undefined) return addressesOf(id, this.config.addresses)
    const scopes = scopesFor(socket)
    return addressesOf(id, addresses, (place) => isOf(scopes, place) || place.host === '0.0.0.0' || place.host === '::')
  }

  /** Asks a peer for others, and dials some of them. Never rejects. */
  async #learn(socket: P2pSocket): Promise<void> {
    const { id, host, state } = socket
    if (this.#dialler.missing <= 0 || state !== 'open' || this.#asked.has(id) || this.#asked.size >= ANSWERS_AT_ONCE)
      return
    this.#asked.add(id)
    try {
      const body = await this.node.request(socket, 'get_peers', {}, { timeoutMs: ANSWER_WAIT_MS })
      await this.#dialler.dialSome(this.#shuffled(candidatesIn(body)), { by: host, hostsOf: () => scopesFor(socket) })
    } catch (error) {
      this.log.debug({ err: error, peer: socket.peer }, 'a peer named no others')
    } finally {
      this.#asked.delete(id)
    }
  }

  /** In any order: not all who were told the same dial the same peers, nor those that a liar puts first. */
  #shuffled<Peer>(peers: readonly Peer[]): Peer[] {
    return peers
      .map((peer) => ({ peer, at: this.random() }))
      .sort((one, other) => one.at - other.at)
      .map(({ peer }) => peer)
  }

  /** Looks whether there are as many peers as wanted: those that we know are dialled first, then others are asked. */
  async #round(): Promise<void> {
    const { everyMs } = this.config
    this.#dialler.beginRound()
    try {
      if (this.#dialler.missing > 0) await this.#dialler.dialSome(await this.#knownPeers(), OUR_BOOK)
      for (const socket of this.#someSockets()) {
        if (this.#untold.delete(socket.id)) void this.#claim(socket)
        void this.#learn(socket)
      }
    } catch (error) {
      this.log.warn({ err: error }, 'no peers were looked for')
    }
    this.setTimeout(() => void this.#round(), everyMs * (1 + this.random() / 10))
  }

  #someSockets(): readonly P2pSocket[] {
    const proved = this.node.sockets.filter((socket) => this.#isProved(socket))
    const from = Math.floor(this.random() * proved.length)
    return [...proved.slice(from), ...proved.slice(0, from)].slice(0, ASKED_IN_A_ROUND)
  }
}
