import { PackageType, Thread } from 'trustp2p'

/** Answers the request `event-name`, and counts how often it was asked. What its bodies are says `thread-name.proto`. */
export default class ThreadName extends Thread {
  count = 0n

  get eventMap() {
    return { [PackageType.REQUEST]: { 'event-name': this.onAsk } }
  }

  onAsk(socket, message) {
    this.count += 1n
    return { count: this.count, text: message.body.text }
  }
}
