import { EventEmitter } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { PackageType, Thread } from 'trustp2p'

/** Fails in code that nobody waits for. */
export default class Floats extends Thread {
  eventMap = { [PackageType.REQUEST]: { provoke: () => this.provoke() } }

  provoke() {
    void Promise.reject(new Error('nobody waits for this'))
    void wait(1).then(() => new EventEmitter().emit('error', new Error('nobody hears this')))
  }
}
