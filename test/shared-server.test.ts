import { createServer as createHttpServer } from 'node:http'
import type { Server } from 'node:http'
import { Server as TcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { get } from 'node:http'
import { createClient, createNode, createServer } from 'trustp2p'
import type { CreateOptions, P2pNode } from 'trustp2p'
import { RawPeer } from '../packages/core/test/driver/ws/raw-peer'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'

const QUIET = { log: { level: 'silent' } } as const

const ECHO = `
  import { Thread, PackageType } from 'trustp2p'
  export default class Echo extends Thread {
    get eventMap() {
      return { [PackageType.REQUEST]: { echo: (socket, { body }) => [this.node.server !== null, body] } }
    }
  }
`

afterEach(disposeAll)

/** A server of the program, which greets. */
function createProgram(): Server {
  const program = createHttpServer((request, response) => response.end(`hello from ${String(request.url)}`))
  disposeLater(() => {
    program.closeAllConnections()
    return new Promise((resolve) => program.close(resolve))
  })
  return program
}

async function listen(program: Server): Promise<string> {
  await new Promise<void>((resolve) => program.listen(0, '127.0.0.1', resolve))
  return `ws://127.0.0.1:${(program.address() as AddressInfo).port}`
}

function read(address: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(`${address.replace('ws:', 'http:')}${path}`, (response) => resolve(text(response))).on('error', reject)
  })
}

async function share(server: Server, options: Partial<CreateOptions> = {}): Promise<P2pNode> {
  const project = createProject()
  project.thread('echo.mjs', ECHO)
  return closing(createServer({ cwd: project.cwd, ...QUIET, server, ...options }))
}

describe('a node on a server of the program', () => {
  it('drops who may not connect before the handshake, and leaves what is no upgrade to the program', async () => {
    const program = createProgram()
    const address = await listen(program)
    const node = await share(program, { peers: { deny: ['127.0.0.1'] } })
    const client = await closing(createNode({ cwd: createProject().cwd, ...QUIET }))
    await expect(client.connect(address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED' })
    expect(node.explain().map(({ stage, code }) => [stage, code])).toEqual([['accept', 'ERR_TRUSTP2P_RULE_DENIED']])
    expect(await read(address, '/page')).toBe('hello from /page')
  })

  it('listens nowhere else, answers on drivers.ws.path, and leaves the rest to the program', async () => {
    const program = createProgram()
    const address = await listen(program)
    const node = await share(program, { drivers: { ws: { path: '/p2p' } } })
    expect(node.addresses).toEqual([`${address}/p2p`])
    const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: node.addresses }))
    const [socket] = client.sockets
    if (socket === undefined) throw new Error('no socket')
    await expect(client.request(socket, 'echo', 'hi')).resolves.toEqual([true, 'hi'])
    expect(await read(address, '/p2p')).toBe('hello from /p2p')
  })

  it('has an address once the server listens, and tells of it', async () => {
    const program = createProgram()
    const node = await share(program)
    expect(node.addresses).toEqual([])
    const listening = once(node, 'listening')
    const address = await listen(program)
    expect([await listening, node.addresses]).toEqual([[address], [address]])
  })

  it('listens on the addresses of `listen` too, where they are given', async () => {
    const program = createProgram()
    const address = await listen(program)
    const node = await share(program, { listen: ['ws://127.0.0.1:0'] })
    expect(node.addresses).toEqual([expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/), address])
    const again = await share(createProgram(), {
      flags: [{ flag: '--listen', path: 'listen', value: 'ws://127.0.0.1:0' }]
    })
    expect(again.addresses).toHaveLength(1)
  })

  it('T17 takes exactly limits.inboundSockets, those of the program not counted', async () => {
    const program = createProgram()
    const address = await listen(program)
    const node = await share(program, { limits: { inboundSockets: 2 } })
    const peers = []
    for (let number = 0; number < 3; number++) {
      await read(address, '/')
      const peer = await RawPeer.open(address)
      disposeLater(() => peer.socket.destroy())
      peers.push(peer)
    }
    expect(await peers[2]?.closeFrame()).toEqual([1013, 'inbound connections maxed out'])
    await until(() => node.sockets.length === 2, 'two sockets')
  })

  it('closes its sockets with 1001 and lets the server go on', async () => {
    const program = createProgram()
    const address = await listen(program)
    const node = await share(program)
    const peer = await RawPeer.open(address)
    await until(() => node.sockets[0], 'a socket')
    const closed = peer.closeFrame()
    const ended = node.close()
    expect((await closed)[0]).toBe(1001)
    peer.socket.destroy()
    await ended
    expect(await read(address, '/')).toBe('hello from /')
    const second = await share(program)
    expect(second.addresses).toEqual([address])
  })

  it('rejects where another node has its path, and closes what it had opened', async () => {
    const program = createProgram()
    const address = await listen(program)
    await share(program)
    await expect(share(program)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE' })
    const node = await share(program, { drivers: { ws: { path: '/second' } } })
    expect(node.addresses).toEqual([`${address}/second`])
  })

  it.each([null, {}, () => undefined, 'http://127.0.0.1', new TcpServer()])(
    'refuses %p as a server',
    async (server) => {
      const options = { cwd: createProject().cwd, ...QUIET, server } as unknown as CreateOptions
      await expect(createNode(options)).rejects.toThrow(TypeError)
      await expect(createNode(options)).rejects.toThrow('http.createServer(app)')
    }
  )
})
