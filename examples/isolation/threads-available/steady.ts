import { PackageType, Thread } from 'trustp2p'

/** Answers, whatever becomes of its neighbour. */
export default class Steady extends Thread {
  override get eventMap() {
    return { [PackageType.REQUEST]: { 'steady/ping': () => 'pong' } }
  }
}
