import type { P2pSocket } from '../../driver/socket'
import type { LiveFacts, SocketFacts } from './protocol'

/** The sockets of a node that a room was told of. */
export class SocketBook {
  readonly #open = new Map<string, P2pSocket>()
  readonly #lastTold = new WeakMap<P2pSocket, LiveFacts>()

  /** Takes a socket that is open; the room is told of it. */
  add(socket: P2pSocket): SocketFacts {
    this.#open.set(socket.id, socket)
    return factsOf(socket)
  }

  remove(socket: P2pSocket): void {
    this.#open.delete(socket.id)
  }

  find(id: string): P2pSocket | undefined {
    return this.#open.get(id)
  }

  /** Names a socket to the room, with what it does not know of it. */
  refer(socket: P2pSocket): SocketFacts | LiveFacts {
    return this.#open.get(socket.id) === socket ? liveOf(socket) : factsOf(socket)
  }

  /** What has changed since the last call. */
  changes(): readonly LiveFacts[] {
    const changed: LiveFacts[] = []
    for (const socket of this.#open.values()) {
      const told = this.#lastTold.get(socket)
      if (told?.[1] === socket.lastReceivedAt && told[2] === socket.bufferedAmount) continue
      const live = liveOf(socket)
      this.#lastTold.set(socket, live)
      changed.push(live)
    }
    return changed
  }

  clear(): void {
    this.#open.clear()
  }
}

function liveOf({ id, lastReceivedAt, bufferedAmount }: P2pSocket): LiveFacts {
  return [id, lastReceivedAt, bufferedAmount]
}

/** All that a room can know of a socket. */
export function factsOf(socket: P2pSocket): SocketFacts {
  const { id, url, peer, host, peerId, formerPeerId, proof, inbound, state, lastReceivedAt, bufferedAmount } = socket
  return { id, url, peer, host, peerId, formerPeerId, proof, inbound, state, lastReceivedAt, bufferedAmount }
}

/** True for a socket of a node. */
export function isSocket(value: unknown): value is P2pSocket {
  if (typeof value !== 'object' || value === null) return false
  const { id, peer, terminate } = value as { readonly [Key in keyof P2pSocket]?: unknown }
  return typeof id === 'string' && typeof peer === 'string' && typeof terminate === 'function'
}
