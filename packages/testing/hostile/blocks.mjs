import { PackageType, Thread } from 'trustp2p'

/** Holds the event loop up for half a second. */
export default class Blocks extends Thread {
  eventMap = { [PackageType.REQUEST]: { provoke: () => this.provoke() } }

  provoke() {
    const end = Date.now() + 500
    while (Date.now() < end);
  }
}
