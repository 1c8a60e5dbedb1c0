import { PackageType, Thread } from 'trustp2p'

function fail() {
  throw new Error('thrown on purpose')
}

/** Throws, or rejects, wherever its node calls it. */
export default class ThrowsEverywhere extends Thread {
  eventMap = {
    [PackageType.REQUEST]: { provoke: () => this.provoke(), fail, reject: () => Promise.reject(new Error('rejected')) }
  }

  provoke() {
    setTimeout(fail, 1)
    this.setTimeout(() => Promise.reject(new Error('rejected')), 1)
    this.effect(() => fail)
    this.on('socket:close', fail)
    fail()
  }

  onSocketConnection = fail
  onSocketClose = fail
  onSocketError = fail
  stop = fail
}
