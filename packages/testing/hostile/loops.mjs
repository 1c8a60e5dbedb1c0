import { PackageType, Thread } from 'trustp2p'

/** Never gives the event loop back. */
export default class Loops extends Thread {
  eventMap = { [PackageType.REQUEST]: { provoke: () => this.provoke() } }

  provoke() {
    for (;;);
  }
}
