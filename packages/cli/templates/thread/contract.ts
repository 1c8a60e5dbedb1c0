import { PackageType, Thread } from 'trustp2p'
import type { CP2pMessage, EventMap, P2pSocket } from 'trustp2p'

/** As in `thread-name.proto`; `trustp2p-cli threads types` writes all of it to `thread-name.contract.ts`. */
interface Question {
  readonly text: string
}

/** Answers the request `event-name`, and counts how often it was asked. What its bodies are says `thread-name.proto`. */
export default class ThreadName extends Thread {
  private count = 0n

  override get eventMap(): EventMap {
    return { [PackageType.REQUEST]: { 'event-name': this.onAsk } }
  }

  onAsk(_socket: P2pSocket, message: CP2pMessage<Question>): { count: bigint; text: string } {
    this.count += 1n
    return { count: this.count, text: message.body.text }
  }
}
