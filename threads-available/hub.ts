import { PackageType, Thread, isPeerId } from 'trustp2p'
import type { CP2pMessage, P2pSocket } from 'trustp2p'

/** The settings of this thread, under `threads.hub.config`. */
export interface HubConfig {
  /** Peer ids that may log in [everybody]. */
  readonly members: readonly string[]
  /** How long a challenge is good for, in ms [60000]. */
  readonly challengeMs: number
  /** Whether an inbound socket that has not logged in after this time is closed with 1008 `not logged in` [false]. */
  readonly required: boolean
}

/** Who has logged in. */
export interface LoggedIn {
  readonly peerId: string
  /** The id of its socket. */
  readonly socket: string
  /** For how long, in ms. */
  readonly sinceMs: number
}

const DEFAULTS: HubConfig = { members: [], challengeMs: 60_000, required: false }

/** Longest time in ms that a timer can be set to. */
const LONGEST_MS = 2 ** 31 - 1

function parse(value: unknown): HubConfig {
  if (typeof value !== 'object' || value === null) throw new TypeError('give an object')
  const given = new Map<string, unknown>(Object.entries(value))
  for (const key of given.keys()) {
    if (!Object.hasOwn(DEFAULTS, key))
      throw new TypeError(`'${key}' is unknown; use ${Object.keys(DEFAULTS).join(', ')}`)
  }
  const { members, challengeMs, required } = { ...DEFAULTS, ...Object.fromEntries(given) }
  if (!arePeerIds(members)) throw new TypeError("'members' is a list of peer ids")
  if (typeof required !== 'boolean') throw new TypeError("'required' is true or false")
  if (!Number.isInteger(challengeMs) || challengeMs < 1 || challengeMs > LONGEST_MS)
    throw new RangeError(`'challengeMs' is a time from 1 to ${LONGEST_MS} ms`)
  return { members, challengeMs, required }
}

function arePeerIds(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && isPeerId(one))
}

/** How long a challenge is before it is written in base64. */
const CHALLENGE_BYTES = 30
/** What logins are signed for: nothing else that the key signs fits it. */
const PURPOSE = 'hub login 1'

/** A version that was replaced has handed its state over by then. */
const TAKE_OVER_MS = 1_000

/** What is known of one inbound socket. */
interface Client {
  /** What it was challenged with, until it tries to log in. */
  challenge: string
  /** The last one that it tried with. */
  used: string
  /** When the challenge ends, on the node's monotonic clock in ms. */
  expiresAt: number
  peerId: string | undefined
  loggedInAt: number
}

/**
 * Has clients log in: each inbound socket gets the TALK `hub/challenge` with 30 fresh random bytes, and asks `hub/login`
 * with a signature over them. A challenge is good for one try, on the socket that it was given to, for a while. Other
 * threads ask `peerOf(socket)` who has logged in.
 */
export default class Hub extends Thread<HubConfig> {
  static override manifest = { config: { parse }, quotas: { 'hub/*': { perSecond: 10, burst: 20 } } }

  readonly #clients = new Map<string, Client>()
  #round: { close(): void } | undefined

  override get eventMap() {
    return { [PackageType.REQUEST]: { 'hub/challenge': this.onChallenge, 'hub/login': this.onLogin } }
  }

  /** Those that were there before this thread are challenged, too, unless a version before this one knows them. */
  override start(): void {
    this.#round = this.setTimeout(() => this.#challengeAll(), TAKE_OVER_MS)
  }

