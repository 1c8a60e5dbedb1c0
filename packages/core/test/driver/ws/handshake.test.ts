import { TrustedProxies } from '../../../src/driver/proxy/trusted-proxies'
import { WARNINGS_PER_MINUTE } from '../../../src/driver/net/refusals'
import { Recorder } from '../recorder'
import { RawPeer, encodeRawFrame, upgradeRequest } from './raw-peer'
import { LIMITS, WsBench, turn } from './set-up'

let bench: WsBench
const peers: RawPeer[] = []

function use(config: ConstructorParameters<typeof WsBench>[0] = {}): WsBench {
  bench = new WsBench(config)
  return bench
}

async function connect(address: string): Promise<RawPeer> {
  const peer = await RawPeer.connect(address)
  peers.push(peer)
  return peer
}

/** Asks for an upgrade and gives the first line of the answer. */
async function ask(address: string, headers: Record<string, string> = {}, path = '/'): Promise<string | undefined> {
  const peer = await connect(address)
  peer.write(upgradeRequest(headers, path))
  return (await peer.head()).split('\r\n')[0]
}

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.destroy()
  await bench.driver.close()
})

const SWITCHED = 'HTTP/1.1 101 Switching Protocols'

describe('the path', () => {
  it('is that of the address', async () => {
    const { address } = await use().listen('ws://127.0.0.1:0/node')
    expect(address).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/node$/)
    expect(await ask(address, {}, '/node')).toBe(SWITCHED)
    expect(await ask(address, {}, '/node?key=value')).toBe(SWITCHED)
  })

  it.each(['/', '/nod', '/node/', '/node2', '/%6eode', '//node', '/Node'])('refuses %s with 404', async (path) => {
    const { address } = await use().listen('ws://127.0.0.1:0/node')
    const peer = await connect(address)
    peer.write(upgradeRequest({}, path))
    expect(await peer.head()).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/)
    await peer.end()
    expect(bench.accepted).toEqual([])
    expect(bench.warnings).toMatchObject([
      { code: 'ERR_TRUSTP2P_DRIVER_HANDSHAKE_REFUSED', message: expect.stringContaining(path) }
    ])
  })

  it('is drivers.ws.path where the address names none', async () => {
    const { address } = await use({ path: '/p2p' }).listen()
    expect(address).toMatch(/\/p2p$/)
    expect(await ask(address, {}, '/p2p')).toBe(SWITCHED)
    expect(await ask(address)).toBe('HTTP/1.1 404 Not Found')
  })
})

