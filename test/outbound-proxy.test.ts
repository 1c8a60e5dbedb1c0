import { createIdentity, createNode, createNodeKit, createLog, formatPeerId } from 'trustp2p'
import type { ConfigInput, P2pNode } from 'trustp2p'
import { HttpProxyServer, Socks5Server } from '../packages/core/test/driver/proxy/proxy-servers'
import type { ProxyServer, ProxyServerOptions } from '../packages/core/test/driver/proxy/proxy-servers'
import { Authority } from '../packages/core/test/driver/ws/certificates'
import { codeOf } from './code-of'
import { QUIET } from './pair'
import { closing, createProject, disposeAll, disposeLater, once } from './project'

const NAME = 'peer.example'
const ECHO = 'module.exports = class { get eventMap() { return { 30: { echo: (_, { body }) => body } } } }'
const LOGIN = 'some%20body:se%3Acret'

let authority: Authority
beforeAll(() => (authority = new Authority()))
afterAll(() => authority.dispose())
afterEach(disposeAll)

/** A node that listens over each scheme, and has a thread that answers. */
async function startServer(): Promise<P2pNode> {
  const project = createProject()
  project.thread('echo.cjs', ECHO)
  const tls = authority.issue({ names: [`DNS:${NAME}`] })
  const listen = ['ws', 'wss', 'tcp', 'tls'].map((scheme) => `${scheme}://127.0.0.1:0`)
  return closing(createNode({ cwd: project.cwd, ...QUIET, listen, drivers: { ws: { tls }, tls } }))
}

async function startProxy(proxy: ProxyServer): Promise<string> {
  disposeLater(() => proxy.close())
  return proxy.start()
}

function startClient(proxy: ConfigInput['proxy'], options: ConfigInput = {}): Promise<P2pNode> {
  const tls = { caFile: authority.caFile }
  const cwd = createProject().cwd
  return closing(createNode({ cwd, ...QUIET, proxy, drivers: { ws: { tls }, tls }, ...options }))
}

/** The address under a name that only the proxy knows. */
function namedAddress(node: P2pNode, scheme: string): string {
  const address = node.addresses.find((url) => url.startsWith(`${scheme}:`)) ?? ''
  return address.replace('127.0.0.1', NAME)
}

const LEADS_HERE: ProxyServerOptions = { resolve: () => '127.0.0.1' }
const PROXIES = [
  ['SOCKS5', 'socks5', Socks5Server],
  ['HTTP CONNECT', 'http', HttpProxyServer]
] as const
const SCHEMES = ['ws', 'wss', 'tcp', 'tls']

describe.each(PROXIES)('T20 through a proxy by %s', (_name, scheme, Server) => {
  it.each(SCHEMES)('a peer is reached over %s, its name looked up there', async (peerScheme) => {
    const server = await startServer()
    const proxy = new Server({ ...LEADS_HERE, login: decodeURIComponent(LOGIN) })
    const client = await startClient({ url: `${scheme}://${LOGIN}@${await startProxy(proxy)}` })
    const url = namedAddress(server, peerScheme)
    const socket = await client.connect(url)
    expect(await client.request(socket, 'echo', { n: 1 })).toEqual({ n: 1 })
    expect(proxy.asked).toEqual([url.slice(url.indexOf(NAME))])
    expect(socket).toMatchObject({ host: NAME, peer: url, peerId: server.id })
  })

  it('an address of IPv6 is asked for as one', async () => {
    const proxy = new Server(LEADS_HERE)
    const server = await startServer()
    const client = await startClient({ url: `${scheme}://${await startProxy(proxy)}` })
    const socket = await client.connect(namedAddress(server, 'tcp').replace(NAME, '[2001:db8::7]'))
    expect(socket.host).toBe('2001:db8::7')
    expect(proxy.asked[0]).toMatch(/^2001:0?db8:.*7:\d+$/)
  })

  it('hosts that are listed are dialled without it', async () => {
    const server = await startServer()
    const proxy = new Server(LEADS_HERE)
    const client = await startClient({ url: `${scheme}://${await startProxy(proxy)}` })
    await client.connect(server.addresses[0] ?? '')
    expect(proxy.asked).toEqual([])
  })

  it('a wrong password is told of, and explained, without it', async () => {
    const proxy = new Server({ ...LEADS_HERE, login: 'somebody:else' })
    const client = await startClient({ url: `${scheme}://${LOGIN}@${await startProxy(proxy)}` })
    expect(await codeOf(client.connect(`tcp://${NAME}:1107`))).toBe('ERR_TRUSTP2P_DRIVER_PROXY_LOGIN')
    const [record] = client.explain()
    expect(record).toMatchObject({ stage: 'dial', code: 'ERR_TRUSTP2P_DRIVER_PROXY_LOGIN' })
    expect(JSON.stringify([client.explain(), client.status()])).not.toMatch(/some.{0,3}body|cret/)
  })

  it('what it refuses is told of, and explained', async () => {
    const client = await startClient({
      url: `${scheme}://${await startProxy(new Server({ reply: scheme === 'http' ? 503 : 5 }))}`
    })
    expect(await codeOf(client.connect(`ws://${NAME}:1107`))).toBe('ERR_TRUSTP2P_DRIVER_PROXY_REFUSED')
    expect(client.explain()[0]).toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_PROXY_REFUSED' })
  })
})

describe('T20 a node with a proxy', () => {
  it('dials its configured addresses through it, and again when they are lost', async () => {
    const server = await startServer()
    const proxy = new Socks5Server(LEADS_HERE)
    const url = namedAddress(server, 'ws')
    const options = { connect: [url], redial: { firstMs: 1, jitter: 0 } }
    const client = await startClient({ url: `socks5://${await startProxy(proxy)}` }, options)
    const again = once(client, 'socket:open')
    client.sockets[0]?.terminate()
    await again
    expect(proxy.asked.length).toBe(2)
  })

  it('closes while the proxy says nothing', async () => {
    const silent = new Socks5Server({ resolve: () => '192.0.2.1' })
    const client = await startClient({ url: `socks5://${await startProxy(silent)}` })
    const dial = codeOf(client.connect(`tcp://${NAME}:1107`))
    await client.close()
    expect(await dial).toBe('ERR_TRUSTP2P_NODE_CLOSED')
  })

  it('refuses a peer that proves another identity than the address names', async () => {
    const server = await startServer()
    const proxy = new Socks5Server(LEADS_HERE)
    const client = await startClient({ url: `socks5://${await startProxy(proxy)}` })
    const other = createIdentity(createNodeKit({ log: createLog({ level: 'silent' }) }).crypto)
    const url = namedAddress(server, 'tcp').replace('://', `://${formatPeerId(other.publicKey)}@`)
    expect(await codeOf(client.connect(url))).toBe('ERR_TRUSTP2P_PROOF_WRONG_PEER')
  })

  it('whose rules let in networks alone connects to no name that only the proxy can look up', async () => {
    const server = await startServer()
    const proxy = new Socks5Server(LEADS_HERE)
    const peers = { allow: ['127.0.0.0/8'] }
    const client = await startClient({ url: `socks5://${await startProxy(proxy)}` }, { peers })
    expect(await codeOf(client.connect(namedAddress(server, 'tcp')))).toBe('ERR_TRUSTP2P_RULE_DENIED')
  })
})
