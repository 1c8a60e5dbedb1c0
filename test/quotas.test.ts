import { createClient, createServer } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { addressOf, ISOLATIONS, LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, once, until } from './project'

/** Counts what reaches it; its manifest lets one peer ask three times at once, and talk once. */
const CHAT = `
  import { PackageType, Thread } from 'trustp2p'
  export default class Chat extends Thread {
    static manifest = { quotas: { 'chat/*': { perSecond: 0.001, burst: 3 }, note: { perSecond: 0.001 } } }
    bodies = []
    eventMap = {
      [PackageType.REQUEST]: { 'chat/send': (_, { body }) => this.bodies.push(body), free: () => 'free' },
      [PackageType.TALK]: { note: (_, { body }) => void this.bodies.push(body) }
    }
  }
`
const QUOTA = 'ERR_TRUSTP2P_LIMIT_QUOTA'

afterEach(disposeAll)

async function createChat(settings: object): Promise<P2pNode> {
  const project = createProject()
  project.thread('chat.mjs', CHAT)
  return closing(createServer({ cwd: project.cwd, ...LISTEN, threads: { chat: settings } }))
}

async function join(server: P2pNode): Promise<{ client: P2pNode; socket: P2pSocket }> {
  const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: [addressOf(server)] }))
  const socket = await until(() => client.sockets[0], 'a socket to the server')
  return { client, socket }
}

/** What became of so many requests that were sent at once. */
async function ask({ client, socket }: Awaited<ReturnType<typeof join>>, count: number): Promise<unknown[]> {
  const requests = Array.from({ length: count }, () => client.request(socket, 'chat/send', 'hello'))
  const settled = await Promise.allSettled(requests)
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as { code: unknown }).code))
}

describe.each(ISOLATIONS)('U6 quotas between nodes, of a thread that runs %s,', (isolation) => {
  it('answer requests over them with their code, and leave other events alone', async () => {
    const server = await createChat({ isolation })
    const peer = await join(server)
    expect(await ask(peer, 5)).toEqual([1, 2, 3, QUOTA, QUOTA])
    await expect(peer.client.request(peer.socket, 'free')).resolves.toBe('free')
    expect(server.status().counters).toMatchObject({ quotaRequests: 2, quotaTalks: 0 })
    expect(server.threads.list()).toMatchObject([{ name: 'chat', isolation, overQuota: 2, failures: 0 }])
  })

  it('answer requests whose bodies are too long together', async () => {
    const server = await createChat({ isolation, quotas: { 'chat/send': { perSecond: 1_000, bytesPerSecond: 15 } } })
    expect(await ask(await join(server), 4)).toEqual([1, 2, QUOTA, QUOTA])
  })

  it('drop talks over them, which close nothing', async () => {
    const server = await createChat({ isolation })
    const { client, socket } = await join(server)
    for (let count = 0; count < 20; count++) client.talk(socket, 'note', count)
    await expect(client.request(socket, 'free')).resolves.toBe('free')
    expect(server.status().counters).toMatchObject({ quotaTalks: 19, quotaRequests: 0 })
    expect([socket.state, server.threads.list()[0]?.calls]).toEqual(['open', 2])
  })

  it('are not filled by a new connection of the same host', async () => {
    const server = await createChat({ isolation })
    const first = await join(server)
    expect(await ask(first, 3)).toEqual([1, 2, 3])
    const closed = once(server, 'socket:close')
    first.socket.terminate()
    await closed
    expect(await ask(await join(server), 1)).toEqual([QUOTA])
  })

  it('of the configuration stand for those of the manifest', async () => {
    const server = await createChat({ isolation, quotas: { 'chat/send': { perSecond: 1000, burst: 5 } } })
    const answers = await ask(await join(server), 5)
    expect(answers).toEqual([1, 2, 3, 4, 5])
  })
})