describe('a handshake with an Origin', () => {
  it('is refused with 403 unless it is listed, and the node is told', async () => {
    const { address } = await use().listen()
    const peer = await connect(address)
    peer.write(upgradeRequest({ Origin: 'https://evil.example' }))
    expect(await peer.head()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
    await peer.end()
    expect(bench.accepted).toEqual([])
    expect(bench.warnings).toMatchObject([
      {
        code: 'ERR_TRUSTP2P_DRIVER_HANDSHAKE_REFUSED',
        message: expect.stringContaining('https://evil.example'),
        details: { address, heldBack: 0 }
      }
    ])
  })

  it.each([
    ['another one', { Origin: 'https://other.example' }],
    ['one of another port', { Origin: 'https://good.example:8443' }],
    ['one with more behind it', { Origin: 'https://good.example.evil.example' }],
    ['null', { Origin: 'null' }],
    ['an empty one', { Origin: '' }],
    ['the header of version 8', { 'Sec-WebSocket-Version': '8', 'Sec-WebSocket-Origin': 'https://evil.example' }]
  ])('is refused for %s', async (_name, headers) => {
    const { address } = await use({ origins: ['https://good.example'] }).listen()
    expect(await ask(address, headers)).toBe('HTTP/1.1 403 Forbidden')
  })

  it('that is listed is accepted', async () => {
    const { address } = await use({ origins: ['https://good.example', 'null'] }).listen()
    expect(await ask(address, { Origin: 'https://good.example' })).toBe(SWITCHED)
    expect(await ask(address, { Origin: 'null' })).toBe(SWITCHED)
    expect(bench.warnings).toEqual([])
  })

  it('warns ten times a minute, then tells how many it held back', async () => {
    const { address } = await use().listen()
    for (let number = 0; number < WARNINGS_PER_MINUTE; number++) await ask(address, { Origin: 'https://evil.example' })
    expect(bench.warnings).toHaveLength(WARNINGS_PER_MINUTE)
    const remoteEnd = jest.spyOn(TrustedProxies.prototype, 'remoteEnd')
    await ask(address, { Origin: 'https://evil.example' })
    await ask(address, { Origin: 'https://evil.example' })
    expect(bench.warnings).toHaveLength(WARNINGS_PER_MINUTE)
    // Who it was is not worked out for nobody.
    expect(remoteEnd.mock.calls).toHaveLength(0)
    remoteEnd.mockRestore()
    bench.clock.advance(60_000)
    await ask(address, { Origin: 'https://evil.example' })
    expect(bench.warnings.at(-1)?.details).toMatchObject({ heldBack: 2 })
    await ask(address, { Origin: 'https://evil.example' })
    expect(bench.warnings.at(-1)?.details).toMatchObject({ heldBack: 0 })
  })
})

describe('a request that asks for no upgrade', () => {
  it.each(['GET / HTTP/1.1', 'POST /node HTTP/1.1', 'HEAD / HTTP/1.1'])('%s gets 426 and is closed', async (line) => {
    const { address } = await use().listen()
    const peer = await connect(address)
    peer.write(`${line}\r\nHost: a\r\nConnection: keep-alive\r\n\r\n`)
    const head = await peer.head()
    expect(head).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/)
    expect(head).toMatch(/^upgrade: websocket\r$/im)
    expect(head).toMatch(/^connection: close\r$/im)
    await peer.end()
  })

  it('with an endless body is closed all the same', async () => {
    const { address } = await use().listen()
    const peer = await connect(address)
    peer.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const feed = (): void => {
      if (!peer.ended && peer.socket.writable) peer.socket.write(chunk, () => setImmediate(feed))
    }
    feed()
    await peer.end()
  })

  it.each([
    ['garbage', '\x16\x03\x01\x02garbage\r\n\r\n', 400],
    ['another upgrade', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n', 400],
    ['headers of 20 KiB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_480)}\r\n\r\n`, 431],
    ['no key', upgradeRequest({ 'Sec-WebSocket-Key': '' }), 400],
    ['another version', upgradeRequest({ 'Sec-WebSocket-Version': '12' }), 400]
  ])('with %s is refused and closed', async (_name, text, status) => {
    const { address } = await use().listen()
    const peer = await connect(address)
    peer.write(text)
    expect(await peer.head()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    await peer.end()
    expect(bench.accepted).toEqual([])
  })
})

describe('a connection that does not complete its handshake', () => {
  it.each([
    ['says nothing', ''],
    ['stops within its headers', 'GET / HTTP/1.1\r\nHost: a\r\nUpgr'],
    ['stops within a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc']
  ])('and %s is dropped after handshakeMs', async (_name, text) => {
    const { address } = await use().listen()
    const peer = await connect(address)
    peer.write(text)
    while (bench.clock.pending === 0) await turn()
    for (let round = 0; round < 5; round++) await turn()
    bench.clock.advance(LIMITS.handshakeMs)
    await peer.end()
    expect(bench.clock.pending).toBe(0)
  })

  it('is dropped although it sends one header after the other, as a slow loris does', async () => {
    const { address } = await use().listen()
    const peer = await connect(address)
    peer.write('GET / HTTP/1.1\r\nHost: a\r\n')
    while (bench.clock.pending === 0) await turn()
    for (let elapsed = 0; elapsed < LIMITS.handshakeMs; elapsed += 100) {
      peer.write(`X-${elapsed}: 1\r\n`)
      await turn()
      bench.clock.advance(100)
    }
    await peer.end()
  })

  it('holds back the close of its driver by nothing', async () => {
    const { address } = await use().listen()
    const peer = await connect(address)
    peer.write('GET / HTTP/1.1\r\n')
    while (bench.clock.pending === 0) await turn()
    await bench.driver.close()
    await peer.end()
    expect(bench.clock.pending).toBe(0)
  })

  it('leaves those alone that did', async () => {
    const { address } = await use().listen()
    const peer = await connect(address)
    peer.write(upgradeRequest())
    await peer.head()
    expect(bench.clock.pending).toBe(0)
    bench.clock.advance(10 * LIMITS.handshakeMs)
    peer.send({ opcode: 2, payload: Buffer.from('here') })
    const { recorder } = await bench.acceptedSocket()
    await recorder.frameCount(1)
  })
})

describe('an accepted socket', () => {
  it('gets the frames that came in one packet with the handshake', async () => {
    const { address } = await use().listen()
    const peer = await connect(address)
    const frames = ['one', 'two'].map((text) => encodeRawFrame({ opcode: 2, payload: Buffer.from(text) }))
    peer.write(Buffer.concat([Buffer.from(upgradeRequest()), ...frames]))
    const { recorder } = await bench.acceptedSocket()
    await recorder.frameCount(2)
    expect(recorder.text).toEqual(['one', 'two'])
  })

  it('knows the remote host and port, IPv4-mapped addresses as IPv4', async () => {
    const { address } = await use().listen('ws://[::]:0')
    const { port } = new URL(address)
    const peer = await connect(`ws://127.0.0.1:${port}`)
    peer.write(upgradeRequest())
    const { socket } = await bench.acceptedSocket()
    expect(socket.host).toBe('127.0.0.1')
    expect(socket.peer).toBe(`127.0.0.1:${peer.socket.localPort}`)
    expect(socket.url).toBe(address)
  })

  it('knows an IPv6 host with brackets in peer and without in host', async () => {
    const { address } = await use().listen('ws://[::1]:0')
    expect(address).toMatch(/^ws:\/\/\[::1\]:\d+$/)
    const near = await bench.dial(address)
    Recorder.of(near)
    const { socket } = await bench.acceptedSocket()
    expect(socket.host).toBe('::1')
    expect(socket.peer).toMatch(/^\[::1\]:\d+$/)
    expect(near.host).toBe('::1')
  })
})

describe('listening', () => {
  it.each([
    ['an address of another machine', 'ws://192.0.2.1:0', 'EADDRNOTAVAIL'],
    ['a name that does not exist', 'ws://does-not-exist.invalid:0', /ENOTFOUND|EAI_AGAIN/]
  ])('rejects %s with its cause', async (_name, url, code) => {
    await expect(use().listen(url)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_LISTEN_FAILED',
      message: expect.stringContaining(url),
      cause: { code: code instanceof RegExp ? expect.stringMatching(code) : code }
    })
  })

  it('reports the address that a name stands for', async () => {
    const { address } = await use().listen('ws://localhost:0')
    expect(address).toMatch(/^ws:\/\/(127\.0\.0\.1|\[::1\]):\d+$/)
  })

  it('rejects an address with a query', async () => {
    await expect(use().listen('ws://127.0.0.1:0/?a=1')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID'
    })
  })
})
