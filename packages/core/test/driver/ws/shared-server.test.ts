import { readFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'
import type { SharedServer } from '../../../src/driver/ws/shared-upgrades'
import { Recorder } from '../recorder'
import { Authority } from './certificates'
import type { Pair } from './certificates'
import { RawPeer, upgradeRequest } from './raw-peer'
import { LIMITS, WsBench, turn } from './set-up'

let authority: Authority
let pair: Pair
let benches: WsBench[] = []
let bench: WsBench
let servers: SharedServer[] = []
let peers: RawPeer[] = []

beforeAll(() => {
  authority = new Authority()
  pair = authority.issue()
})

afterAll(() => authority.dispose())

beforeEach(() => {
  bench = createBench()
})

afterEach(async () => {
  for (const peer of peers) peer.socket.destroy()
  for (const each of benches) await each.driver.close()
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  for (const { clock } of benches) expect(clock.pending).toBe(0)
  benches = []
  servers = []
  peers = []
})

function createBench(config: ConstructorParameters<typeof WsBench>[0] = {}): WsBench {
  const created = new WsBench({ path: '/node', tls: { caFile: authority.caFile, reloadMs: 0 }, ...config })
  benches.push(created)
  return created
}

const KINDS = ['http', 'https'] as const

/** A server of the program, which says what it was asked. */
function createProgram(kind: (typeof KINDS)[number], onRequest: RequestListener = echo): SharedServer {
  const files = { cert: readFileSync(pair.certFile), key: readFileSync(pair.keyFile) }
  const server = kind === 'http' ? createServer(onRequest) : createSecureServer(files, onRequest)
  servers.push(server)
  return server
}

const echo: RequestListener = (request, response) => {
  void text(request).then((body) => {
    const { method, url, headers } = request
    response.end(JSON.stringify({ method, url, upgrade: headers.upgrade, connection: headers.connection, body }))
  })
}

async function bind(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return baseOf(server)
}

/** The address of a server, without a path. */
function baseOf(server: Server): string {
  const scheme = 'setSecureContext' in server ? 'wss' : 'ws'
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function connect(address: string): Promise<RawPeer> {
  const secure = address.startsWith('wss:')
  const peer = await (secure ? RawPeer.connectSecure(address, { ca: authority.pem }) : RawPeer.connect(address))
  peers.push(peer)
  return peer
}

/** Sends a request and gives its answer's body, parsed; the connection stays open. */
async function ask(peer: RawPeer, head: string): Promise<Record<string, unknown>> {
  peer.write(head)
  const length = /^content-length: (\d+)\r$/im.exec(await peer.head())?.[1]
  await peer.until(() => peer.received.length >= Number(length))
  return JSON.parse(peer.take(Number(length)).toString()) as Record<string, unknown>
}

describe.each(KINDS)('a shared server of %s', (kind) => {
  it('gives its upgrades on drivers.ws.path to the node, and answers requests as before', async () => {
    const server = createProgram(kind)
    const base = await bind(server)
    const { listener } = bench.share(server)
    expect(listener.address).toBe(`${base}/node`)
    const near = await bench.dial(`${base}/node?key=value`)
    const atNear = Recorder.of(near)
    const { socket, recorder } = await bench.acceptedSocket()
    near.send(Buffer.from('to the node'))
    socket.send(Buffer.from('from the node'))
    await Promise.all([recorder.frameCount(1), atNear.frameCount(1)])
    expect([recorder.text, atNear.text]).toEqual([['to the node'], ['from the node']])
    expect(socket).toMatchObject({ url: listener.address, host: '127.0.0.1' })
    const peer = await connect(base)
    for (const url of ['/', '/node', '/node?a=b']) {
      expect(await ask(peer, `GET ${url} HTTP/1.1\r\nHost: a\r\n\r\n`)).toMatchObject({ method: 'GET', url })
    }
  })

  it('has an address once it listens, tells of it, and has none when it stops', async () => {
    const server = createProgram(kind)
    const { listener, began } = bench.share(server)
    expect(listener.address).toBe('')
    for (let round = 1; round <= 2; round++) {
      const base = await bind(server)
      expect([listener.address, began.at(-1), began.length]).toEqual([`${base}/node`, `${base}/node`, round])
      Recorder.of(await bench.dial(listener.address))
      const { socket } = await bench.acceptedSocket(round - 1)
      socket.terminate()
      await new Promise((resolve) => server.close(resolve))
      expect(listener.address).toBe('')
    }
  })

  it.each([
    ['that offers HTTP/2', 'GET /node HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n', ''],
    ['whose proxy is to upgrade', 'GET / HTTP/1.1\r\nProxy-Connection: keep-alive, Upgrade\r\nUpgrade: h2c\r\n', ''],
    ['with both headers', 'GET / HTTP/1.1\r\nConnection: upgrade\r\nPROXY-CONNECTION: upgrade\r\nUpgrade: a\r\n', ''],
    ['with a body', 'POST /x HTTP/1.1\r\nconnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n', 'hello'],
    ['with a body of chunks', 'PUT / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n', 'CHUNKS'],
    ['to WebSocket on another path', upgradeRequest({}, '/other').replace('\r\n\r\n', '\r\n'), '']
  ])(
    'answers a request %s, where nobody listens to upgrades, as it would without a node',
    async (_name, head, body) => {
      const chunks = `Transfer-Encoding: chunked\r\n\r\n6\r\nCHUNKS\r\n0\r\n\r\n`
      const message = `${head}Host: a\r\n${body === 'CHUNKS' ? chunks : `\r\n${body}`}`
      const server = createProgram(kind)
      const base = await bind(server)
      const without = await ask(await connect(base), message)
      bench.share(server)
      const peer = await connect(base)
      for (let round = 0; round < 3; round++) {
        const answer = await ask(peer, message)
        expect(answer).toEqual({ ...without, upgrade: undefined, connection: answer['connection'] })
        expect(answer).toMatchObject({ body })
        expect(String(answer['connection'])).not.toMatch(/upgrade/i)
      }
      peer.write(message.slice(0, 20))
      await turn()
      expect(await ask(peer, message.slice(20))).toMatchObject({ body })
      expect(bench.accepted).toEqual([])
    }
  )

  it('ends a connection whose request counts as an upgrade however it is given back', async () => {
    const server = createProgram(kind)
    const base = await bind(server)
    bench.share(server)
    let upgrades = 0
    const again = (request: IncomingMessage): void => {
      upgrades++
      // Stands for a parser that sees an upgrade where none is left.
      request.rawHeaders.push('Connection', 'x', 'X', 'y\r\nConnection: upgrade\r\nUpgrade: h2c')
    }
    const listenerCount = server.listenerCount.bind(server)
    server.listenerCount = (name, ...rest) => (name === 'upgrade' ? 1 : listenerCount(name, ...rest))
    server.prependListener('upgrade', again)
    const peer = await connect(base)
    peer.write('GET /a HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n')
    await peer.end()
    expect(upgrades).toBe(2)
  })

  it('leaves other upgrades to the listener of the program', async () => {
    const server = createProgram(kind)
    const seen: string[] = []
    const onUpgrade = ({ url = '' }: IncomingMessage, raw: Socket): void => {
      seen.push(url)
      if (url !== '/node') raw.end('HTTP/1.1 418 Teapot\r\nConnection: close\r\n\r\n')
    }
    server.on('upgrade', onUpgrade)
    const base = await bind(server)
    const { listener } = bench.share(server)
    Recorder.of(await bench.dial(listener.address))
    for (const url of ['/other', '/node/', '/']) {
      const peer = await connect(base)
      peer.write(upgradeRequest({}, url))
      expect(await peer.head()).toMatch(/^HTTP\/1\.1 418 Teapot/)
    }
    await listener.close()
    expect(server.listeners('upgrade')).toEqual([onUpgrade])
    expect(seen).toEqual(['/node', '/other', '/node/', '/'])
  })

  it('serves several nodes on several paths, and a WebSocketServer of the program beside them', async () => {
    const server = createProgram(kind)
    const base = await bind(server)
    const other = createBench({ path: '/second' })
    bench.share(server)
    other.share(server)
    Recorder.of(await bench.dial(`${base}/node`))
    Recorder.of(await bench.dial(`${base}/second`))
    await Promise.all([bench.acceptedSocket(), other.acceptedSocket()])
    expect(server.listenerCount('upgrade')).toBe(1)
    expect(await ask(await connect(base), upgradeRequest({}, '/third'))).toMatchObject({ url: '/third' })
    const own = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, raw, head) => {
      if (request.url === '/own') own.handleUpgrade(request, raw, head, (ws) => ws.close(1000, 'mine'))
    })
    expect(await Recorder.of(await bench.dial(`${base}/own`)).closed()).toEqual([1000, 'mine'])
    await other.driver.close()
    Recorder.of(await bench.dial(`${base}/node`))
    await bench.acceptedSocket(1)
  })

  it('refuses a path that another node has', async () => {
    const server = createProgram(kind)
    bench.share(server)
    const other = createBench()
    expect(() => other.share(server)).toThrow(
      expect.objectContaining({
        code: 'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE',
        message: expect.stringContaining('the path /node of a shared server')
      })
    )
    await bench.driver.close()
    other.share(server)
  })

  it('refuses origins that are not listed, and drops peers that do not take the answer', async () => {
    const server = createProgram(kind)
    const base = await bind(server)
    bench.share(server)
    const peer = await connect(base)
    peer.write(upgradeRequest({ Origin: 'https://evil.example' }, '/node'))
    expect(await peer.head()).toMatch(/^HTTP\/1\.1 403 Forbidden/)
    await peer.end()
    expect(bench.accepted).toEqual([])
    expect(bench.warnings).toMatchObject([
      { code: 'ERR_TRUSTP2P_DRIVER_HANDSHAKE_REFUSED', details: { address: `${base}/node` } }
    ])
  })

  it.each([
    ['no key', { 'Sec-WebSocket-Key': '' }],
    ['another version', { 'Sec-WebSocket-Version': '12' }]
  ])('refuses a handshake with %s', async (_name, headers) => {
    const server = createProgram(kind)
    const base = await bind(server)
    bench.share(server)
    const peer = await connect(base)
    peer.write(upgradeRequest(headers, '/node'))
    expect(await peer.head()).toMatch(/^HTTP\/1\.1 400 /)
    await peer.end()
    expect(bench.accepted).toEqual([])
  })

  it('holds frames to frameBytes, and no longer', async () => {
    const server = createProgram(kind)
    const base = await bind(server)
    bench.share(server)
    const near = await bench.dial(`${base}/node`, { frameBytes: 2 * LIMITS.frameBytes })
    const atNear = Recorder.of(near)
    const { recorder } = await bench.acceptedSocket()
    near.send(new Uint8Array(LIMITS.frameBytes))
    near.send(new Uint8Array(LIMITS.frameBytes + 1))
    expect(await atNear.closed()).toEqual([1009, ''])
    await recorder.closed()
    expect(recorder.frames.map(({ length }) => length)).toEqual([LIMITS.frameBytes])
  })

  it('is left as it was when the node closes: listening, without a listener of ours', async () => {
    const server = createProgram(kind)
    const base = await bind(server)
    const names = (): unknown[] => server.eventNames().map((name) => [name, server.listenerCount(name)])
    const before = names()
    const { listener } = bench.share(server)
    const peer = await connect(base)
    await peer.upgrade({}, '/node')
    await bench.acceptedSocket()
    await bench.driver.close()
    await peer.end()
    expect([names(), server.listening, listener.address]).toEqual([before, true, ''])
    expect(await ask(await connect(base), upgradeRequest({}, '/node'))).toMatchObject({
      url: '/node',
      upgrade: 'websocket'
    })
  })

  it('that the program closes lets its sockets go on, and takes no more', async () => {
    const server = createProgram(kind)
    const base = await bind(server)
    const { listener } = bench.share(server)
    const near = await bench.dial(`${base}/node`)
    Recorder.of(near)
    const { recorder } = await bench.acceptedSocket()
    server.close()
    expect(listener.address).toBe('')
    await expect(bench.dial(`${base}/node`)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED' })
    near.send(Buffer.from('still here'))
    await recorder.frameCount(1)
    near.terminate()
    await recorder.closed()
    servers = []
  })
})

it('a keep-alive client of the program is not dropped after handshakeMs', async () => {
  const server = createProgram('http')
  const base = await bind(server)
  bench.share(server)
  const peer = await connect(base)
  await ask(peer, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  bench.clock.advance(10 * LIMITS.handshakeMs)
  expect(await ask(peer, 'GET /again HTTP/1.1\r\nHost: a\r\n\r\n')).toMatchObject({ url: '/again' })
})

it('a closed driver shares nothing', async () => {
  await bench.driver.close()
  const server = createProgram('http')
  expect(() => bench.share(server)).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_DRIVER_LISTEN_FAILED' }))
  expect(server.eventNames()).toEqual(createServer(echo).eventNames())
})

it('a server on a path of the file system has that as its address', async () => {
  const server = createProgram('http')
  const { listener } = bench.share(server)
  const path = join(authority.folder, 'http.sock')
  await new Promise<void>((resolve) => server.listen(path, resolve))
  expect(listener.address).toBe(`ws+unix:${path}:/node`)
  const status = await new Promise((resolve) => {
    httpRequest({ socketPath: path, path: '/' }, ({ statusCode }) => resolve(statusCode)).end()
  })
  expect(status).toBe(200)
})
