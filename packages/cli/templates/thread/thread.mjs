import { PackageType, Thread } from 'trustp2p'

/** Answers the request `thread-name` with what it was sent, and counts how often it was asked. */
export default class ThreadName extends Thread {
  count = 0

  get eventMap() {
    return { [PackageType.REQUEST]: { 'thread-name': this.onRequest } }
  }

  onRequest(socket, message) {
    this.count += 1
    return { count: this.count, body: message.body }
  }
}
