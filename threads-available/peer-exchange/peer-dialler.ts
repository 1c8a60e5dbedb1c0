import type { KnownPeer, Log, ThreadNode } from 'trustp2p'
import type { Candidate } from './candidates'
import { addressesOf, placeOf, scopesFor } from './places'
import { PATIENCE_MS, Times } from './times'

/** Addresses that are dialled for one answer. */
const DIALS_FOR_AN_ANSWER = 4
/** Addresses that are dialled between two rounds. */
const DIALS_OF_A_ROUND = 32
/** How long an address that failed is left alone, in ms. */
const RETRY_MS = 600_000

/** Who named peers, and which hosts may be dialled for it. */
export interface Naming<Peer> {
  /**
   * A host whose peers name one place with many ids has it dialled once, however many ids they have themselves; what others
   * say of that place stays good.
   */
  readonly by: string
  readonly hostsOf: (peer: Peer) => readonly string[]
}

/** Of those that we have reached, what a name stands for by now may not lead nearer than they were. */
export const OUR_BOOK: Naming<KnownPeer> = {
  by: 'the book',
  hostsOf: ({ host = '' }) => scopesFor({ host, inbound: false })
}

export interface PeerDiallerOptions {
  /** How many peers are wanted. */
  readonly target: number
  readonly node: Pick<ThreadNode, 'id' | 'sockets' | 'connect'>
  readonly log: Log
  /** The node's monotonic clock, in ms. */
  readonly now: () => number
}

/** Dials peers that were named, as long as there are fewer than wanted, and few of those that one names. */
export class PeerDialler {
  readonly #options: PeerDiallerOptions
  /** When what was dialled failed. */
  readonly #failed = new Times()
  /** The peers that are dialled. */
  readonly #dialling = new Set<string>()
  /** Dials since the round began. */
  #dials = 0

  constructor(options: PeerDiallerOptions) {
    this.#options = options
  }

  /** A round begins: as many may be dialled as in each. */
  beginRound(): void {
    this.#dials = 0
  }

  /**
   * How many peers are wanted still. Half of them at least are to be of our own choice: with keys enough anybody could come
   * as often as we want peers, and be all that we ever see.
   */
  get missing(): number {
    const { target, node } = this.#options
    const dialled = new Set<string>()
    const came = new Set<string>()
    for (const { peerId, inbound } of node.sockets) if (peerId !== undefined) (inbound ? came : dialled).add(peerId)
    for (const id of dialled) came.delete(id)
    return target - dialled.size - Math.min(came.size, Math.floor(target / 2))
  }

  /** Dials some of the peers that somebody named: a few, one after the other, until there are as many as wanted. */
  async dialSome<Peer extends Candidate>(peers: readonly Peer[], { by, hostsOf }: Naming<Peer>): Promise<void> {
    const { now } = this.#options
    const since = now()
    let left = DIALS_FOR_AN_ANSWER
    for (const peer of peers) {
      for (const url of addressesOf(peer.id, peer.addresses)) {
        if (left === 0 || !this.#mayDial(since)) return
        if (!this.#isStranger(peer.id)) break
        const failures = [url, `${by} ${placeOf(url)}`]
        if (failures.some((failure) => this.#failed.since(failure, now()) < RETRY_MS)) continue
        left--
        if (!(await this.#dial(peer.id, url, hostsOf(peer)))) for (const key of failures) this.#failed.set(key, now())
      }
    }
  }

  #mayDial(since: number): boolean {
    return this.missing > 0 && this.#dials < DIALS_OF_A_ROUND && this.#options.now() - since < PATIENCE_MS
  }

  #isStranger(id: string): boolean {
    const { node } = this.#options
    return id !== node.id && !this.#dialling.has(id) && !node.sockets.some(({ peerId }) => peerId === id)
  }

  async #dial(id: string, url: string, hosts: readonly string[]): Promise<boolean> {
    const { node, log } = this.#options
    this.#dials++
    this.#dialling.add(id)
    try {
      await node.connect(url, { hosts })
      return true
    } catch (error) {
      log.debug({ err: error, url }, 'a peer that was named was not reached')
      return false
    } finally {
      this.#dialling.delete(id)
    }
  }
}
