import type { Link } from './link'

const NONE: readonly Link[] = []

/** The open links of a node by the peer that was proved on them, the oldest first. */
export class PeerLinks {
  readonly #byPeer = new Map<string, readonly Link[]>()

  of(peerId: string): readonly Link[] {
    return this.#byPeer.get(peerId) ?? NONE
  }

  /** A link is open now. */
  add(link: Link): void {
    const { peerId } = link
    if (peerId !== undefined) this.#byPeer.set(peerId, [...this.of(peerId), link])
  }

  /** One that was open is gone. */
  delete(link: Link): void {
    const { peerId } = link
    if (peerId === undefined) return
    const left = this.of(peerId).filter((other) => other !== link)
    if (left.length === 0) this.#byPeer.delete(peerId)
    else this.#byPeer.set(peerId, left)
  }
}
