import { PackageType, Thread } from 'trustp2p'
import type { CP2pMessage, P2pSocket } from 'trustp2p'

const LONGEST_NAME = 32
const LONGEST_TEXT = 500

/** A room: who joins it by the request `chat/join` hears, as `chat/said`, what the others say by the talk `chat/say`. */
export default class Chat extends Thread {
  readonly #names = new Map<P2pSocket, string>()

  override get eventMap() {
    return {
      [PackageType.REQUEST]: { 'chat/join': this.onJoin },
      [PackageType.TALK]: { 'chat/say': this.onSay }
    }
  }

  /** Answers with the names of those who are there. */
  onJoin(socket: P2pSocket, message: CP2pMessage): string[] {
    const name = readText(message.body, LONGEST_NAME)
    if (name === undefined) throw refusal('CHAT_NAME_INVALID', `a name has 1 to ${LONGEST_NAME} characters`)
    if ([...this.#names.values()].includes(name))
      throw refusal('CHAT_NAME_TAKEN', 'somebody has this name: take another')
    this.#names.set(socket, name)
    this.#tellOthers(socket, `${name} is here`)
    return [...this.#names.values()]
  }

  onSay(socket: P2pSocket, message: CP2pMessage): void {
    const name = this.#names.get(socket)
    const text = readText(message.body, LONGEST_TEXT)
    if (name !== undefined && text !== undefined) this.#tellOthers(socket, `${name}: ${text}`)
  }

  override onSocketClose(socket: P2pSocket): void {
    const name = this.#names.get(socket)
    if (name === undefined) return
    this.#names.delete(socket)
    this.#tellOthers(socket, `${name} has left`)
  }

  #tellOthers(from: P2pSocket, line: string): void {
    const sockets = [...this.#names.keys()].filter((socket) => socket !== from && socket.state === 'open')
    void this.node.broadcast('chat/said', line, { type: PackageType.TALK, sockets })
  }
}

/** What a peer sends may be anything. */
function readText(body: unknown, longest: number): string | undefined {
  return typeof body === 'string' && body !== '' && body.length <= longest ? body : undefined
}

/** The code and the text of an error are what the peer learns of it. */
function refusal(code: string, text: string): Error {
  return Object.assign(new Error(text), { code })
}
