import { PackageType, Thread } from 'trustp2p'
import type { CP2pMessage, EventMap, P2pSocket } from 'trustp2p'

/** Answers the request `thread-name` with what it was sent, and counts how often it was asked. */
export default class ThreadName extends Thread {
  private count = 0

  override get eventMap(): EventMap {
    return { [PackageType.REQUEST]: { 'thread-name': this.onRequest } }
  }

  onRequest(_socket: P2pSocket, message: CP2pMessage): { count: number; body: unknown } {
    this.count += 1
    return { count: this.count, body: message.body }
  }
}
