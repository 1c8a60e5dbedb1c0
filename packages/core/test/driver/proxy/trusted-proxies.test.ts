import fc from 'fast-check'
import { FORWARDED_CHARACTERS, TrustedProxies } from '../../../src/driver/proxy/trusted-proxies'
import { Authority } from '../ws/certificates'
import { RawPeer, upgradeRequest } from '../ws/raw-peer'
import { WsBench } from '../ws/set-up'

let bench: WsBench
const peers: RawPeer[] = []

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.destroy()
  await bench?.driver.close()
})

interface Seen {
  readonly host: string
  readonly peer: string
  /** Of the connection itself. */
  readonly localPort: number
}

/** Opens a socket from a local address to a node that trusts these proxies; gives what the node knows of its peer. */
async function seen(
  trustProxy: string[],
  headers: string | object,
  { url = IPV4, from = '127.0.0.1' } = {}
): Promise<Seen> {
  bench = new WsBench({}, { trustProxy })
  const { address } = await bench.listen(url)
  const peer = await RawPeer.connect(`ws://${from.includes(':') ? `[${from}]` : from}:${new URL(address).port}`)
  peers.push(peer)
  const request = upgradeRequest(typeof headers === 'string' ? {} : { ...headers })
  peer.write(typeof headers === 'string' ? request.replace('\r\n', `\r\n${headers}`) : request)
  await peer.head()
  const { socket } = await bench.acceptedSocket()
  return { host: socket.host, peer: socket.peer, localPort: Number(peer.socket.localPort) }
}

const IPV4 = 'ws://127.0.0.1:0'
/** Takes IPv4 connections too, and sees them with IPv4-mapped addresses. */
const BOTH = { url: 'ws://[::]:0' }
const CLIENT = '203.0.113.7'

describe('T19 x-forwarded-for and x-real-ip', () => {
  const headers = { 'X-Forwarded-For': CLIENT, 'X-Real-IP': CLIENT }

  it.each([
    ['nobody is trusted', []],
    ['another address is trusted', ['127.0.0.2', '::1']],
    ['a network is trusted that the peer is not in', ['10.0.0.0/8', '126.0.0.0/8']]
  ])('do not count where %s', async (_name, trustProxy) => {
    const { host, peer, localPort } = await seen(trustProxy, headers)
    expect([host, peer]).toEqual(['127.0.0.1', `127.0.0.1:${localPort}`])
  })

  it.each([
    ['its address', '127.0.0.1', {}],
    ['its network', '127.0.0.0/8', {}],
    ['every IPv4 network', '0.0.0.0/0', {}],
    ['its address, IPv4-mapped', '::ffff:127.0.0.1', {}],
    ['its address, IPv4-mapped in hexadecimal', '::ffff:7f00:1', {}],
    ['its network, IPv4-mapped', '::ffff:127.0.0.0/104', {}],
    ['its address, where connections have IPv4-mapped ones', '127.0.0.1', BOTH],
    ['its network, where connections have IPv4-mapped ones', '127.0.0.0/8', BOTH],
    ['its IPv4-mapped address, where connections have those', '::ffff:127.0.0.1', BOTH],
    ['its IPv4-mapped network, where connections have those', '::ffff:0:0/96', BOTH],
    ['its IPv6 address', '::1', { ...BOTH, from: '::1' }],
    ['its IPv6 network', '::/64', { ...BOTH, from: '::1' }]
  ])('count from a peer that is trusted by %s', async (_name, entry, where) => {
    for (const header of ['X-Forwarded-For', 'X-Real-IP']) {
      const { host, peer } = await seen(['192.0.2.1', entry], { [header]: CLIENT }, where)
      expect([host, peer]).toEqual([CLIENT, `${CLIENT}:0`])
      await bench.driver.close()
    }
  })

  it.each([
    ['2001:DB8:0::7', '2001:db8::7', '[2001:db8::7]:0'],
    ['[2001:db8::7]', '2001:db8::7', '[2001:db8::7]:0'],
    ['[2001:db8::7]:4711', '2001:db8::7', '[2001:db8::7]:4711'],
    ['203.0.113.7:4711', CLIENT, `${CLIENT}:4711`],
    ['::ffff:203.0.113.7', CLIENT, `${CLIENT}:0`],
    ['::FFFF:cb00:7107', CLIENT, `${CLIENT}:0`],
    ['  203.0.113.7\t', CLIENT, `${CLIENT}:0`],
    ['fe80::7%eth0', 'fe80::7', '[fe80::7]:0'],
    ['[FE80::7%25eth0]:4711', 'fe80::7', '[fe80::7]:4711']
  ])('read %j as one host', async (text, host, peer) => {
    for (const header of ['X-Forwarded-For', 'X-Real-IP']) {
      expect(await seen(['127.0.0.1'], { [header]: text })).toMatchObject({ host, peer })
      await bench.driver.close()
    }
  })

  it.each([
    '',
    'unknown',
    '_hidden',
    '203.0.113',
    '203.0.113.256',
    '203.0.113.07',
    '203.0.113.7:',
    '203.0.113.7:65536',
    '203.0.113.7 ; x',
    '[203.0.113.7',
    '[]',
    'localhost',
    '203.0.113.7,',
    'x'.repeat(2_000)
  ])('that say %j leave the address of the connection', async (text) => {
    for (const header of ['X-Forwarded-For', 'X-Real-IP']) {
      const { host, peer, localPort } = await seen(['127.0.0.1'], { [header]: text })
      expect([host, peer]).toEqual(['127.0.0.1', `127.0.0.1:${localPort}`])
      await bench.driver.close()
    }
  })
})

