import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WebSocket } from 'ws'
import { CP2pPackage, createClient, createNode, createServer, PackageType } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'
import { startRawServer } from './raw-server'
import { dialRaw } from './wire-client/peers'

/** Starts once its peer has said so. */
const SLOW = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Slow extends Thread {
    get eventMap() {
      return { [PackageType.REQUEST]: { work: (socket, { body }) => body }, [PackageType.TALK]: { note: () => {} } }
    }
    async start() {
      if (await this.node.request(this.node.sockets[0], 'may I start') !== 'yes') throw new Error('may not start')
    }
  }
`

/** Starts once the test has opened its gate. */
const GATED = `
  import { Thread, PackageType } from 'trustp2p'
  export default class Gated extends Thread {
    get eventMap() { return { [PackageType.REQUEST]: { work: (socket, { body }) => body } } }
    async start() {
      globalThis.reached()
      await globalThis.gate
    }
  }
`

afterEach(disposeAll)

/** A peer that is nothing but a WebSocket. */
class Peer {
  readonly #socket: WebSocket
  readonly #heard: CP2pPackage[] = []

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#heard.push(CP2pPackage.decode(data)))
  }

  /** Settles with the first package of that type and tag. */
  hears(type: PackageType, tag?: string): Promise<CP2pPackage> {
    const isIt = (one: CP2pPackage) => one.type === type && (tag === undefined || one.tag === tag)
    return until(() => this.#heard.find(isIt), `a package of type ${type}`)
  }

  async asks(body: string): Promise<Pick<CP2pPackage, 'error' | 'body'>> {
    this.says(PackageType.REQUEST, 'work', body, body)
    const { error, body: answer } = await this.hears(PackageType.RESPONSE, body)
    return { error, body: answer }
  }

  says(type: PackageType, event: string, body: unknown, tag = ''): void {
    this.#socket.send(CP2pPackage.encode({ type, event, body, tag }))
  }
}

/** A node with one peer, which the peer dialled. */
async function createDialled(cwd: string): Promise<[P2pNode, Peer]> {
  const node = await closing(createServer({ cwd, ...LISTEN }))
  return [node, new Peer((await dialRaw(String(node.addresses[0]))).socket)]
}

/** A node with one peer, which the node dialled. */
async function createDialling(cwd: string): Promise<[P2pNode, Peer]> {
  let peer: Peer | undefined
  const url = await startRawServer((socket) => (peer = new Peer(socket)))
  const node = await closing(createClient({ cwd, ...QUIET, connect: [url] }))
  return [node, await until(() => peer, 'a connection')]
}

describe('T24 what is sent before start-up has finished', () => {
  it.each([
    ['inbound', createDialled],
    ['outbound', createDialling]
  ])('is answered or refused while a thread starts, never lost, both ways of an %s socket', async (_, create) => {
    const project = createProject()
    const [node, peer] = await create(project.cwd)
    await until(() => node.sockets.length === 1, 'an open socket')
    project.thread('slow.js', SLOW)
    const asked = await peer.hears(PackageType.REQUEST)
    expect(asked.event).toBe('may I start')
    expect(node.threads.list()).toMatchObject([{ name: 'slow', state: 'starting' }])

    expect(await peer.asks('early')).toMatchObject({ error: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
    peer.says(PackageType.TALK, 'note', null)
    await until(() => node.status().counters.unknownEvents === 1, 'a talk that was counted')

    const started = once(node, 'thread:started')
    peer.says(PackageType.RESPONSE, asked.event, 'yes', asked.tag)
    await started
    expect(await peer.asks('late')).toEqual({ error: undefined, body: 'late' })
    expect(node.status()).toMatchObject({ pendingRequests: 0, counters: { unknownEvents: 1, badFrames: 0 } })
  })

  it('by a peer that dials before all threads have started is refused with an error, and taken after that', async () => {
    const program = createHttpServer((_, response) => response.end())
    disposeLater(() => {
      program.closeAllConnections()
      return new Promise((resolve) => program.close(resolve))
    })
    await new Promise<void>((resolve) => program.listen(0, '127.0.0.1', resolve))
    const url = `ws://127.0.0.1:${(program.address() as AddressInfo).port}`
    const project = createProject()
    project.thread('gated.mjs', GATED)
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    const reached = new Promise<void>((resolve) => Object.assign(globalThis, { gate, reached: resolve }))
    const starting = closing(createServer({ cwd: project.cwd, ...QUIET, server: program }))
    await reached

    const client = await closing(createNode({ cwd: createProject().cwd, ...QUIET }))
    await expect(client.connect(url)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_REFUSED' })
    open()
    await starting
    await expect(client.request(await client.connect(url), 'work', 'late')).resolves.toBe('late')
  })
})
