import { PackageType, Thread } from 'trustp2p'

/** Takes away from all code of its realm what that builds on. */
export default class PatchesGlobals extends Thread {
  eventMap = { [PackageType.REQUEST]: { provoke: () => this.provoke() } }

  provoke() {
    JSON.parse =
      JSON.stringify =
      Map.prototype.get =
        () => {
          throw new Error('patched')
        }
  }
}