describe('T19 x-forwarded-for', () => {
  const trusted = ['127.0.0.1', '10.0.0.0/8', 'fd00::/8']

  it.each([
    ['one hop', CLIENT, CLIENT],
    ['what the client wrote itself before it', `1.1.1.1, garbage, ${CLIENT}`, CLIENT],
    ['trusted proxies behind it', `1.1.1.1, ${CLIENT}, 10.1.2.3, fd00::5`, CLIENT],
    ['IPv4-mapped proxies behind it', `${CLIENT}, ::ffff:10.1.2.3`, CLIENT],
    ['ports', `1.1.1.1:1, ${CLIENT}:2, 10.1.2.3:3`, CLIENT],
    ['trusted hops alone: the farthest', '10.1.1.1, 10.1.2.3', '10.1.1.1'],
    ['garbage behind the client', `${CLIENT}, garbage`, '127.0.0.1'],
    ['garbage before trusted hops', 'garbage, 10.1.2.3', '127.0.0.1'],
    ['nothing between commas', `${CLIENT}, , 10.1.2.3`, '127.0.0.1']
  ])('with %s gives the last address that is not trusted', async (_name, text, host) => {
    expect((await seen(trusted, { 'X-Forwarded-For': text })).host).toBe(host)
  })

  it('in several headers is read as one list', async () => {
    const lines = [`1.1.1.1`, CLIENT, '10.1.2.3'].map((text) => `x-forwarded-for: ${text}\r\n`).join('')
    expect((await seen(trusted, lines)).host).toBe(CLIENT)
  })

  it('comes before x-real-ip, which counts without it alone', async () => {
    const both = { 'X-Forwarded-For': CLIENT, 'X-Real-IP': '198.51.100.1' }
    expect((await seen(trusted, both)).host).toBe(CLIENT)
    await bench.driver.close()
    expect((await seen(trusted, { ...both, 'X-Forwarded-For': '' })).host).toBe('198.51.100.1')
  })

  it('in several x-real-ip headers gives no address', async () => {
    const lines = `x-real-ip: ${CLIENT}\r\nx-real-ip: ${CLIENT}\r\n`
    expect((await seen(trusted, lines)).host).toBe('127.0.0.1')
  })

  it(`is read for ${FORWARDED_CHARACTERS} characters from its end, and no further`, () => {
    const proxies = new TrustedProxies(trusted)
    const direct = { remoteAddress: '127.0.0.1', remotePort: 1 }
    const read = (text: string) => proxies.remoteEnd(direct, { 'x-forwarded-for': text }).host
    const hops = ',10.1.2.3'.repeat(100)
    const padded = (length: number) => CLIENT.padEnd(length - hops.length) + hops
    expect(padded(FORWARDED_CHARACTERS)).toHaveLength(FORWARDED_CHARACTERS)
    expect(read(padded(FORWARDED_CHARACTERS))).toBe(CLIENT)
    expect(read(padded(FORWARDED_CHARACTERS + 1))).toBe('127.0.0.1')
    // A cut within an address does not make another one of it.
    expect(read(`1${padded(FORWARDED_CHARACTERS)}`)).toBe('127.0.0.1')
  })

  it('with any text gives an address, and that of the connection or one that stands in the text', () => {
    const proxies = new TrustedProxies(['127.0.0.1'])
    const piece = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constantFrom(',', ' ', '[', ']', ':', '%', '::ffff:'))
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (text) => {
          const headers = { 'x-forwarded-for': text, 'x-real-ip': text }
          const { host, port } = proxies.remoteEnd({ remoteAddress: '::ffff:127.0.0.1', remotePort: 7 }, headers)
          expect(host).toMatch(/^[0-9a-f.:]+$/)
          expect(port >= 0 && port <= 65_535).toBe(true)
        }
      )
    )
  })
})

describe('T19 a proxy', () => {
  it('speaks for its peers over TLS too', async () => {
    const authority = new Authority()
    bench = new WsBench({ tls: authority.issue() }, { trustProxy: ['127.0.0.1'] })
    const { address } = await bench.listen('wss://127.0.0.1:0')
    const peer = await RawPeer.connectSecure(address, { ca: authority.pem })
    authority.dispose()
    peers.push(peer)
    await peer.upgrade({ 'X-Forwarded-For': CLIENT })
    const { socket } = await bench.acceptedSocket()
    expect(socket.host).toBe(CLIENT)
  })

  it('is not blamed for a handshake that is refused', async () => {
    bench = new WsBench({}, { trustProxy: ['127.0.0.1'] })
    const { address } = await bench.listen()
    const peer = await RawPeer.connect(address)
    peers.push(peer)
    peer.write(upgradeRequest({ 'X-Forwarded-For': CLIENT, Origin: 'https://evil.example' }))
    await peer.end()
    expect(bench.warnings).toMatchObject([{ details: { peer: `${CLIENT}:0` } }])
  })

  it('with a link-local address, which names its interface, is trusted by its network', () => {
    const proxies = new TrustedProxies(['fe80::/10'])
    const { host } = proxies.remoteEnd({ remoteAddress: 'fe80::1%eth0', remotePort: 1 }, { 'x-real-ip': CLIENT })
    expect(host).toBe(CLIENT)
  })

  it('that is gone already is no host', () => {
    const proxies = new TrustedProxies(['0.0.0.0/0', '::/0'])
    const gone = { remoteAddress: undefined, remotePort: undefined }
    expect(proxies.remoteEnd(gone, { 'x-real-ip': CLIENT })).toEqual({ host: '', port: 0 })
  })
})
