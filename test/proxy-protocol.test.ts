import { connect, createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { createNode } from 'trustp2p'
import type { ConfigInput, P2pNode } from 'trustp2p'
import { proxyHeader } from '../packages/core/test/driver/proxy/headers'
import { Authority } from '../packages/core/test/driver/ws/certificates'
import { codeOf } from './code-of'
import { QUIET } from './pair'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'

const SCHEMES = ['ws', 'wss', 'tcp', 'tls']
const CLIENT = proxyHeader({ family: 0x11, addresses: [203, 0, 113, 7, 127, 0, 0, 1, 0x12, 0x67, 0, 80] })

let authority: Authority
beforeAll(() => (authority = new Authority()))
afterAll(() => authority.dispose())
afterEach(disposeAll)

function start(options: ConfigInput): Promise<P2pNode> {
  const tls = { ...authority.issue(), caFile: authority.caFile }
  return closing(createNode({ cwd: createProject().cwd, ...QUIET, drivers: { ws: { tls }, tls }, ...options }))
}

function serve(scheme: string, options: ConfigInput = {}): Promise<P2pNode> {
  return start({ listen: [`${scheme}://127.0.0.1:0`], trustProxy: ['127.0.0.1'], proxyProtocol: true, ...options })
}

/** A proxy that begins each connection with these bytes, in pieces; gives the address of the node behind it. */
async function proxied(node: P2pNode, pieces: readonly Uint8Array[]): Promise<string> {
  const [address = ''] = node.addresses
  const { port } = new URL(address)
  const open = new Set<Socket>()
  const server = createTcpServer((client) => {
    open.add(client)
    const upstream = connect({ host: '127.0.0.1', port: Number(port), noDelay: true })
    const end = (): void => void (client.destroy(), upstream.destroy())
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end)
    void writeAll(upstream, pieces).then(() => client.pipe(upstream).pipe(client))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  disposeLater(() => {
    for (const socket of open) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return address.replace(port, String((server.address() as AddressInfo).port))
}

async function writeAll(socket: Socket, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve))
}

describe.each(SCHEMES)('T19 the PROXY protocol over %s', (scheme) => {
  it.each([
    ['in one piece', [CLIENT]],
    ['byte by byte', [...CLIENT].map((byte) => Uint8Array.of(byte))]
  ])('tells whom a connection comes from, %s', async (_how, pieces) => {
    const server = await serve(scheme)
    const client = await start({})
    const socket = await client.connect(await proxied(server, pieces))
    const inbound = await until(() => server.sockets[0], 'a socket')
    expect([inbound.host, inbound.peer]).toEqual(['203.0.113.7', '203.0.113.7:4711'])
    expect(await codeOf(client.request(socket, 'nothing'))).toBe('ERR_TRUSTP2P_THREAD_NO_HANDLER')
  })

  it('leaves the address of the proxy where that speaks for itself', async () => {
    const server = await serve(scheme)
    const client = await start({})
    await client.connect(await proxied(server, [proxyHeader({ command: 0x20, family: 0 })]))
    expect((await until(() => server.sockets[0], 'a socket')).host).toBe('127.0.0.1')
  })

  it('counts from nobody else: who is not listed begins as ever', async () => {
    const server = await serve(scheme, { trustProxy: ['192.0.2.1'] })
    const client = await start({})
    await client.connect(server.addresses[0] ?? '')
    expect((await until(() => server.sockets[0], 'a socket')).host).toBe('127.0.0.1')
    await expect(client.connect(await proxied(server, [CLIENT]))).rejects.toThrow()
  })

  it('drops a proxy that begins with something else, and tells of it', async () => {
    const server = await serve(scheme)
    const client = await start({})
    const warned = once(server, 'warning')
    await expect(client.connect(server.addresses[0] ?? '')).rejects.toThrow()
    expect((await warned)[0]).toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_HANDSHAKE_REFUSED',
      message: expect.stringContaining('no header of the PROXY protocol') as string
    })
  })

  it('drops who may not connect by the address that it tells', async () => {
    const server = await serve(scheme, { peers: { deny: ['203.0.113.0/24'] } })
    const client = await start({})
    await expect(client.connect(await proxied(server, [CLIENT]))).rejects.toThrow()
    expect(server.explain()[0]).toMatchObject({ code: 'ERR_TRUSTP2P_RULE_DENIED', host: '203.0.113.7' })
    expect(server.sockets).toEqual([])
  })

  it('is not waited for longer than limits.handshakeMs, nor when the node closes', async () => {
    const server = await serve(scheme, { limits: { handshakeMs: 100 } })
    const { port } = new URL(server.addresses[0] ?? '')
    const idle = (): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect({ host: '127.0.0.1', port: Number(port) })
        socket.on('error', () => undefined).on('close', () => resolve())
        socket.write(CLIENT.subarray(0, 20))
      })
    await idle()
    const last = idle()
    await server.close()
    await last
  })
})
