import { once as onceEmitted } from 'node:events'
import { createInterface } from 'node:readline'
import { createNode } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { ControlClient } from 'trustp2p/control'
import { WebSocket } from 'ws'
import { startFixture } from './child'
import { codeOf } from './code-of'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'
import type { Project } from './project'

const ECHO = 'module.exports = class { get eventMap() { return { 30: { echo: (_socket, { body }) => body } } } }'
const HOST = '192.0.2.1'
const ODD = '127.0.0.9'

afterEach(disposeAll)

/** A server in a process of its own, that is killed and started again in the same folder. */
class MortalServer {
  readonly #project: Project
  #child: ReturnType<typeof startFixture> | undefined
  url = ''

  constructor() {
    this.#project = createProject()
    this.#project.thread('echo.js', ECHO)
  }

  /** Starts it; gives what it is asked by. */
  async start(): Promise<ControlClient> {
    const { cwd } = this.#project
    const configuration = { control: true, listen: ['ws://127.0.0.1:0'], limits: { offencesPerHour: 1 } }
    this.#child = startFixture('server.ts', [cwd, JSON.stringify(configuration)])
    const [url] = (await onceEmitted(createInterface(this.#child.stdout), 'line')) as [string]
    this.url = url
    const control = await ControlClient.connect({ cwd, name: 'server' })
    disposeLater(() => control.close())
    return control
  }

  async kill(): Promise<void> {
    if (this.#child === undefined) return
    const gone = onceEmitted(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await gone
  }
}

/** The same peer, whenever it is started. */
function startClient(project: Project): Promise<P2pNode> {
  return closing(createNode({ cwd: project.cwd, name: 'client', log: { level: 'silent' } }))
}

/** Sends what is no frame from an address of its own; settles when it was dropped. */
function offend(url: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { localAddress: ODD })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.on('open', () => socket.send(Uint8Array.of(0xff, 0xff)))
  })
}

it('T22 counts, addresses and bans are there when a node that was killed is started again', async () => {
  const server = new MortalServer()
  const control = await server.start()
  const { store } = await control.status()
  expect(store).toBe('@trustp2p/store')
  const project = createProject()
  const client = await startClient(project)
  const socket = await client.connect(server.url)
  for (let count = 0; count < 5; count++) await client.request(socket, 'echo', count)
  while ((await control.showPeer(ODD))?.ban === undefined) await offend(server.url)
  const id = client.id ?? ''
  const [known] = [await control.showPeer(id)]
  expect(known).toMatchObject({ good: 5, invalid: 0, host: '127.0.0.1' })
  const bans = [await control.banPeer(id, { reason: 'spam' }), await control.banPeer(HOST, { ms: 60_000 })]
  await server.kill()

  const again = await server.start()
  expect(await again.showPeer(id)).toMatchObject({ good: 5, firstSeen: known?.firstSeen, ban: bans[0] })
  expect((await again.showPeer(HOST))?.ban).toEqual(bans[1])
  expect(await again.showPeer(ODD)).toMatchObject({ kind: 'host', invalid: 2, ban: { by: 'offences' } })
  const closed = once(client, 'socket:close')
  await client.connect(server.url)
  expect((await closed).slice(1)).toEqual([1008, 'banned'])
  expect(await again.unbanPeer(id)).toEqual({ changed: true })
  await server.kill()

  const last = await server.start()
  expect((await last.showPeer(id))?.ban).toBeUndefined()
  await client.connect(server.url)
  expect(await codeOf(client.request(await until(() => client.sockets[0], 'a socket'), 'echo'))).toBeUndefined()
})

it('T22 a node knows where it reached a peer after it was closed and made again', async () => {
  const server = new MortalServer()
  await server.start()
  const project = createProject()
  const client = await startClient(project)
  const { peerId = '' } = await client.connect(server.url)
  await client.close()
  const again = await startClient(project)
  expect(again.peers.get(peerId)).toMatchObject({ kind: 'peer', addresses: [server.url] })
  expect(await again.peers.forget(peerId)).toBe(true)
  await again.close()
  expect((await startClient(project)).peers.list()).toEqual([])
})
