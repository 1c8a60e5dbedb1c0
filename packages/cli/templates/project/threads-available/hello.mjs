import { PackageType, Thread } from 'trustp2p'

/**
 * Answers the request `hello`. Edit this file and save it: the running node takes the new version at once, and no
 * request is lost. A version that does not load is reported, and the old one goes on.
 */
export default class Hello extends Thread {
  get eventMap() {
    return { [PackageType.REQUEST]: { hello: this.onHello } }
  }

  onHello(socket, message) {
    const name = message.body?.name ?? 'stranger'
    return { greeting: `Hello, ${name}!` }
  }
}
