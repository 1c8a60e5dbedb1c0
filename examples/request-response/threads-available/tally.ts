import { PackageType, Thread } from 'trustp2p'
import type { CP2pMessage, P2pSocket } from 'trustp2p'

/** A vote: whose it is is not asked for. */
interface Vote {
  readonly choice: string
}

/** Counts votes: the request `tally/vote` takes one, and both requests answer with the count so far. */
export default class Tally extends Thread {
  readonly #votes = new Map<string, number>()

  override get eventMap() {
    return {
      [PackageType.REQUEST]: { 'tally/vote': this.onVote, 'tally/count': this.count },
      [PackageType.TALK]: { 'tally/reset': this.onReset }
    }
  }

  onVote(_socket: P2pSocket, message: CP2pMessage): Record<string, number> {
    const { choice } = readVote(message.body)
    this.#votes.set(choice, (this.#votes.get(choice) ?? 0) + 1)
    return this.count()
  }

  onReset(socket: P2pSocket): void {
    this.#votes.clear()
    this.log.info({ peer: socket.peer }, 'the count begins anew')
  }

  count(): Record<string, number> {
    return Object.fromEntries(this.#votes)
  }
}

/** What a peer sends may be anything. The code and the text of an error are what the peer learns of it. */
function readVote(body: unknown): Vote {
  if (typeof body === 'object' && body !== null && 'choice' in body && typeof body.choice === 'string') {
    return { choice: body.choice }
  }
  throw Object.assign(new Error('give a choice: { "choice": "tea" }'), { code: 'TALLY_NO_CHOICE' })
}
