import { PackageType, Thread } from 'trustp2p'
import type { CP2pMessage, P2pSocket } from 'trustp2p'
import type { Entry, Page, Place, Range } from './guestbook.contract'

/** A guestbook. What comes has been checked by the contract, and so is what is answered. */
export default class Guestbook extends Thread {
  static override manifest = { contract: './guestbook.proto' }
  readonly #entries: Entry[] = []

  override get eventMap() {
    return { [PackageType.REQUEST]: { 'guestbook/sign': this.onSign, 'guestbook/read': this.onRead } }
  }

  onSign(_socket: P2pSocket, message: CP2pMessage<Entry>): Place {
    return { number: BigInt(this.#entries.push(message.body)) }
  }

  onRead(_socket: P2pSocket, message: CP2pMessage<Range>): Page {
    return { entries: this.#entries.slice(-message.body.most) }
  }
}
