import { PackageType, Thread } from 'trustp2p'

/** Ends whatever process it runs in. */
export default class EndsProcess extends Thread {
  eventMap = { [PackageType.REQUEST]: { provoke: () => process.exit(7) } }
}
