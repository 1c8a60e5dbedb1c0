import { once as onceEmitted } from 'node:events'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { CP2pPackage, createClient, createServer, PackageType } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'
import type { Project } from './project'

const QUIET = { log: { level: 'silent' } } as const
const HEARTBEAT = join(__dirname, '..', 'threads-available', 'heartbeat.ts')

afterEach(disposeAll)

function createHeartbeatProject(): Project {
  const project = createProject()
  cpSync(HEARTBEAT, project.write('threads-available/heartbeat.ts', ''))
  project.link('heartbeat.ts', 'threads-available/heartbeat.ts')
  return project
}

async function createBeatingServer(config: object): Promise<P2pNode> {
  const project = createHeartbeatProject()
  const threads = { heartbeat: { config } }
  return closing(createServer({ cwd: project.cwd, ...QUIET, listen: ['ws://127.0.0.1:0'], threads }))
}

/** A peer that is nothing but a WebSocket: it answers pings as it is told. */
async function createPeer(url: string, answer: (ping: CP2pPackage, socket: WebSocket) => void): Promise<CP2pPackage[]> {
  const socket = new WebSocket(url)
  disposeLater(() => socket.terminate())
  const pings: CP2pPackage[] = []
  socket.on('message', (data: Buffer) => {
    const received = CP2pPackage.decode(data)
    if (received.type !== PackageType.HEARTBEAT_PING) return
    pings.push(received)
    answer(received, socket)
  })
  await onceEmitted(socket, 'open')
  return pings
}

function pong(sleep: boolean) {
  return (ping: CP2pPackage, socket: WebSocket) => {
    const answer = { type: PackageType.HEARTBEAT_PONG, event: 'pong', body: { sleep }, tag: ping.tag }
    socket.send(CP2pPackage.encode(answer))
  }
}

describe('T16 the heartbeat of a server', () => {
  it('pings silent peers; one that never answers is closed with `lost driver`, the others stay', async () => {
    const server = await createBeatingServer({ roundMs: 20, roundJitterMs: 5, silentMs: 50, lostMs: 300 })
    const url = String(server.addresses[0])
    const answering = await createPeer(url, pong(false))
    const sleeping = await createPeer(url, pong(true))
    const lost = once(server, 'socket:close')
    const silent = await createPeer(url, () => undefined)
    const [, code, reason] = await lost
    expect([code, reason]).toEqual([1000, 'lost driver'])
    expect([silent.length, sleeping.length]).toEqual([1, 1])
    const before = answering.length
    await until(() => answering.length >= before + 3, 'more pings to the peer that answers')
    expect(sleeping).toHaveLength(1)
    expect(server.sockets).toHaveLength(2)
  })

  it.each(['with', 'without'])('is answered by a node %s the thread, which stays connected', async (kind) => {
    const server = await createBeatingServer({ roundMs: 20, roundJitterMs: 5, silentMs: 20, lostMs: 2000 })
    const project = kind === 'with' ? createHeartbeatProject() : createProject()
    const client = await closing(createClient({ cwd: project.cwd, ...QUIET, connect: server.addresses }))
    const threads = kind === 'with' ? [expect.objectContaining({ name: 'heartbeat', state: 'running' }) as unknown] : []
    expect(client.threads.list()).toEqual(threads)
    // The greeting, then pongs.
    await until(() => server.status().counters.framesIn >= 5, 'four pongs')
    expect(server.sockets).toHaveLength(1)
    expect(server.status()).toMatchObject({ counters: { strayAnswers: 0, badFrames: 0 } })
    expect(client.threads.list().map(({ calls }) => calls >= 4)).toEqual(kind === 'with' ? [true] : [])
  })
})