  /** Goes over to the next version. */
  override snapshot(): readonly (readonly [string, Client])[] {
    return [...this.#clients]
  }

  override restore(clients: readonly (readonly [string, Client])[]): void {
    this.#round?.close()
    const open = new Set(this.node.sockets.map(({ id }) => id))
    for (const [id, client] of clients) if (open.has(id) && !this.#clients.has(id)) this.#clients.set(id, client)
    if (this.config.required) for (const socket of this.node.sockets) this.#closeLater(socket)
    this.#challengeAll()
  }

  override onSocketConnection(socket: P2pSocket): void {
    this.#challenge(socket)
  }

  override onSocketClose(socket: P2pSocket): void {
    this.#clients.delete(socket.id)
  }

  /** Who has logged in on that socket; undefined where nobody has. */
  peerOf(socket: P2pSocket): string | undefined {
    return this.#clients.get(socket.id)?.peerId
  }

  /** All who have logged in; a peer stands there once for each of its sockets. */
  loggedIn(): LoggedIn[] {
    const now = this.now()
    return [...this.#clients].flatMap(([socket, { peerId, loggedInAt }]) =>
      peerId === undefined ? [] : [{ peerId, socket, sinceMs: now - loggedInAt }]
    )
  }

  /** A fresh challenge for who asks: the one before is good for nothing from then on. */
  onChallenge(socket: P2pSocket): { challenge: string } {
    const { challenge } = this.#renew(socket)
    return { challenge }
  }

  /** Takes a login. One that fails uses its challenge up all the same. */
  async onLogin(socket: P2pSocket, message: CP2pMessage): Promise<unknown> {
    const fault = await this.#check(socket, fieldsOf(message.body))
    if (fault === undefined) return { hub: this.node.id, peerId: socket.peerId }
    message.fail(...fault)
    return undefined
  }

  async #check(socket: P2pSocket, { challenge, signature }: LoginFields): Promise<Fault | undefined> {
    if (challenge === undefined || signature === undefined) return INVALID
    const client = this.#clients.get(socket.id)
    const fault = this.#use(client, challenge)
    if (client === undefined || fault !== undefined) return fault ?? NOT_CHALLENGED
    const [hub, { peerId }] = [this.node.id, socket]
    if (hub === undefined || peerId === undefined) return UNPROVED
    const text = [challenge, hub, peerId].join('\n')
    if (!(await this.node.verify({ purpose: PURPOSE, text, peerId, signature }))) return FORGED
    const { members } = this.config
    if (members.length > 0 && !members.includes(peerId)) return NOT_A_MEMBER
    client.peerId = peerId
    client.loggedInAt = this.now()
    return undefined
  }

  #challengeAll(): void {
    for (const socket of this.node.sockets) if (socket.inbound && !this.#clients.has(socket.id)) this.#challenge(socket)
  }

  #challenge(socket: P2pSocket): void {
    const client = this.#renew(socket)
    if (this.config.required) this.#closeLater(socket)
    this.node.talk(socket, 'hub/challenge', { challenge: client.challenge })
  }

  /** What a socket is challenged with from now on; who has logged in on it stays so. */
  #renew({ id }: P2pSocket): Client {
    const known = this.#clients.get(id)
    const client = known ?? { challenge: '', used: '', expiresAt: 0, peerId: undefined, loggedInAt: 0 }
    client.challenge = freshChallenge()
    client.expiresAt = this.now() + this.config.challengeMs
    if (known === undefined) this.#clients.set(id, client)
    return client
  }

  /** Tells why a challenge is not good, if it is not; it is good for nothing after this. */
  #use(client: Client | undefined, challenge: string): Fault | undefined {
    if (client === undefined || client.challenge === '') return challenge === client?.used ? USED : NOT_CHALLENGED
    const { challenge: expected, expiresAt, used } = client
    client.used = expected
    client.challenge = ''
    if (challenge === used) return USED
    if (challenge !== expected) return FOREIGN
    return this.now() > expiresAt ? EXPIRED : undefined
  }

  #closeLater(socket: P2pSocket): void {
    this.setTimeout(() => {
      const client = this.#clients.get(socket.id)
      if (client !== undefined && client.peerId === undefined) socket.close(1008, 'not logged in')
    }, this.config.challengeMs)
  }
}

type Fault = readonly [code: string, text: string]

const INVALID: Fault = ['HUB_LOGIN_INVALID', 'a login is { challenge, signature }, both in base64']
const UNPROVED: Fault = ['HUB_UNPROVED', 'both sides have to have proved who they are on this connection: see auth']
const FORGED: Fault = ['HUB_LOGIN_FORGED', 'the signature is not that of this peer, over this challenge of this hub']
const NOT_A_MEMBER: Fault = ['HUB_NOT_A_MEMBER', 'this peer is no member of this hub']
const NOT_CHALLENGED: Fault = ['HUB_NOT_CHALLENGED', 'no challenge of this socket is open: ask hub/challenge for one']
const USED: Fault = ['HUB_CHALLENGE_USED', 'this challenge was tried already: ask hub/challenge for a fresh one']
const FOREIGN: Fault = ['HUB_CHALLENGE_FOREIGN', 'this challenge was not given to this socket']
const EXPIRED: Fault = ['HUB_CHALLENGE_EXPIRED', 'this challenge has expired: ask hub/challenge for a fresh one']

/** From the platform's own source of what nobody can guess: `this.random()` is for chance, not for secrets. */
function freshChallenge(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES))))
}

interface LoginFields {
  readonly challenge?: string
  readonly signature?: string
}

/** The texts of a login; what else stands there is passed over. */
function fieldsOf(body: unknown): LoginFields {
  if (typeof body !== 'object' || body === null) return {}
  const { challenge, signature }: { challenge?: unknown; signature?: unknown } = body
  if (typeof challenge !== 'string' || typeof signature !== 'string') return {}
  return { challenge, signature }
}
