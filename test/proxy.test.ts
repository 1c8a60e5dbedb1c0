import { createServer as createHttpServer, request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { RawPeer, upgradeRequest } from '../packages/core/test/driver/ws/raw-peer'
import { readBlocks } from './documents/markdown'
import { closing, createProject, disposeAll, disposeLater, until } from './project'

const GUIDE = 'docs/guides/running-a-node.md'
/** A client of its own: every address of 127.0.0.0/8 is this machine. */
const CLIENT = '127.0.0.2'

afterEach(disposeAll)

/** What `proxy_set_header` makes of a request (ngx_http_proxy_module), by the directives of the guide. */
function headersBy(directives: ReadonlyMap<string, string>, request: IncomingMessage): IncomingHttpHeaders {
  const { headers, socket } = request
  const remote = String(socket.remoteAddress)
  const before = headers['x-forwarded-for']
  const variables: Record<string, string> = {
    $host: String(headers.host),
    $http_upgrade: String(headers.upgrade),
    $proxy_add_x_forwarded_for: before === undefined ? remote : `${String(before)}, ${remote}`
  }
  const sent: IncomingHttpHeaders = { ...headers, connection: 'close' }
  for (const [name, value] of directives) sent[name.toLowerCase()] = variables[value] ?? value
  return sent
}

/** A proxy that does what the guide's configuration of nginx says; gives its port. */
async function startProxy(node: P2pNode): Promise<number> {
  const [block] = readBlocks(GUIDE).filter(({ language }) => language === 'nginx')
  const lines = (block?.text ?? '').matchAll(/^\s*proxy_set_header (\S+) "?([^";]+)"?;$/gm)
  const directives = new Map([...lines].map(([, name = '', value = '']) => [name, value]))
  expect([...directives.keys()]).toEqual(expect.arrayContaining(['Upgrade', 'Connection', 'X-Forwarded-For']))
  const { port } = new URL(String(node.addresses[0]))
  const proxy: Server = createHttpServer()
  proxy.on('upgrade', (request: IncomingMessage, client: Duplex) => {
    const headers = headersBy(directives, request)
    const asked = httpRequest({ host: '127.0.0.1', port, path: request.url, headers })
    asked.on('upgrade', ({ headers: answered }, upstream) => {
      const lines = Object.entries(answered).map(([name, value]) => `${name}: ${String(value)}\r\n`)
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`)
      upstream.on('error', () => client.destroy()).on('close', () => client.destroy())
      client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
      client.pipe(upstream).pipe(client)
    })
    asked.end()
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  disposeLater(() => new Promise((resolve) => proxy.close(resolve)))
  return (proxy.address() as AddressInfo).port
}

/** Connects to a node through the proxy, from an address of the client's own; gives what the node takes for its host. */
async function hostOf(trustProxy: string[], headers: Record<string, string>): Promise<string> {
  const listen = ['ws://127.0.0.1:0']
  const server = await closing(createServer({ cwd: createProject().cwd, log: { level: 'silent' }, listen, trustProxy }))
  const socket = connect({ port: await startProxy(server), host: '127.0.0.1', localAddress: CLIENT })
  disposeLater(() => socket.destroy())
  const peer = new RawPeer(socket)
  peer.write(upgradeRequest(headers))
  expect(await peer.head()).toMatch(/^HTTP\/1\.1 101 /)
  return (await until(() => server.sockets[0], 'a socket')).host
}

describe('T19 a client behind nginx as the guide sets it up', () => {
  it.each([
    ['nothing', {}],
    ['another address', { 'X-Forwarded-For': '203.0.113.7' }],
    ['the address of the proxy', { 'X-Forwarded-For': '127.0.0.1', 'X-Real-IP': '127.0.0.1' }],
    ['garbage', { 'X-Forwarded-For': 'x,,;', 'X-Real-IP': 'x' }]
  ])('is known by its address, though it claims %s', async (_name, headers) => {
    expect(await hostOf(['127.0.0.1'], headers)).toBe(CLIENT)
  })

  it('is taken for the proxy where that is not listed', async () => {
    expect(await hostOf([], { 'X-Forwarded-For': '203.0.113.7' })).toBe('127.0.0.1')
  })
})
