import { createClient, createServer, PackageType } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { addressOf, LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, until } from './project'

/** Answers with the name of its project's node, and keeps what it is told. */
const DESK = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Desk extends Thread {
    heard = []
    get eventMap() {
      return {
        [PackageType.REQUEST]: { who: () => this.config.name, heard: () => this.heard },
        [PackageType.TALK]: { note: this.onNote },
        [PackageType.SYSTEM]: { note: this.onNote }
      }
    }
    onNote(socket, { type, body }) { this.heard.push([type, body]) }
  }
`

interface Star {
  readonly hub: P2pNode
  readonly clients: readonly P2pNode[]
  /** The hub's socket to each client, in the order of the clients. */
  readonly sockets: readonly P2pSocket[]
}

afterEach(disposeAll)

function settings(name: string): { cwd: string; threads: object } {
  const project = createProject()
  project.thread('desk.js', DESK)
  return { cwd: project.cwd, threads: { desk: { config: { name } } } }
}

/** A hub with three clients, connected one after the other; the last one runs no thread. */
async function createStar(): Promise<Star> {
  const hub = await closing(createServer({ ...settings('hub'), ...LISTEN }))
  const [clients, sockets]: [P2pNode[], P2pSocket[]] = [[], []]
  for (const name of ['a', 'b', 'bare']) {
    const own = name === 'bare' ? { cwd: createProject().cwd } : settings(name)
    clients.push(await closing(createClient({ ...own, ...QUIET, connect: [addressOf(hub)] })))
    sockets.push(await until(() => hub.sockets[clients.length - 1], `the socket of ${name}`))
  }
  return { hub, clients, sockets }
}

/** What each client with a thread was told: asked after it, on the same socket. */
function heardBy({ hub, sockets }: Star): Promise<unknown[]> {
  return Promise.all(sockets.slice(0, 2).map((socket) => hub.request(socket, 'heard')))
}

describe('T15 a broadcast', () => {
  it('asks all open sockets, and gives one result for each', async () => {
    const { hub, sockets } = await createStar()
    const [a, b, bare] = sockets
    expect(await hub.broadcast('who')).toEqual([
      { socket: a, status: 'answered', body: 'a' },
      { socket: b, status: 'answered', body: 'b' },
      {
        socket: bare,
        status: 'failed',
        error: expect.objectContaining({ code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' }) as unknown
      }
    ])
  })

  it('of type TALK or SYSTEM reaches all of them, and is sent to each', async () => {
    const star = await createStar()
    for (const type of [PackageType.TALK, PackageType.SYSTEM] as const) {
      const results = await star.hub.broadcast('note', { type }, { type })
      expect(results).toEqual(star.sockets.map((socket) => ({ socket, status: 'sent' })))
    }
    const told = [PackageType.TALK, PackageType.SYSTEM].map((type) => [type, { type }])
    expect(await heardBy(star)).toEqual([told, told])
  })

  it('to a list of sockets reaches these alone, in its order', async () => {
    const star = await createStar()
    const [a, b, bare] = star.sockets as [P2pSocket, P2pSocket, P2pSocket]
    const asked = await star.hub.broadcast('who', null, { sockets: [b, a] })
    expect(asked).toEqual([
      { socket: b, status: 'answered', body: 'b' },
      { socket: a, status: 'answered', body: 'a' }
    ])
    await star.hub.broadcast('note', 1, { type: PackageType.TALK, sockets: [b, bare] })
    expect(await heardBy(star)).toEqual([[], [[PackageType.TALK, 1]]])
    expect(await star.hub.broadcast('who', null, { sockets: [] })).toEqual([])
  })

  it('gives a failure for a socket that is closed meanwhile, and the answers of the others', async () => {
    const { hub, clients, sockets } = await createStar()
    const [a, b] = sockets as [P2pSocket, P2pSocket]
    await clients[0]?.close()
    await until(() => a.state === 'closed', 'a closed socket')
    expect(await hub.broadcast('who', null, { sockets: [a, b] })).toMatchObject([
      { status: 'failed', error: { code: 'ERR_TRUSTP2P_SOCKET_CLOSED' } },
      { status: 'answered', body: 'b' }
    ])
    expect(await hub.broadcast('who')).toHaveLength(2)
  })

  it('from a thread reaches the same sockets', async () => {
    const project = createProject()
    project.thread(
      'asker.js',
      `const { Thread, PackageType } = require('trustp2p')
      module.exports = class extends Thread {
        get eventMap() { return { [PackageType.REQUEST]: { ask: this.onAsk } } }
        async onAsk() { return (await this.node.broadcast('who')).map(({ body }) => body) }
      }`
    )
    const hub = await closing(createServer({ cwd: project.cwd, ...LISTEN }))
    const client = await closing(createClient({ ...settings('a'), ...QUIET, connect: [addressOf(hub)] }))
    const [socket] = client.sockets as [P2pSocket]
    await expect(client.request(socket, 'ask')).resolves.toEqual(['a'])
  })
})

it('T15 inbound and outbound sockets are listed, oldest first', async () => {
  const { hub, clients, sockets } = await createStar()
  const far = await closing(createServer({ cwd: createProject().cwd, ...LISTEN }))
  const out = await hub.connect(addressOf(far))
  expect(hub.sockets).toEqual([...sockets, out])
  expect(hub.sockets.filter(({ bInbound }) => bInbound)).toEqual(sockets)
  expect(hub.sockets.filter(({ bOutbound }) => bOutbound)).toEqual([out])
  expect(hub.sockets.map(({ url, peer }) => [url, peer])).toEqual([
    ...sockets.map(() => [addressOf(hub), expect.stringMatching(/^127\.0\.0\.1:\d+$/) as unknown]),
    [addressOf(far), addressOf(far)]
  ])
  expect(hub.status().sockets.map(({ inbound, state }) => [inbound, state])).toEqual([
    ...sockets.map(() => [true, 'open']),
    [false, 'open']
  ])
  expect(clients.map((client) => client.sockets.map(({ outbound }) => outbound))).toEqual([[true], [true], [true]])
})
