import { PackageType, Thread } from 'trustp2p'

/** Takes memory until there is none. */
export default class FillsHeap extends Thread {
  eventMap = { [PackageType.REQUEST]: { provoke: () => this.provoke() } }

  provoke() {
    const held = []
    for (;;) held.push(new Array(1000).fill(held.length))
  }
}
