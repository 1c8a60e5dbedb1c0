import { PackageType, Thread, errorCode, hostScope, isPeerId } from 'trustp2p'
import type { CP2pMessage, KnownPeer, P2pSocket } from 'trustp2p'

/** The settings of this thread, under `threads.peer-exchange.config`. */
export interface PeerExchangeConfig {
  /** The addresses at which peers are told to reach us, at most 4 [what the node listens on]; with `[]` none are told. */
  readonly addresses?: readonly string[] | undefined
  /**
   * How many peers are wanted, half of them dialled by us: below that others are asked for more, and dialled [8]. 0: never.
   */
  readonly target: number
  /** Time between two looks whether there are as many, in ms; up to a tenth is added at random [60000]. */
  readonly everyMs: number
  /** Most peers of an answer [32]. */
  readonly peers: number
  /** Most claims that are looked into at once, half of them of one host [8]. */
  readonly probes: number
  /** Least time between two claims of one peer, in ms [10000]. */
  readonly claimMs: number
  /** How long a claim that held is believed without dialling again, in ms [3600000]. */
  readonly freshMs: number
  /** Whether peers may claim addresses of other hosts than the one that they come from [false]. */
  readonly anyHost: boolean
}

const DEFAULTS: PeerExchangeConfig = {
  addresses: undefined,
  target: 8,
  everyMs: 60_000,
  peers: 32,
  probes: 8,
  claimMs: 10_000,
  freshMs: 3_600_000,
  anyHost: false
}

/** Longest time in ms that a timer can be set to, with the tenth that is added. */
const LONGEST_MS = 1_900_000_000

/** The least and the most of each number. */
const RANGES = {
  target: [0, 1_000],
  everyMs: [100, LONGEST_MS],
  peers: [1, 256],
  probes: [1, 1_000],
  claimMs: [0, LONGEST_MS],
  freshMs: [0, LONGEST_MS]
} as const

/** Most addresses of a claim, and of each peer in an answer. */
const ADDRESSES = 4
/** Longest address, in UTF-16 units. */
const LONGEST_ADDRESS = 300
/** Peers of an answer that are looked at. */
const PEERS_OF_AN_ANSWER = 256
/** Addresses that are dialled for one answer. */
const DIALS_FOR_AN_ANSWER = 4
/** Addresses that are dialled between two rounds. */
const DIALS_OF_A_ROUND = 32
/** Peers that are asked in a round. */
const ASKED_IN_A_ROUND = 3
/** Answers that are worked on at once. */
const ANSWERS_AT_ONCE = 4
/** Peers of the book that are looked at for one answer, or for one round. */
const KNOWN = 256
/** What the book said is said again for so many times as long as it took to say: a flood costs a twentieth of the time. */
const KNOWN_FOR = 20
/** For how long addresses of one claim, or of one answer, are dialled, in ms: what is left then is passed over. */
const PATIENCE_MS = 20_000
/** How long an address that failed is left alone, in ms. */
const RETRY_MS = 600_000
/** Entries that are kept of who claimed, what held and what failed, each. */
const REMEMBERED = 1_000
/** How often a claim is made in all where the peer is busy. */
const CLAIMS = 4
/** The wait after the first of them, at least, in ms; each further one is twice as long. */
const BUSY_MS = 1_000
/** Longest wait for the answer to a claim, in ms: a peer that dials each address of it takes its time. */
const CLAIM_WAIT_MS = 60_000
/** The same for a peer that is asked for others. */
const ANSWER_WAIT_MS = 10_000

function parse(value: unknown): PeerExchangeConfig {
  if (typeof value !== 'object' || value === null) throw new TypeError('give an object')
  const given = new Map<string, unknown>(Object.entries(value))
  for (const key of given.keys()) {
    if (!Object.hasOwn(DEFAULTS, key))
      throw new TypeError(`'${key}' is unknown; use ${Object.keys(DEFAULTS).join(', ')}`)
  }
  const config: PeerExchangeConfig = { ...DEFAULTS, ...Object.fromEntries(given) }
  const { addresses, anyHost } = config
  if (addresses !== undefined && !areAddresses(addresses))
    throw new TypeError(`'addresses' is a list of at most ${ADDRESSES} addresses such as wss://node.example/p2p`)
  if (typeof anyHost !== 'boolean') throw new TypeError("'anyHost' is true or false")
  for (const [key, [least, most]] of Object.entries(RANGES)) {
    const number: unknown = config[key as keyof typeof RANGES]
    if (typeof number !== 'number' || !Number.isInteger(number) || number < least || number > most)
      throw new RangeError(`'${key}' is a whole number from ${least} to ${most}`)
  }
  return config
}

