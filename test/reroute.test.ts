import { once as onceEmitted } from 'node:events'
import { createInterface } from 'node:readline'
import type { WebSocket } from 'ws'
import { CP2pPackage, createClient, createServer, errorCode, PackageType } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { startFixture } from './child'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'
import { startRawServer } from './raw-server'

const QUIET = { log: { level: 'silent' } } as const
const REQUESTS = 10_000
const IN_FLIGHT = 64
const KILL_EVERY_MS = 1_000

/** Answers after a while, so that a server that is killed always has requests that run. */
const THREAD = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Slow extends Thread {
    runs = 0
    get eventMap() {
      const later = (value) => new Promise((resolve) => this.setTimeout(() => resolve(value()), 40))
      return {
        [PackageType.REQUEST]: {
          slow: (socket, { body }) => later(() => body),
          count: () => later(() => ++this.runs),
          stall: () => (this.config.stalls ? new Promise(() => undefined) : 'answered')
        }
      }
    }
  }
`

afterEach(disposeAll)

function createSlowProject(): string {
  const project = createProject()
  project.thread('slow.js', THREAD)
  return project.cwd
}

function serve(stalls: boolean): Promise<P2pNode> {
  const threads = { slow: { config: { stalls }, drainTimeoutMs: 0 } }
  return closing(createServer({ cwd: createSlowProject(), ...QUIET, listen: ['ws://127.0.0.1:0'], threads }))
}

function connectTo(connect: string[], config: object = {}): Promise<P2pNode> {
  return closing(createClient({ cwd: createProject().cwd, ...QUIET, connect, ...config }))
}

function addressOf(node: P2pNode): string {
  return String(node.addresses[0])
}

it('T12 coalesced requests are run once, and every caller is answered', async () => {
  const client = await connectTo([addressOf(await serve(false))])
  const [socket] = client.sockets as [P2pSocket]
  const ask = () => client.request(socket, 'count', { a: 1, b: [] }, { coalesce: true })
  expect(await Promise.all(Array.from({ length: 100 }, ask))).toEqual(Array(100).fill(1))
  expect(await ask()).toBe(2)
})

it('T14 a rerouted request moves on from a server that stalls, and from one that is closed', async () => {
  const [stalling, other] = [await serve(true), await serve(false)]
  const client = await connectTo([addressOf(stalling), addressOf(other)], { request: { stalledMs: 200 } })
  const socket = client.sockets.find(({ url }) => url === addressOf(stalling)) as P2pSocket
  expect(await client.request(socket, 'stall', null, { reroute: true })).toBe('answered')
  const moving = client.request(socket, 'stall', null, { reroute: true, timeoutMs: 20_000 })
  await stalling.close()
  expect(await moving).toBe('answered')
  expect(client.status().pendingRequests).toBe(0)
})

describe('T14 a rerouted request with no other server left', () => {
  const TIMEOUT = { code: 'ERR_TRUSTP2P_REQUEST_TIMEOUT' }

  it('waits for a new connection, after its server has stalled and after it has gone', async () => {
    const { client, socket, server } = await connectToMute()
    const ask = () => client.request(socket, 'stall', null, { reroute: true, timeoutMs: 20_000 })
    const asked = [ask(), ask()]
    await until(() => server.requests === 2, 'two requests')
    const lost = once(client, 'socket:close')
    server.drop()
    await lost
    expect(client.status()).toMatchObject({ pendingRequests: 2, sockets: [], counters: { reroutedRequests: 0 } })
    await client.connect(addressOf(await serve(false)))
    expect(await Promise.all(asked)).toEqual(['answered', 'answered'])
    expect(client.status()).toMatchObject({ pendingRequests: 0, counters: { reroutedRequests: 2 } })
  })

  it('waits for its timeout, and no longer, where none comes, and is never sent to the same server again', async () => {
    const { client, socket, server } = await connectToMute()
    const ask = (timeoutMs: number) => client.request(socket, 'stall', null, { reroute: true, timeoutMs })
    const startedAt = performance.now()
    await expect(ask(200)).rejects.toMatchObject(TIMEOUT)
    // Node rounds to whole milliseconds.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(199)
    expect(server.requests).toBe(1)
    const homeless = expect(ask(1_000)).rejects.toMatchObject(TIMEOUT)
    const lost = once(client, 'socket:close')
    await until(() => server.requests === 2, 'the second request')
    server.drop()
    await lost
    expect(client.status().pendingRequests).toBe(1)
    await homeless
    expect(client.status()).toMatchObject({ pendingRequests: 0, sockets: [], counters: { reroutedRequests: 0 } })
  })
})

interface MuteServer {
  /** How many have come. */
  readonly requests: number
  /** Breaks its connections. */
  drop(): void
}

/** A client of one server, which answers nothing and counts as stalled after 50 ms. Nobody dials it again. */
async function connectToMute(): Promise<{ client: P2pNode; socket: P2pSocket; server: MuteServer }> {
  const connections: WebSocket[] = []
  let requests = 0
  const url = await startRawServer((socket) => {
    connections.push(socket)
    socket.on('message', (data: Buffer) => {
      if (CP2pPackage.decode(data).type === PackageType.REQUEST) requests++
    })
  })
  const client = await connectTo([], { request: { stalledMs: 50 } })
  const server = {
    get requests() {
      return requests
    },
    drop: () => connections.forEach((socket) => socket.terminate())
  }
  return { client, socket: await client.connect(url), server }
}

describe('T13 T14 requests while one of three servers is killed every second', () => {
  it('are all settled, those with reroute by an answer; every answer that came settled one of them or was counted', async () => {
    const servers = await Promise.all([1, 2, 3].map(() => MortalServer.start()))
    const client = await connectTo(
      servers.map(({ url }) => url),
      { redial: { firstMs: 50, longestMs: 200 }, request: { stalledMs: 2_000 } }
    )
    let [kills, greetings] = [0, client.sockets.length]
    client.on('socket:open', () => greetings++)
    let restarting = Promise.resolve()
    const killer = setInterval(() => {
      const server = servers[kills++ % servers.length]
      restarting = restarting.then(() => server?.killAndRestart())
    }, KILL_EVERY_MS)
    disposeLater(() => clearInterval(killer))
    const outcomes = await askMany(client)
    clearInterval(killer)
    await restarting
    expect(kills).toBeGreaterThanOrEqual(3)
    expect(outcomes).toHaveLength(REQUESTS)
    expect(new Set(outcomes.filter(({ reroute }) => reroute).map(({ end }) => end))).toEqual(new Set(['answered']))
    const ends = new Set(outcomes.map(({ end }) => end))
    expect([...ends].filter((end) => end !== 'answered' && end !== 'ERR_TRUSTP2P_SOCKET_CLOSED')).toEqual([])
    const { pendingRequests, counters } = client.status()
    const answered = outcomes.filter(({ end }) => end === 'answered').length
    const { framesIn, droppedFrames, strayAnswers } = counters
    expect([pendingRequests, framesIn - droppedFrames - greetings]).toEqual([0, answered + strayAnswers])
  }, 120_000)
})

interface Outcome {
  readonly reroute: boolean
  /** How it ended: `answered`, with its own body, or the code of its error. */
  end: string | undefined
}

/** Keeps requests in flight, one in four of them without reroute, until all have been sent and settled. */
async function askMany(client: P2pNode): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let sockets = client.sockets
  const ask = async (): Promise<void> => {
    for (let index = outcomes.length; index < REQUESTS; index = outcomes.length) {
      const outcome: Outcome = { reroute: index % 4 > 0, end: undefined }
      outcomes.push(outcome)
      if (client.sockets.length > 0) sockets = client.sockets
      outcome.end = await askOnce(client, sockets[index % sockets.length] as P2pSocket, index, outcome.reroute)
      // Without a socket every request would fail at once, and no server come back meanwhile.
      if (outcome.end !== 'answered') await until(() => client.sockets.length > 0, 'an open socket')
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, ask))
  return outcomes
}

async function askOnce(client: P2pNode, socket: P2pSocket, body: number, reroute: boolean): Promise<string> {
  try {
    const answer = await client.request(socket, 'slow', body, { reroute, timeoutMs: 60_000 })
    return answer === body ? 'answered' : `the answer of another: ${String(answer)}`
  } catch (error) {
    return errorCode(error) ?? String(error)
  }
}

/** A server in a process of its own, that comes back on its port. */
class MortalServer {
  readonly #cwd = createSlowProject()
  url = 'ws://127.0.0.1:0'
  #child: ReturnType<typeof startFixture> | undefined

  static async start(): Promise<MortalServer> {
    const server = new MortalServer()
    await server.#start()
    return server
  }

  async killAndRestart(): Promise<void> {
    if (this.#child === undefined) return
    const gone = onceEmitted(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await gone
    await this.#start()
  }

  async #start(): Promise<void> {
    this.#child = startFixture('server.ts', [this.#cwd, JSON.stringify({ listen: [this.url] })])
    const [url] = (await onceEmitted(createInterface(this.#child.stdout), 'line')) as [string]
    this.url = url
  }
}
