import timers from 'node:timers'
import { PackageType, Thread } from 'trustp2p'

/** Takes what nobody can give back, without end. */
export default class Leaks extends Thread {
  eventMap = { [PackageType.REQUEST]: { provoke: () => this.provoke() } }

  provoke() {
    for (let count = 0; count < 1_000; count++) {
      timers.setInterval(() => undefined, 60_000).unref()
      this.setInterval(() => undefined, 60_000)
      process.setMaxListeners(0).on('leaked', () => this)
      this.effect(() => () => new Promise(() => undefined))
    }
    return new Promise(() => undefined)
  }
}
