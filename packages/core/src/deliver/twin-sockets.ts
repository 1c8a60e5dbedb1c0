import { P2pError } from '../errors'
import type { Clock } from '../kit'
import type { Refusal } from './admission'
import type { Link } from './link'
import type { PeerLinks } from './peer-links'

/** How long the socket that goes is kept at least, in ms: what the peer sent before it knew is still under way. */
export const LEAST_RETIREMENT_MS = 1_000

/** Longest time in ms that it is kept for what is under way on it. */
export const LONGEST_RETIREMENT_MS = 60_000

/** Time between two looks at it, in ms. */
const LOOK_MS = 100

/** What is said on the socket that goes. */
const REASON = 'duplicate driver'

export interface TwinOptions {
  readonly clock: Clock
  /** Who we are to the peers. */
  readonly ownId: string
  readonly peerLinks: PeerLinks
}

/**
 * Sees to it that a peer that has proved who it is has one socket over each scheme. Where both sides have dialled, the
 * socket that the lower peer id dialled stays: both see it alike, and need no word on it. Where one side dials again it
 * keeps its first; the other side leaves that to it, since several programs with one key look like this too.
 */
export class TwinSockets {
  readonly #options: TwinOptions

  constructor(options: TwinOptions) {
    this.#options = options
  }

  /** The open socket in whose favour one that we have dialled does not open; undefined where it opens. */
  rivalOf(dialled: Link, peerId: string): Link | undefined {
    const rivals = this.#twinsOf(dialled, peerId)
    return rivals.find(({ inbound }) => !inbound || peerId < this.#options.ownId)
  }

  /** A socket is open now: it goes, or those go that it takes the place of. */
  opened(link: Link): void {
    const { peerId } = link
    if (peerId === undefined) return
    const twins = this.#twinsOf(link, peerId).filter(({ inbound }) => inbound !== link.inbound)
    const [first] = twins
    const peerDialStays = peerId < this.#options.ownId
    if (first !== undefined && link.inbound !== peerDialStays) this.#retire(link, first)
    else for (const twin of twins) this.#retire(twin, link)
  }

  #twinsOf(link: Link, peerId: string): Link[] {
    if (peerId === this.#options.ownId) return []
    const scheme = schemeOf(link.url)
    return this.#options.peerLinks
      .of(peerId)
      .filter((other) => other !== link && other.isInUse && !other.draining && schemeOf(other.url) === scheme)
  }

  #retire(link: Link, successor: Link): void {
    link.successor = successor
    const start = this.#options.clock.now()
    this.#look(link, start)
  }

  /** Closes it once nothing is under way on it; where its successor is lost meanwhile it stays. */
  #look(link: Link, start: number): void {
    if (link.state !== 'open') return
    if (link.successor?.state !== 'open') return void (link.successor = undefined)
    const { clock } = this.#options
    const passed = clock.now() - start
    if (passed >= LONGEST_RETIREMENT_MS || (passed >= LEAST_RETIREMENT_MS && link.isQuiet)) {
      return link.close(1000, REASON)
    }
    clock.setTimeout(() => this.#look(link, start), LOOK_MS)
  }
}

/** Why a socket does not open: there is another one. */
export function twinRefusal({ peer, peerId = '' }: Pick<Link, 'peer' | 'peerId'>): Refusal {
  const text = `duplicate driver: ${peer} is the peer ${peerId}, which is connected already, and stays so`
  return { error: new P2pError('ERR_TRUSTP2P_SOCKET_DUPLICATE', text), code: 1000, reason: REASON }
}

function schemeOf(url: string): string {
  return url.slice(0, url.indexOf(':')).toLowerCase()
}
