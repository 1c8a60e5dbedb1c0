import { setTimeout as wait } from 'node:timers/promises'
import { PackageType, Thread } from 'trustp2p'

/** Fails after it was unloaded: it has itself replaced, and leaves promises behind. */
export default class RejectsLate extends Thread {
  eventMap = { [PackageType.REQUEST]: { provoke: () => null } }

  stop() {
    void wait(20).then(() => {
      throw new Error('too late')
    })
  }
}