function areAddresses(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length <= ADDRESSES && value.every((one: unknown) => readPlace(one) !== undefined)
  )
}

/** An address that may be told: it has a host, and neither a query nor a password, which are nobody's business. */
interface Place {
  readonly scheme: string
  /** The peer id that it names; undefined where it names none. */
  readonly id: string | undefined
  /** Without brackets. */
  readonly host: string
  /** With the colon; empty where there is none. */
  readonly port: string
  readonly path: string
}

const PLACE =
  /^([a-z][a-z\d+.-]{0,20}):\/\/(?:([a-z\d]+)@)?(?:\[([\da-f:.]+)\]|([\w.-]+))(:\d{1,5})?(\/[!-"$->@-~]*)?$/i

function readPlace(text: unknown): Place | undefined {
  if (typeof text !== 'string' || text.length > LONGEST_ADDRESS) return undefined
  const [whole, scheme = '', id, ipv6, host = '', port = '', path = ''] = PLACE.exec(text) ?? []
  if (whole === undefined || (id !== undefined && !isPeerId(id))) return undefined
  return { scheme, id, host: ipv6 ?? host, port, path: path === '/' ? '' : path }
}

function writePlace({ scheme, id, host, port, path }: Place): string {
  const who = id === undefined ? '' : `${id}@`
  return `${scheme}://${who}${host.includes(':') ? `[${host}]` : host}${port}${path}`
}

/** The hosts that one at that host can reach itself, and may be told of, as far as we know. */
function scopesFor({ host, inbound }: Pick<P2pSocket, 'host' | 'inbound'>): readonly string[] {
  // What comes without an IP address comes from this machine.
  const scope = hostScope(host) ?? (inbound ? 'loopback' : 'public')
  if (scope === 'loopback') return ['loopback', 'private', 'public']
  return scope === 'private' ? ['private', 'public'] : ['public']
}

/** True for an address whose host is of these; a name counts as public. */
function isOf(scopes: readonly string[], { host }: Place): boolean {
  return scopes.includes(hostScope(host) ?? 'public')
}

/** Where a peer may be. */
interface Candidate {
  readonly id: string
  readonly addresses: readonly string[]
}

/** The peers of an answer; what else stands there is passed over. */
function candidatesIn(body: unknown): Candidate[] {
  if (typeof body !== 'object' || body === null) return []
  const { peers }: { peers?: unknown } = body
  return Array.isArray(peers) ? peers.slice(0, PEERS_OF_AN_ANSWER).flatMap((peer: unknown) => candidateIn(peer)) : []
}

function candidateIn(peer: unknown): Candidate[] {
  if (typeof peer !== 'object' || peer === null) return []
  const { id, addresses }: { id?: unknown; addresses?: unknown } = peer
  if (typeof id !== 'string' || !isPeerId(id) || !Array.isArray(addresses)) return []
  return [{ id, addresses: addressesOf(id, addresses.slice(0, 2 * ADDRESSES)) }]
}

/** What may be told, or dialled, of the addresses of a peer: with its id, the first 4. */
function addressesOf(id: string, given: readonly unknown[], fits: (place: Place) => boolean = () => true): string[] {
  const places = given.map(readPlace)
  const own = places.filter((place): place is Place => place !== undefined && (place.id ?? id) === id && fits(place))
  return own.slice(0, ADDRESSES).map((place) => writePlace({ ...place, id }))
}

/** Who named peers, and which hosts may be dialled for it. */
interface Naming<Peer> {
  /**
   * A host whose peers name one place with many ids has it dialled once, however many ids they have themselves; what others
   * say of that place stays good.
   */
  readonly by: string
  readonly hostsOf: (peer: Peer) => readonly string[]
}

/** Of those that we have reached, what a name stands for by now may not lead nearer than they were. */
const OUR_BOOK: Naming<KnownPeer> = {
  by: 'the book',
  hostsOf: ({ host = '' }) => scopesFor({ host, inbound: false })
}

/** What one connects to there, whoever is expected, by whatever scheme, and however host and port are written. */
function placeOf(url: string): string {
  const { host = '', port = '' } = readPlace(url) ?? {}
  const text = `${host.includes(':') ? `[${host}]` : host.replace(/\.$/, '')}${port}`
  return URL.canParse(`http://${text}`) ? new URL(`http://${text}`).host : text
}

type Fault = readonly [code: string, text: string]

const UNPROVED: Fault = ['PEERS_UNPROVED', 'who claims an address proves first who it is: see auth']
const INVALID: Fault = ['PEERS_CLAIM_INVALID', `a claim is { addresses }, at most ${ADDRESSES} of them`]
const TOO_SOON: Fault = ['PEERS_CLAIM_TOO_SOON', 'this peer has claimed addresses a moment ago: claim them later']
const BUSY: Fault = ['PEERS_BUSY', 'other claims are looked into: claim again in a while']

/** When something was, by its name; the oldest is forgotten for another. */
class Times {
  readonly #at = new Map<string, number>()

  /** How long ago it was, in ms; Infinity where it never was. */
  since(key: string, now: number): number {
    return now - (this.#at.get(key) ?? -Infinity)
  }

  set(key: string, now: number): void {
    this.#at.delete(key)
    this.#at.set(key, now)
    for (const oldest of this.#at.keys()) {
      if (this.#at.size <= REMEMBERED) return
      this.#at.delete(oldest)
    }
  }
}

/** What is to be claimed again in a while. */
const AGAIN: ReadonlySet<unknown> = new Set([
  'PEERS_BUSY',
  'PEERS_CLAIM_TOO_SOON',
  'ERR_TRUSTP2P_LIMIT_QUOTA',
  'ERR_TRUSTP2P_LIMIT_BUSY'
])

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

  /** When peers claimed last, what held and what failed, on the node's monotonic clock. */
  readonly #claims = new Times()
  readonly #held = new Times()
  readonly #failed = new Times()
  /** The hosts whose claims are looked into. */
  readonly #probing: string[] = []
  /** The peers that are dialled. */
  readonly #dialling = new Set<string>()
  #known: { until: number; readonly peers: Promise<readonly KnownPeer[]> } | undefined
  /** Ids of the sockets whose answers are worked on. */
  readonly #asked = new Set<string>()
  /** Ids of the sockets whose peers were too busy to be told where we are. */
  readonly #untold = new Set<string>()
  /** Dials since the round began. */
  #dials = 0

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
  async onMyAddresses(socket: P2pSocket, message: CP2pMessage): Promise<{ reached: string[] } | undefined> {
    const { peerId, host } = socket
    const places = peerId === undefined ? undefined : claimIn(message.body, peerId)
    if (peerId === undefined || places === undefined) return refuse(message, peerId === undefined ? UNPROVED : INVALID)
    const fault = this.#faultOf(peerId, host)
    if (fault !== undefined) return refuse(message, fault)
    this.#claims.set(peerId, this.now())
    this.#probing.push(host)
    const reached: string[] = []
    const since = this.now()
    try {
      for (const place of places)
        if (this.#isInTime(since) && (await this.#isThere(placeAt(place, socket), socket, message.signal)))
          reached.push(writePlace(place))
    } finally {
      this.#probing.splice(this.#probing.indexOf(host), 1)
    }
    return { reached }
  }

  #faultOf(peerId: string, host: string): Fault | undefined {
    const { claimMs, probes } = this.config
    if (this.#claims.since(peerId, this.now()) < claimMs) return TOO_SOON
    const ofHost = this.#probing.filter((other) => other === host).length
    return this.#probing.length >= probes || ofHost >= Math.ceil(probes / 2) ? BUSY : undefined
  }

  async #isThere(place: Place, socket: P2pSocket, signal: AbortSignal): Promise<boolean> {
    const url = writePlace(place)
    if (this.#held.since(url, this.now()) < this.config.freshMs) return true
    try {
      await this.node.reach(url, { signal, hosts: this.#hostsOf(socket) })
    } catch (error) {
      this.log.debug({ err: error, url }, 'a claimed address is not believed')
      return false
    }
    this.#held.set(url, this.now())
    return true
  }

  /** The hosts that a peer may claim: its own, so that nobody has us dial others. */
  #hostsOf(socket: P2pSocket): readonly string[] {
    const { host, inbound } = socket
    if (this.config.anyHost) return scopesFor(socket)
    return hostScope(host) === undefined && inbound ? ['loopback'] : [host]
  }

  #isInTime(since: number): boolean {
    return this.now() - since < PATIENCE_MS
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
    for (let tries = 1; tries <= CLAIMS; tries++) {
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

  /**
   * How many peers are wanted still. Half of them at least are to be of our own choice: with keys enough anybody could come
   * as often as we want peers, and be all that we ever see.
   */
  get #missing(): number {
    const { target } = this.config
    const dialled = new Set<string>()
    const came = new Set<string>()
    for (const { peerId, inbound } of this.node.sockets)
      if (peerId !== undefined) (inbound ? came : dialled).add(peerId)
    for (const id of dialled) came.delete(id)
    return target - dialled.size - Math.min(came.size, Math.floor(target / 2))
  }

  /** Asks a peer for others, and dials some of them. Never rejects. */
  async #learn(socket: P2pSocket): Promise<void> {
    const { id, host, state } = socket
    if (this.#missing <= 0 || state !== 'open' || this.#asked.has(id) || this.#asked.size >= ANSWERS_AT_ONCE) return
    this.#asked.add(id)
    try {
      const body = await this.node.request(socket, 'get_peers', {}, { timeoutMs: ANSWER_WAIT_MS })
      await this.#dialSome(this.#shuffled(candidatesIn(body)), { by: host, hostsOf: () => scopesFor(socket) })
    } catch (error) {
      this.log.debug({ err: error, peer: socket.peer }, 'a peer named no others')
    } finally {
      this.#asked.delete(id)
    }
  }

  /** Dials some of the peers that somebody named: a few, one after the other, until there are as many as wanted. */
  async #dialSome<Peer extends Candidate>(peers: readonly Peer[], { by, hostsOf }: Naming<Peer>): Promise<void> {
    const since = this.now()
    let left = DIALS_FOR_AN_ANSWER
    for (const peer of peers) {
      for (const url of addressesOf(peer.id, peer.addresses)) {
        if (left === 0 || this.#missing <= 0 || this.#dials >= DIALS_OF_A_ROUND || !this.#isInTime(since)) return
        if (!this.#isStranger(peer.id)) break
        const failures = [url, `${by} ${placeOf(url)}`]
        if (failures.some((failure) => this.#failed.since(failure, this.now()) < RETRY_MS)) continue
        left--
        if (!(await this.#dial(peer.id, url, hostsOf(peer))))
          for (const key of failures) this.#failed.set(key, this.now())
      }
    }
  }

  /** In any order: not all who were told the same dial the same peers, nor those that a liar puts first. */
  #shuffled<Peer>(peers: readonly Peer[]): Peer[] {
    return peers
      .map((peer) => ({ peer, at: this.random() }))
      .sort((one, other) => one.at - other.at)
      .map(({ peer }) => peer)
  }

  #isStranger(id: string): boolean {
    return id !== this.node.id && !this.#dialling.has(id) && !this.node.sockets.some(({ peerId }) => peerId === id)
  }

  async #dial(id: string, url: string, hosts: readonly string[]): Promise<boolean> {
    this.#dials++
    this.#dialling.add(id)
    try {
      await this.node.connect(url, { hosts })
      return true
    } catch (error) {
      this.log.debug({ err: error, url }, 'a peer that was named was not reached')
      return false
    } finally {
      this.#dialling.delete(id)
    }
  }

  /** Looks whether there are as many peers as wanted: those that we know are dialled first, then others are asked. */
  async #round(): Promise<void> {
    const { everyMs } = this.config
    this.#dials = 0
    try {
      if (this.#missing > 0) await this.#dialSome(await this.#knownPeers(), OUR_BOOK)
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

function refuse(message: CP2pMessage, fault: Fault): undefined {
  message.fail(...fault)
  return undefined
}
