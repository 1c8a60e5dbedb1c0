import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createNode, errorCode } from 'trustp2p'
import type { ConfigInput, P2pNode, P2pSocket } from 'trustp2p'
import Hub from '../threads-available/hub'
import { addressOf, ISOLATIONS, QUIET } from './pair'
import type { Isolation } from './pair'
import { closing, createProject, disposeAll, once } from './project'

const THREADS = join(__dirname, '../threads-available')
const PURPOSE = 'hub login 1'
/** Answers with what the hub knows of who asks. */
const ASKING = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class extends Thread {
    get eventMap() {
      return { [PackageType.REQUEST]: {
        who: async (socket) => (await this.threads.get('hub').peerOf(socket)) ?? 'nobody',
        all: () => this.threads.get('hub').loggedIn()
      } }
    }
  }
`
/** Keeps what it is challenged with. */
const HEARING = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class extends Thread {
    heard = []
    get eventMap() { return { [PackageType.TALK]: { 'hub/challenge': (socket, { body }) => void this.heard.push(body) } } }
    all() { return this.heard }
  }
`

afterEach(disposeAll)

interface Running {
  readonly isolation: Isolation
  readonly config?: object
  readonly node?: ConfigInput
}

function threadText(name: string): string {
  return readFileSync(join(THREADS, `${name}.ts`), 'utf8')
}

function startHub({ isolation, config = {}, node = {} }: Running): Promise<P2pNode> {
  const project = createProject()
  project.thread('hub.ts', threadText('hub'))
  project.thread('asking.js', ASKING)
  const threads = { hub: { isolation, config } }
  return closing(createNode({ cwd: project.cwd, ...QUIET, listen: ['tcp://127.0.0.1:0'], threads, ...node }))
}

/** A node with the thread of clients. */
function startClient({ isolation, config = {}, node = {} }: Running): Promise<P2pNode> {
  const project = createProject()
  project.thread('hub-client.ts', threadText('hub-client'))
  const threads = { 'hub-client': { isolation, config } }
  return closing(createNode({ cwd: project.cwd, ...QUIET, threads, ...node }))
}

/** A node that logs in by hand. */
function startStranger(node: ConfigInput = {}): Promise<P2pNode> {
  const project = createProject()
  project.thread('hearing.js', HEARING)
  return closing(createNode({ cwd: project.cwd, ...QUIET, ...node }))
}

async function heard(node: P2pNode): Promise<{ challenge: string }[]> {
  const all = await node.threads.get('hearing').all?.()
  return all as { challenge: string }[]
}

async function challengeOf(node: P2pNode, socket: P2pSocket): Promise<string> {
  const answer = (await node.request(socket, 'hub/challenge', {})) as { challenge: string }
  return answer.challenge
}

interface Login {
  readonly challenge: string
  readonly hub: string | undefined
  readonly client?: string | undefined
  readonly purpose?: string
}

/** Signs a login; gives the body of its request. */
async function signed(node: P2pNode, { challenge, hub, client = node.id, purpose = PURPOSE }: Login): Promise<object> {
  const signature = await node.sign({ purpose, text: [challenge, hub, client].join('\n') })
  return { challenge, signature }
}

function logIn(node: P2pNode, socket: P2pSocket, body: unknown): Promise<string | undefined> {
  return node.request(socket, 'hub/login', body).then(() => undefined, errorCode)
}

