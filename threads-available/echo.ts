import { PackageType, Thread } from 'trustp2p'
import type { CP2pMessage, P2pSocket } from 'trustp2p'

/** Answers the request `echo` with the body that came, JSON or bytes: shows that a peer is there and what arrives. */
export default class Echo extends Thread {
  override get eventMap() {
    return { [PackageType.REQUEST]: { echo: this.onEcho } }
  }

  /** Throws ERR_TRUSTP2P_BODY_INVALID or ERR_TRUSTP2P_BODY_TOO_DEEP where the body cannot be read. */
  onEcho(_socket: P2pSocket, message: CP2pMessage): unknown {
    return message.body
  }
}
