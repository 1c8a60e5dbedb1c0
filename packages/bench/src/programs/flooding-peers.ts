import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { CP2pPackage, PackageType } from 'trustp2p'
import { WebSocket } from 'ws'
import { serveParent } from '../process/serve-parent'

const [, , url = ''] = process.argv

/** Most bytes that one hostile peer has under way at once. */
const HIGH_WATER_BYTES = 1024 * 1024
/** Frames that it sends in one turn. */
const BURST = 200

/** What each kind of hostile peer sends, over and over. */
const FLOODS: readonly (() => Uint8Array)[] = [
  () => frame(PackageType.TALK, 'unknown', ''),
  () => frame(PackageType.HEARTBEAT_PING, 'ping', nextTag()),
  () => frame(PackageType.RESPONSE, 'echo', nextTag()),
  () => frame(PackageType.REQUEST, 'unknown', nextTag()),
  () => frame(PackageType.REQUEST, 'echo', nextTag(), 'x'.repeat(8_192)),
  () => new Uint8Array(0),
  () => Uint8Array.of(0xff, 0xff, 0xff),
  () => new Uint8Array(1024 * 1024 + 1)
]

let tags = 0
let sent = 0
let dialled = 0

function nextTag(): string {
  return (++tags).toString(36)
}

function frame(type: PackageType, event: string, tag: string, body: unknown = {}): Uint8Array {
  return CP2pPackage.encode({ type, event, body, tag })
}

/** Floods from an address of its own, and dials again at once when it is thrown off. */
class HostilePeer {
  readonly #address: string
  readonly #flood: () => Uint8Array
  #socket: WebSocket | undefined
  #stopped = false

  constructor(index: number) {
    this.#address = `127.0.0.${2 + index}`
    this.#flood = FLOODS[index % FLOODS.length] ?? nothing
    this.#dial()
  }

  stop(): void {
    this.#stopped = true
    this.#socket?.terminate()
  }

  #dial(): void {
    if (this.#stopped) return
    dialled++
    const socket = new WebSocket(url, { localAddress: this.#address, perMessageDeflate: false })
    this.#socket = socket
    socket.on('error', nothing)
    socket.on('close', () => setImmediate(() => this.#dial()))
    socket.on('open', () => this.#send(socket))
  }

  #send(socket: WebSocket): void {
    if (socket.readyState !== WebSocket.OPEN) return
    for (let count = 1; count < BURST && socket.bufferedAmount < HIGH_WATER_BYTES; count++) {
      socket.send(this.#flood(), nothing)
      sent++
    }
    sent++
    // A full connection is waited for, as a blocking write waits: the attacker of a real flood takes none of our time.
    const isFull = socket.bufferedAmount >= HIGH_WATER_BYTES
    socket.send(this.#flood(), () => {
      if (isFull) setImmediate(() => this.#send(socket))
    })
    if (!isFull) setImmediate(() => this.#send(socket))
  }
}

function nothing(): Uint8Array {
  return new Uint8Array(0)
}

/**
 * Attackers are elsewhere: what they do takes no processor of the server. Linux runs them where nobody else wants to run,
 * by `chrt` of util-linux; where that is missing they have the lowest priority, which each thread has of its own.
 */
function yieldProcessor(): void {
  if (process.platform !== 'linux') return setPriority(constants.priority.PRIORITY_LOW)
  const { status } = spawnSync('chrt', ['--all-tasks', '--idle', '--pid', '0', String(process.pid)], {
    stdio: 'ignore'
  })
  if (status === 0) return
  for (const thread of readdirSync('/proc/self/task')) setPriority(Number(thread), constants.priority.PRIORITY_LOW)
}

serveParent(() => {
  yieldProcessor()
  let peers: HostilePeer[] = []
  return Promise.resolve({
    begin: ({ peers: count = 0 }) => {
      peers = Array.from({ length: count }, (_, index) => new HostilePeer(index))
      return {}
    },
    end: () => {
      for (const peer of peers) peer.stop()
      return { sent, dialled }
    }
  })
})
