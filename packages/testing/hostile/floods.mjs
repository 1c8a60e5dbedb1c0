import { PackageType, Thread } from 'trustp2p'

/** Sends and logs as much as it can. */
export default class Floods extends Thread {
  eventMap = { [PackageType.REQUEST]: { provoke: (socket) => this.provoke(socket) } }

  provoke(socket) {
    const text = 'x'.repeat(10_000)
    for (let count = 0; count < 2_000; count++) {
      this.node.talk(socket, 'flood', text)
      this.log.error({ count }, 'a flood')
    }
  }
}
