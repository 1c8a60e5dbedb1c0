import { PackageType, Thread } from 'trustp2p'
import type { CP2pMessage, P2pSocket } from 'trustp2p'

/** Counts the visits of members: the request `club/visit` is for those that have logged in at the hub. */
export default class Visits extends Thread {
  static override manifest = { requires: ['hub'] }
  /** Visits are counted one after the other: two at once would read the same number. */
  #last: Promise<unknown> = Promise.resolve()

  override get eventMap() {
    return { [PackageType.REQUEST]: { 'club/visit': this.onVisit } }
  }

  async onVisit(socket: P2pSocket, message: CP2pMessage): Promise<unknown> {
    const peerId = await this.threads.get('hub').peerOf?.(socket)
    if (typeof peerId !== 'string') return message.fail('CLUB_MEMBERS_ONLY', 'log in at the hub first')
    const visits = this.#last.then(() => this.#count(peerId))
    this.#last = visits.catch(() => undefined)
    return { visits: await visits }
  }

  async #count(peerId: string): Promise<number> {
    const kept = await this.store.get(peerId)
    const visits = (typeof kept === 'number' ? kept : 0) + 1
    await this.store.put(peerId, visits)
    return visits
  }
}