/** Asks until the hub says that. */
async function untilAnswer(node: P2pNode, socket: P2pSocket, expected: unknown): Promise<void> {
  while ((await node.request(socket, 'who').catch(errorCode)) !== expected) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe.each(ISOLATIONS)('T21 a hub, %s,', (isolation) => {
  it('challenges each client with 30 fresh bytes in base64, by a talk', async () => {
    const hub = await startHub({ isolation })
    const clients = [await startStranger(), await startStranger()]
    for (const client of clients) await client.connect(addressOf(hub))
    const challenges: string[] = []
    for (const client of clients) {
      let told: { challenge: string }[] = []
      while (told.length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        told = await heard(client)
      }
      challenges.push(...told.map(({ challenge }) => challenge))
    }
    expect(new Set(challenges).size).toBe(2)
    for (const challenge of challenges) {
      expect(challenge).toMatch(/^[A-Za-z\d+/]{40}$/)
      expect(Buffer.from(challenge, 'base64').length).toBe(30)
    }
  })

  it('takes a client that has the thread for it, and tells other threads who it is', async () => {
    const hub = await startHub({ isolation })
    const client = await startClient({ isolation })
    const socket = await client.connect(addressOf(hub))
    await untilAnswer(client, socket, client.id)
    expect(await client.request(socket, 'all')).toMatchObject([{ peerId: client.id }])
    expect(await client.threads.get('hub-client').isLoggedIn?.(socket)).toBe(true)
  })

  it('takes a challenge once: a login that is replayed, or a second one over it, is refused', async () => {
    const hub = await startHub({ isolation })
    const client = await startStranger()
    const socket = await client.connect(addressOf(hub))
    const login = await signed(client, { challenge: await challengeOf(client, socket), hub: hub.id })
    expect(await logIn(client, socket, login)).toBeUndefined()
    expect(await client.request(socket, 'who')).toBe(client.id)
    expect(await logIn(client, socket, login)).toBe('HUB_CHALLENGE_USED')
  })

  it('refuses a login that another socket of the same peer was challenged for', async () => {
    const hub = await startHub({
      isolation,
      node: { peers: { closeDuplicates: false }, listen: ['tcp://127.0.0.1:0', 'ws://127.0.0.1:0'] }
    })
    const client = await startStranger({ peers: { closeDuplicates: false } })
    const [one, other] = await Promise.all(hub.addresses.map((address) => client.connect(address)))
    if (one === undefined || other === undefined) throw new Error('not connected')
    const login = await signed(client, { challenge: await challengeOf(client, one), hub: hub.id })
    await challengeOf(client, other)
    expect(await logIn(client, other, login)).toBe('HUB_CHALLENGE_FOREIGN')
    expect(await logIn(client, one, login)).toBeUndefined()
    expect(await client.request(other, 'who')).toBe('nobody')
  })

  it('refuses a login that a third node passes on', async () => {
    const hub = await startHub({ isolation })
    const [victim, relay] = [await startStranger(), await startStranger()]
    const socket = await relay.connect(addressOf(hub))
    const challenge = await challengeOf(relay, socket)
    // The victim takes the relay for its hub: what it signs names the relay. And one that it would sign for the hub:
    for (const seen of [relay.id, hub.id]) {
      const login = await signed(victim, {
        challenge: seen === relay.id ? challenge : await challengeOf(relay, socket),
        hub: seen
      })
      expect(await logIn(relay, socket, login)).toBe('HUB_LOGIN_FORGED')
    }
    expect(await relay.request(socket, 'who')).toBe('nobody')
  })

  it.each([
    ['for another hub', (own: P2pNode) => ({ hub: own.id })],
    ['for another purpose', () => ({ purpose: 'chat invitation 1' })],
    ['as another peer', (_own: P2pNode, hub: P2pNode) => ({ client: hub.id })]
  ])('refuses a login that was signed %s', async (_what, change) => {
    const hub = await startHub({ isolation })
    const client = await startStranger()
    const socket = await client.connect(addressOf(hub))
    const challenge = await challengeOf(client, socket)
    const login = await signed(client, { challenge, hub: hub.id, ...change(client, hub) })
    expect(await logIn(client, socket, login)).toBe('HUB_LOGIN_FORGED')
  })

  it('refuses what is no login, and a signature that is none', async () => {
    const hub = await startHub({ isolation })
    const client = await startStranger()
    const socket = await client.connect(addressOf(hub))
    for (const body of [null, 'x', {}, { challenge: 1, signature: 'x' }, { challenge: 'x' }]) {
      expect(await logIn(client, socket, body)).toBe('HUB_LOGIN_INVALID')
    }
    for (const signature of ['', 'AAAA', '***', 'A'.repeat(88)]) {
      const challenge = await challengeOf(client, socket)
      expect(await logIn(client, socket, { challenge, signature })).toBe('HUB_LOGIN_FORGED')
    }
    expect(await logIn(client, socket, { challenge: 'x', signature: 'x' })).toBe('HUB_NOT_CHALLENGED')
  })

  it('refuses a challenge that has expired', async () => {
    const hub = await startHub({ isolation, config: { challengeMs: 1 } })
    const client = await startStranger()
    const socket = await client.connect(addressOf(hub))
    const login = await signed(client, { challenge: await challengeOf(client, socket), hub: hub.id })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await logIn(client, socket, login)).toBe('HUB_CHALLENGE_EXPIRED')
  })

  it('takes its members alone', async () => {
    const [member, stranger] = [await startStranger(), await startStranger()]
    const hub = await startHub({ isolation, config: { members: [member.id] } })
    for (const [node, code] of [
      [member, undefined],
      [stranger, 'HUB_NOT_A_MEMBER']
    ] as const) {
      const socket = await node.connect(addressOf(hub))
      const login = await signed(node, { challenge: await challengeOf(node, socket), hub: hub.id })
      expect(await logIn(node, socket, login)).toBe(code)
    }
  })

  it('closes who does not log in, where it is told to', async () => {
    const hub = await startHub({ isolation, config: { required: true, challengeMs: 300 } })
    const [client, stranger] = [await startClient({ isolation }), await startStranger()]
    const socket = await client.connect(addressOf(hub))
    const closed = once(stranger, 'socket:close')
    await stranger.connect(addressOf(hub))
    expect((await closed).slice(1)).toEqual([1008, 'not logged in'])
    expect([socket.state, await client.request(socket, 'who')]).toEqual(['open', client.id])
  })

  it('knows who had logged in when it is reloaded', async () => {
    const hub = await startHub({ isolation })
    const client = await startStranger()
    const socket = await client.connect(addressOf(hub))
    const open = await challengeOf(client, socket)
    await hub.threads.reload('hub')
    expect(await logIn(client, socket, await signed(client, { challenge: open, hub: hub.id }))).toBeUndefined()
    await hub.threads.reload('hub')
    expect(await client.request(socket, 'who')).toBe(client.id)
  })

  it('forgets who leaves', async () => {
    const hub = await startHub({ isolation })
    const [client, other] = [await startClient({ isolation }), await startStranger()]
    const socket = await client.connect(addressOf(hub))
    await untilAnswer(client, socket, client.id)
    const left = once(hub, 'socket:close')
    socket.close()
    await left
    expect(await other.request(await other.connect(addressOf(hub)), 'all')).toEqual([])
  })

  it('is logged in at by a client whose thread comes later, and challenges again when it comes back itself', async () => {
    const hub = await startHub({ isolation })
    const client = await startClient({ isolation })
    await client.threads.disable('hub-client')
    const socket = await client.connect(addressOf(hub))
    await client.threads.enable('hub-client')
    await untilAnswer(client, socket, client.id)
    await hub.threads.disable('hub')
    await hub.threads.enable('hub')
    await untilAnswer(client, socket, client.id)
  })

  it('is not logged in at where the client names others', async () => {
    const hub = await startHub({ isolation })
    const other = await startStranger()
    const client = await startClient({ isolation, config: { hubs: [other.id] } })
    const socket = await client.connect(addressOf(hub))
    expect(await client.threads.get('hub-client').isLoggedIn?.(socket)).toBe(false)
    expect(await client.request(socket, 'who')).toBe('nobody')
  })

  it('takes no login where a side has proved nothing', async () => {
    const hub = await startHub({ isolation })
    const client = await startStranger({ auth: 'off' })
    const socket = await client.connect(addressOf(hub))
    const challenge = await challengeOf(client, socket)
    expect(await logIn(client, socket, { challenge, signature: 'A'.repeat(86) + '==' })).toBe('HUB_UNPROVED')
    await expect(client.sign({ purpose: PURPOSE, text: challenge })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_IDENTITY_OFF'
    })
  })
})

describe('T21 settings of the hub', () => {
  it.each([
    ['hub', { members: 'all' }],
    ['hub', { members: ['no peer id'] }],
    ['hub', { challengeMs: 0 }],
    ['hub', { challengeMs: 2 ** 31 }],
    ['hub', { required: 1 }],
    ['hub', { member: [] }],
    ['hub-client', { hubs: [1] }],
    ['hub-client', { hubs: ['no peer id'] }],
    ['hub-client', { hub: [] }]
  ])('of %s refuse %j', async (name, config) => {
    const project = createProject()
    project.thread(`${name}.ts`, threadText(name))
    const node = await closing(createNode({ cwd: project.cwd, ...QUIET, threads: { [name]: { config } } }))
    expect(node.threads.list()).toMatchObject([{ error: { code: 'ERR_TRUSTP2P_CONFIG_INVALID' } }])
  })

  it.each([1, 2 ** 31 - 1])('take %i as challengeMs', (challengeMs) => {
    expect(Hub.manifest.config.parse({ challengeMs })).toMatchObject({ challengeMs })
  })
})
