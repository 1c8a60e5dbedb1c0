import { createClient, createServer, createThreadList, PackageType } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import Echo from '../echo'

const QUIET = { cwd: __dirname, log: { level: 'silent' } } as const

describe('the thread echo', () => {
  let server: P2pNode
  let client: P2pNode
  let socket: P2pSocket

  beforeAll(async () => {
    const source = createThreadList({ echo: Echo })
    server = await createServer({ ...QUIET, source, listen: ['ws://127.0.0.1:0'] })
    client = await createClient({ ...QUIET, source: createThreadList({}), connect: server.addresses })
    socket = client.sockets[0] as P2pSocket
  })

  afterAll(async () => {
    await client.close()
    await server.close()
  })

  it.each([
    ['an object', { text: 'hello', list: [1, null, { deep: true }] }],
    ['a text', 'hello'],
    ['a number', 0],
    ['null', null]
  ])('answers with the body that came: %s', async (_, body) => {
    await expect(client.request(socket, 'echo', body)).resolves.toEqual(body)
  })

  it('answers null to a request without a body', async () => {
    await expect(client.request(socket, 'echo')).resolves.toBeNull()
  })

  it('answers bytes with the same bytes', async () => {
    const bytes = new Uint8Array([0, 127, 128, 255])
    const answer = await client.request(socket, 'echo', bytes)
    expect(answer).toBeInstanceOf(Uint8Array)
    expect([...(answer as Uint8Array)]).toEqual([...bytes])
  })

  it('handles the request echo and nothing else', () => {
    expect(server.threads.list()).toMatchObject([
      { name: 'echo', state: 'running', events: [{ type: PackageType.REQUEST, event: 'echo' }] }
    ])
  })
})
