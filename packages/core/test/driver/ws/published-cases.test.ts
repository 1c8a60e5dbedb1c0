import { createServer } from 'node:http'
import { RawPeer, encodeRawFrame, upgradeRequest } from './raw-peer'
import { WsBench } from './set-up'

/** Longest time, in ms, that any of these may hold up the event loop: with their faults they took many seconds. */
const SOON_MS = 5_000

let bench: WsBench
const peers: RawPeer[] = []
const servers: (() => void)[] = []

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.destroy()
  await bench.driver.close()
  for (const close of servers.splice(0)) close()
})

/** Where the node listens: on a server of its own, or on one of the program, with compression or without. */
const PLACES: Readonly<Record<string, () => Promise<string>>> = {
  'its own server': async () => {
    bench = new WsBench()
    return (await bench.listen()).address
  },
  'its own server, with compression': async () => {
    bench = new WsBench({ compression: true })
    return (await bench.listen()).address
  },
  'a server of the program': async () => {
    const server = createServer((_request, response) => response.writeHead(404).end())
    servers.push(() => server.close())
    bench = new WsBench()
    const { began } = bench.share(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return String(began[0])
  }
}

async function open(address: string): Promise<RawPeer> {
  const peer = await RawPeer.connect(address)
  peers.push(peer)
  return peer
}

/** A peer that means well, and is heard. */
async function expectServed(address: string): Promise<void> {
  const number = bench.accepted.length
  const peer = await open(address)
  await peer.upgrade()
  peer.send({ opcode: 2, payload: Buffer.from('hi') })
  const { recorder } = await bench.acceptedSocket(number)
  await recorder.frameCount(1)
  expect(recorder.text).toEqual(['hi'])
}

const BLANKS = ' '.repeat(12_000)
const MANY = Array.from({ length: 2_200 }, (_, index) => `${(index % 36).toString(36)}:`).join('\r\n')

/** Handshakes that crashed or stopped a published version of a server of WebSockets. */
const HANDSHAKES: readonly (readonly [name: string, text: string])[] = [
  [
    'more headers than are read, before those of the upgrade (CVE-2024-37890)',
    upgradeRequest().replace('Upgrade: websocket', `${MANY}\r\nUpgrade: websocket`)
  ],
  [
    'more headers than are read, behind those of the upgrade (CVE-2024-37890)',
    upgradeRequest().replace(/\r\n\r\n$/, `\r\n${MANY}\r\n\r\n`)
  ],
  ...[
    'constructor',
    '__proto__',
    'permessage-deflate; constructor',
    'permessage-deflate; __proto__=1',
    ';,=',
    'a;b="'
  ].map((value) => [`the extension ${value}`, upgradeRequest({ 'Sec-WebSocket-Extensions': value })] as const),
  ...[
    'Sec-WebSocket-Protocol',
    'Sec-WebSocket-Extensions',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Version',
    'Connection'
  ].map((name) => [`12,000 blanks in ${name} (CVE-2021-32640)`, upgradeRequest({ [name]: `b${BLANKS}x` })] as const),
  ['the protocol __proto__', upgradeRequest({ 'Sec-WebSocket-Protocol': '__proto__, constructor' })],
  ['a path that is no URL (engine.io, CVE-2022-41940)', upgradeRequest({}, '//[/%ff%')],
  [
    'an upgrade to a session that is not there (engine.io, CVE-2022-21676)',
    upgradeRequest({}, '/?EIO=4&transport=websocket&sid=x')
  ]
]

describe.each(Object.entries(PLACES))(
  'published denial-of-service cases of ws and socket.io, on %s',
  (_place, listen) => {
    it.each(HANDSHAKES)('a handshake with %s harms nobody', async (_name, text) => {
      const address = await listen()
      const start = performance.now()
      const peer = await open(address)
      peer.write(text)
      await peer.head()
      peer.socket.end()
      await expectServed(address)
      expect(performance.now() - start).toBeLessThan(SOON_MS)
    })

    it.each([
      ['of nothing but empty fragments', encodeRawFrame({ opcode: 0, fin: false })],
      [
        'with a ping between any two fragments',
        Buffer.concat([
          encodeRawFrame({ opcode: 9 }),
          encodeRawFrame({ opcode: 0, fin: false, payload: Buffer.from([1]) })
        ])
      ]
    ])('a message without end, %s, is refused, and harms nobody', async (_name, piece) => {
      const address = await listen()
      const peer = await open(address)
      await peer.upgrade()
      peer.send({ opcode: 2, fin: false })
      const flood = Buffer.concat(Array<Buffer>(100).fill(piece))
      for (let sent = 0; sent < 1_000 && !peer.ended; sent++) {
        if (peer.received.includes(Buffer.from([0x03, 0xf0]))) break
        peer.write(flood)
        await new Promise(setImmediate)
      }
      // What is still on its way when we close may cost the peer our close frame.
      const code = await peer.closeFrame().then(
        ([first]) => first,
        () => 1008
      )
      expect(code).toBe(1008)
      expect(bench.recorders[0]?.errors).toMatchObject([
        { code: 'ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED', message: expect.stringContaining('fragments') }
      ])
      await expectServed(address)
    })

    it('a socket.io packet that claims a million attachments is a text as any other: closed with 1003', async () => {
      const address = await listen()
      const peer = await open(address)
      await peer.upgrade()
      peer.send({ opcode: 1, payload: Buffer.from('451000000-["__proto__",{"_placeholder":true,"num":999999}]') })
      expect((await peer.closeFrame())[0]).toBe(1003)
      await expectServed(address)
    })
  }
)
