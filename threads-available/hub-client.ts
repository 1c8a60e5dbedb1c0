import { PackageType, Thread, errorCode, isPeerId } from 'trustp2p'
import type { CP2pMessage, P2pSocket } from 'trustp2p'

/** The settings of this thread, under `threads.hub-client.config`. */
export interface HubClientConfig {
  /** Peer ids of the hubs to log in at [every peer that we dialled, and that challenges us]. */
  readonly hubs: readonly string[]
}

const DEFAULTS: HubClientConfig = { hubs: [] }

function parse(value: unknown): HubClientConfig {
  if (typeof value !== 'object' || value === null) throw new TypeError('give an object')
  const given = new Map<string, unknown>(Object.entries(value))
  for (const key of given.keys()) if (key !== 'hubs') throw new TypeError(`'${key}' is unknown; use hubs`)
  const hubs = given.get('hubs') ?? DEFAULTS.hubs
  if (arePeerIds(hubs)) return { hubs }
  throw new TypeError("'hubs' is a list of peer ids")
}

function arePeerIds(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && isPeerId(one))
}

/** 30 bytes in base64. */
const CHALLENGE = /^[A-Za-z\d+/]{40}$/
/** What logins are signed for: nothing else that the key signs fits it. */
const PURPOSE = 'hub login 1'

/**
 * Logs in at hubs: answers their TALK `hub/challenge` with the request `hub/login`, signed over the challenge, the hub's
 * peer id and ours, so that nobody else can use it anywhere else. Other threads ask `isLoggedIn(socket)`.
 */
export default class HubClient extends Thread<HubClientConfig> {
  static override manifest = { config: { parse } }

  /** The ids of the sockets that we are logged in on. */
  readonly #loggedIn = new Set<string>()
  /** Those that are trying: who floods us with challenges gets one login at a time. */
  readonly #trying = new Set<string>()

  override get eventMap() {
    return { [PackageType.TALK]: { 'hub/challenge': this.onChallenge } }
  }

  /** Hubs that were there before this thread have challenged nobody: they are asked to. */
  override start(): void {
    this.setTimeout(() => {
      for (const socket of this.node.sockets) void this.#logIn(socket)
    }, 0)
  }

  override onSocketClose({ id }: P2pSocket): void {
    this.#loggedIn.delete(id)
    this.#trying.delete(id)
  }

  /** True where the hub at the other end of the socket has taken our login. */
  isLoggedIn({ id }: P2pSocket): boolean {
    return this.#loggedIn.has(id)
  }

  onChallenge(socket: P2pSocket, { body }: CP2pMessage): void {
    void this.#logIn(socket, challengeIn(body))
  }

  #isHub({ outbound, peerId }: P2pSocket): boolean {
    const { hubs } = this.config
    return outbound && peerId !== undefined && (hubs.length === 0 || hubs.includes(peerId))
  }

  async #ask(socket: P2pSocket): Promise<string | undefined> {
    return challengeIn(await this.node.request(socket, 'hub/challenge', {}))
  }

  async #logIn(socket: P2pSocket, challenge?: string): Promise<void> {
    const { id, peer } = socket
    if (this.#trying.has(id) || !this.#isHub(socket)) return
    this.#trying.add(id)
    this.#loggedIn.delete(id)
    try {
      await this.#tryTwice(socket, challenge)
      if (this.#trying.has(id)) this.#loggedIn.add(id)
    } catch (error) {
      const isNone = errorCode(error) === 'ERR_TRUSTP2P_THREAD_NO_HANDLER'
      if (isNone) this.log.debug({ peer }, 'the peer is no hub')
      else this.log.warn({ err: error, peer }, 'the hub did not take the login')
    } finally {
      this.#trying.delete(id)
    }
  }

  /** A challenge may have ended on its way: then one that was just asked for is tried. */
  async #tryTwice(socket: P2pSocket, challenge: string | undefined): Promise<void> {
    try {
      await this.#present(socket, challenge ?? (await this.#ask(socket)))
    } catch (error) {
      if (challenge === undefined || !STALE.has(errorCode(error) ?? '')) throw error
      await this.#present(socket, await this.#ask(socket))
    }
  }

  async #present(socket: P2pSocket, challenge: string | undefined): Promise<void> {
    const [client, { peerId: hub }] = [this.node.id, socket]
    if (challenge === undefined || client === undefined || hub === undefined)
      throw new TypeError('there is nothing to sign')
    const signature = await this.node.sign({ purpose: PURPOSE, text: [challenge, hub, client].join('\n') })
    await this.node.request(socket, 'hub/login', { challenge, signature })
  }
}

/** What a hub says of a challenge that is good no more. */
const STALE = new Set(['HUB_NOT_CHALLENGED', 'HUB_CHALLENGE_USED', 'HUB_CHALLENGE_FOREIGN', 'HUB_CHALLENGE_EXPIRED'])

function challengeIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { challenge }: { challenge?: unknown } = body
  return typeof challenge === 'string' && CHALLENGE.test(challenge) ? challenge : undefined
}
