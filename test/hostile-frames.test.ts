import { once as onceEmitted } from 'node:events'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { createSeededRandom } from '@trustp2p/testing'
import type { Random } from 'trustp2p'
import { CP2pPackage, createNode, PackageType } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { startFixture } from './child'
import { closing, createProject, disposeAll } from './project'

const MEBIBYTE = 1024 * 1024
const GREETING = CP2pPackage.encode({
  type: PackageType.TALK,
  event: 'version',
  body: { protocol_version: '1.0', alt: '1', encodings: [0, 1] }
})
const EVENTS = ['echo', 'heap', '__proto__', 'constructor', 'cancel', 'version', '', 'x'.repeat(300)]
const TYPES = Object.values(PackageType)
const DEEP_LEVELS = 200_000

const THREAD = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Echo extends Thread {
    get eventMap() {
      return {
        [PackageType.REQUEST]: {
          echo: (socket, message) => message.body,
          heap: () => { globalThis.gc(); return process.memoryUsage().heapUsed }
        },
        [PackageType.TALK]: { echo: (socket, message) => { void message.body } }
      }
    }
  }
`

afterEach(disposeAll)

async function startServer(limits: object): Promise<{ url: string; honest: P2pNode; code: () => number | null }> {
  const project = createProject()
  project.thread('echo.js', THREAD)
  const child = startFixture('server.ts', [project.cwd, JSON.stringify({ limits })], ['--expose-gc'])
  const [url] = (await onceEmitted(createInterface(child.stdout), 'line')) as [string]
  const honest = await closing(createNode({ cwd: createProject().cwd, log: { level: 'silent' }, connect: [url] }))
  return { url, honest, code: () => child.exitCode }
}

function ask(node: P2pNode, event: string, body?: unknown): Promise<unknown> {
  const [socket] = node.sockets
  if (socket === undefined) throw new Error('the honest client lost its socket')
  return node.request(socket, event, body, { timeoutMs: 20_000 })
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random.next() * list.length)] as T
}

/** A frame: well formed, well formed with a deep body, mutated, or noise. */
function createFrame(random: Random, index: number): Uint8Array {
  const kind = random.next()
  if (index % 2000 === 0) return createDeepFrame(random)
  if (kind < 0.1) return Uint8Array.from({ length: Math.floor(random.next() * 64) }, () => random.next() * 256)
  const frame = CP2pPackage.encode({
    type: pick(random, TYPES),
    event: pick(random, EVENTS),
    body: pick<unknown>(random, [null, { a: [1, 'é'] }, 'text', new Uint8Array(20)]),
    tag: pick(random, ['', '1', String(index), '__proto__'])
  })
  return kind < 0.4 ? frame : mutate(random, frame)
}

function createDeepFrame(random: Random): Uint8Array {
  const open = pick(random, ['[', '{"a":'])
  const close = open === '[' ? ']' : '}'
  const text = Buffer.from(`${open.repeat(DEEP_LEVELS)}1${random.next() < 0.5 ? close.repeat(DEEP_LEVELS) : ''}`)
  const head = CP2pPackage.encode({ type: PackageType.REQUEST, event: 'echo', body: new Uint8Array(text), tag: 'd' })
  // The encoding field is the last two bytes: without it the body is read as JSON text.
  return head.subarray(0, head.length - 2)
}

/** Changes, cuts, repeats or removes bytes behind the version and the alt, which would end the socket. */
function mutate(random: Random, frame: Uint8Array): Uint8Array {
  const at = 8 + Math.floor(random.next() * (frame.length - 8))
  const copy = Uint8Array.from(frame)
  switch (Math.floor(random.next() * 4)) {
    case 0:
      copy[at] = random.next() * 256
      return copy
    case 1:
      return copy.subarray(0, at)
    case 2:
      return Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(8)])
    default:
      return Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at + 1)])
  }
}

/** A hostile peer: greets, then sends; connects again when it is thrown out. */
class HostilePeer {
  closed = 0
  readonly #url: string
  #socket: WebSocket | undefined

  constructor(url: string) {
    this.#url = url
  }

  async send(frame: Uint8Array): Promise<void> {
    const socket = await this.#connected()
    socket.send(frame)
    if (socket.bufferedAmount > MEBIBYTE) await new Promise<void>((resolve) => socket.send(GREETING, () => resolve()))
  }

  /** Sends and waits until the server closed the connection, which it must. */
  async sendLast(frame: Uint8Array): Promise<number> {
    const socket = await this.#connected()
    const closed = onceEmitted(socket, 'close') as Promise<[number]>
    socket.send(frame)
    return (await closed)[0]
  }

  close(): void {
    this.#socket?.terminate()
  }

  async #connected(): Promise<WebSocket> {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket
    const socket = new WebSocket(this.#url, { perMessageDeflate: false })
    socket.on('error', () => undefined)
    socket.on('close', () => this.closed++)
    await onceEmitted(socket, 'open')
    socket.send(GREETING)
    this.#socket = socket
    return socket
  }
}

describe('T24 garbage frames', () => {
  it('200,000 of them over greeted sockets crash nothing, hinder nobody and leave no memory behind', async () => {
    const { url, honest, code } = await startServer({ badFrames: 0, unknownEvents: 0 })
    const random = createSeededRandom(24)
    const peers = Array.from({ length: 4 }, () => new HostilePeer(url))
    const answers: Promise<unknown>[] = []
    let heapBefore = 0
    for (let index = 0; index < 200_000; index++) {
      await peers[index % peers.length]?.send(createFrame(random, index))
      if (index % 500 === 0) answers.push(ask(honest, 'echo', index))
      if (index % 1000 === 0) await answers.at(-1)
      if (index === 10_000) heapBefore = Number(await ask(honest, 'heap'))
    }
    const answered = await Promise.all(answers)
    expect(answered).toEqual(answered.map((_, index) => index * 500))
    const heapAfter = Number(await ask(honest, 'heap'))
    expect(heapBefore).toBeGreaterThan(0)
    expect(heapAfter - heapBefore).toBeLessThan(8 * MEBIBYTE)
    expect(code()).toBeNull()
    expect(peers.reduce((sum, peer) => sum + peer.closed, 0)).toBeLessThan(2000)
    for (const peer of peers) peer.close()
  }, 240_000)

  it('2,000 of them each end their socket with 1002, and hinder nobody', async () => {
    const { url, honest, code } = await startServer({})
    const random = createSeededRandom(1002)
    const peer = new HostilePeer(url)
    const codes = new Set<number>()
    for (let index = 0; index < 2000; index++) {
      const noise = Uint8Array.from({ length: 1 + Math.floor(random.next() * 64) }, () => 0x80 | (random.next() * 128))
      codes.add(await peer.sendLast(noise))
      if (index % 100 === 0) await expect(ask(honest, 'echo', index)).resolves.toBe(index)
    }
    expect([...codes]).toEqual([1002])
    expect(code()).toBeNull()
    await expect(ask(honest, 'heap')).resolves.toBeGreaterThan(0)
  }, 240_000)
})
