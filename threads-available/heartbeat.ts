import { PackageType, Thread, errorCode } from 'trustp2p'
import type { P2pSocket } from 'trustp2p'

/** The settings of this thread, under `threads.heartbeat.config`. */
export interface HeartbeatConfig {
  /** What our answers say: true asks the peer for no more pings until we speak [false]. */
  readonly sleep: boolean
  /** Time in ms between two looks at the inbound sockets [3000]. */
  readonly roundMs: number
  /** Most ms that are added to each round at random, so that nodes do not ping in step [1000]. 0: none. */
  readonly roundJitterMs: number
  /** A socket that was silent for this many ms is pinged [10000]. */
  readonly silentMs: number
  /** A socket that is silent for this many ms after a ping is closed with 1000 `lost driver` [60000]. */
  readonly lostMs: number
}

const DEFAULTS: HeartbeatConfig = {
  sleep: false,
  roundMs: 3_000,
  roundJitterMs: 1_000,
  silentMs: 10_000,
  lostMs: 60_000
}

/** Longest time in ms that a timer can be set to. */
const LONGEST_MS = 2 ** 31 - 1

function parse(value: unknown): HeartbeatConfig {
  if (typeof value !== 'object' || value === null) throw new TypeError('give an object')
  const given = new Map<string, unknown>(Object.entries(value))
  for (const key of given.keys()) {
    if (!Object.hasOwn(DEFAULTS, key))
      throw new TypeError(`'${key}' is unknown; use ${Object.keys(DEFAULTS).join(', ')}`)
  }
  const sleep = given.get('sleep') ?? DEFAULTS.sleep
  if (typeof sleep !== 'boolean') throw new TypeError("'sleep' is true or false")
  const ms = (key: 'roundMs' | 'roundJitterMs' | 'silentMs' | 'lostMs', least: number): number => {
    const time = given.get(key) ?? DEFAULTS[key]
    if (typeof time === 'number' && time >= least && time <= LONGEST_MS) return time
    throw new RangeError(`'${key}' is a time from ${least} to ${LONGEST_MS} ms`)
  }
  return {
    sleep,
    roundMs: ms('roundMs', 1),
    roundJitterMs: ms('roundJitterMs', 0),
    silentMs: ms('silentMs', 1),
    lostMs: ms('lostMs', 1)
  }
}

/** What is known of one socket. Both times are those of the node's monotonic clock, in ms. */
interface Watch {
  /** When the open ping was sent. */
  pingedAt: number | undefined
  /** When the peer that sleeps was last heard: it sleeps until it is heard after that. */
  sleepsSince: number | undefined
}

/**
 * Keeps an eye on inbound sockets: pings the silent ones and closes those that stay silent. Also answers the pings of
 * others. Whatever a peer sends counts as a sign of life, its answer to a ping included.
 */
export default class Heartbeat extends Thread<HeartbeatConfig> {
  static override manifest = { config: { parse } }

  readonly #watches = new Map<string, Watch>()
  /** Pings whose answers are awaited. */
  readonly #pings = new Set<AbortController>()

  override get eventMap() {
    return { [PackageType.HEARTBEAT_PING]: { ping: this.onPing } }
  }

  override start(): void {
    this.#scheduleRound()
  }

  override stop(): void {
    for (const ping of this.#pings) ping.abort()
  }

  override onSocketClose(socket: P2pSocket): void {
    this.#watches.delete(socket.id)
  }

  onPing(): { sleep: boolean } {
    return { sleep: this.config.sleep }
  }

  #scheduleRound(): void {
    const { roundMs, roundJitterMs } = this.config
    this.setTimeout(() => this.#round(), roundMs + this.random() * roundJitterMs)
  }

  #round(): void {
    this.#scheduleRound()
    for (const socket of this.node.sockets) {
      if (socket.inbound) this.#look(socket)
    }
  }

  #look(socket: P2pSocket): void {
    const watch = this.#watchOf(socket)
    const now = this.now()
    const { silentMs, lostMs } = this.config
    if (watch.sleepsSince !== undefined) return
    if (watch.pingedAt !== undefined) {
      if (now - watch.pingedAt >= lostMs) this.#lose(socket)
    } else if (now - socket.lastReceivedAt >= silentMs) {
      watch.pingedAt = now
      void this.#ping(socket, now)
    }
  }

  /** What is known of a socket, without what its later frames have cleared. */
  #watchOf(socket: P2pSocket): Watch {
    const watch = this.#watches.get(socket.id) ?? { pingedAt: undefined, sleepsSince: undefined }
    this.#watches.set(socket.id, watch)
    if (watch.pingedAt !== undefined && socket.lastReceivedAt >= watch.pingedAt) watch.pingedAt = undefined
    if (watch.sleepsSince !== undefined && socket.lastReceivedAt > watch.sleepsSince) watch.sleepsSince = undefined
    return watch
  }

  /**
   * A ping that could not be sent stays open like one that was not answered: a peer that reads nothing is lost too.
   */
  async #ping(socket: P2pSocket, sentAt: number): Promise<void> {
    const ping = new AbortController()
    this.#pings.add(ping)
    const options = { type: PackageType.HEARTBEAT_PING, timeoutMs: this.config.lostMs, signal: ping.signal }
    try {
      const answer = await this.node.request(socket, 'ping', {}, options)
      const watch = this.#watches.get(socket.id)
      if (watch === undefined) return
      watch.pingedAt = undefined
      if (asksForSleep(answer)) watch.sleepsSince = socket.lastReceivedAt
    } catch (error) {
      this.log.debug({ err: error, peer: socket.peer }, 'a ping was not answered')
      const silent = socket.lastReceivedAt < sentAt
      if (silent && errorCode(error) === 'ERR_TRUSTP2P_REQUEST_TIMEOUT') this.#lose(socket)
    } finally {
      this.#pings.delete(ping)
    }
  }

  #lose(socket: P2pSocket): void {
    if (!this.#watches.delete(socket.id)) return
    this.log.info({ peer: socket.peer }, 'the peer is silent: its socket is closed')
    socket.close(1000, 'lost driver')
  }
}

function asksForSleep(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'sleep' in answer && answer.sleep === true
}
