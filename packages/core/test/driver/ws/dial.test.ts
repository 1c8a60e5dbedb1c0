import { getEventListeners } from 'node:events'
import { Recorder } from '../recorder'
import { RawServer, encodeRawFrame, upgradeResponse } from './raw-peer'
import type { RawPeer } from './raw-peer'
import { LIMITS, WsBench, turn } from './set-up'

let bench: WsBench
let server: RawServer | undefined

beforeEach(() => {
  bench = new WsBench()
})

afterEach(async () => {
  await bench.driver.close()
  await server?.close()
  server = undefined
})

/** Listens with a TCP server that treats each connection as told, and gives its address. */
function listen(onPeer: (peer: RawPeer) => unknown): Promise<string> {
  server = new RawServer((peer) => void onPeer(peer))
  return server.listen()
}

/** Listens with a server that says `answer` to each request. */
function listenAnswering(answer: string | ((head: string) => string | Buffer)): Promise<string> {
  return listen(async (peer) => {
    const head = await peer.head()
    peer.write(typeof answer === 'string' ? answer : answer(head))
  })
}

/** Resolves with the first connection, once the driver has asked it for an upgrade. */
function firstAsked(): { readonly address: Promise<string>; readonly asked: Promise<RawPeer> } {
  let resolve: (peer: RawPeer) => void = () => undefined
  const asked = new Promise<RawPeer>((settle) => (resolve = settle))
  return { address: listen(async (peer) => [await peer.head(), resolve(peer)]), asked }
}

describe('a dial', () => {
  it('T18 of a dead port rejects, and names the address and the cause', async () => {
    await expect(bench.dial('ws://127.0.0.1:1')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
      message: expect.stringMatching(/ws:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/),
      cause: { code: 'ECONNREFUSED' }
    })
    expect(bench.clock.pending).toBe(0)
  })

  it('of a dead port of a name with several addresses names the cause too', async () => {
    await expect(bench.dial('ws://localhost:1')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
      message: expect.stringMatching(/ws:\/\/localhost:1: .*ECONNREFUSED/)
    })
  })

  it('of a name that does not exist rejects', async () => {
    await expect(bench.dial('ws://does-not-exist.invalid:1107')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
      cause: { code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) }
    })
  })

  it.each([
    [403, 'Forbidden'],
    [404, 'Not Found'],
    [302, 'Found'],
    [200, 'OK'],
    [503, 'Service Unavailable']
  ])('that is answered with %i is refused with that status', async (status, text) => {
    const address = await listenAnswering(
      `HTTP/1.1 ${status} ${text}\r\nLocation: ws://127.0.0.1:1\r\nContent-Length: 5\r\n\r\nhello`
    )
    await expect(bench.dial(address)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_REFUSED',
      message: expect.stringContaining(`${address} refused the handshake: ${status} ${text}`),
      details: { url: address, status }
    })
  })

  it('that is refused leaves no connection open, although the answer has an endless body', async () => {
    const { address, asked } = firstAsked()
    const dial = expect(bench.dial(await address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_REFUSED' })
    const peer = await asked
    peer.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
    await dial
    await peer.end()
  })

  it.each([
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['a wrong accept key', upgradeResponse('')],
    [
      'an extension that nobody asked for',
      (head: string) => upgradeResponse(head, { 'Sec-WebSocket-Extensions': 'permessage-deflate' })
    ],
    ['a subprotocol that nobody asked for', (head: string) => upgradeResponse(head, { 'Sec-WebSocket-Protocol': 'x' })],
    ['another upgrade', (head: string) => upgradeResponse(head).replace('Upgrade: websocket', 'Upgrade: h2c')]
  ])('that is answered with %s fails', async (_name, answer) => {
    const address = await listenAnswering(answer)
    await expect(bench.dial(address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED' })
  })

  it('fails where the peer hangs up', async () => {
    const address = await listen((peer) => peer.socket.destroy())
    await expect(bench.dial(address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED' })
  })

  it('times out after handshakeMs where the peer does not answer, and hangs up', async () => {
    const { address, asked } = firstAsked()
    const url = await address
    let settled = false
    const dial = bench.dial(url)
    dial.catch(() => (settled = true))
    const peer = await asked
    bench.clock.advance(LIMITS.handshakeMs - 1)
    await turn()
    expect(settled).toBe(false)
    bench.clock.advance(1)
    await expect(dial).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT',
      message: expect.stringContaining(`${url} did not complete the handshake within ${LIMITS.handshakeMs} ms`)
    })
    await peer.end()
    expect(bench.clock.pending).toBe(0)
  })

  it('times out although the peer sends one header after the other', async () => {
    const { address, asked } = firstAsked()
    const dial = expect(bench.dial(await address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT' })
    const peer = await asked
    peer.write('HTTP/1.1 101 Switching Protocols\r\n')
    for (let elapsed = 0; elapsed < LIMITS.handshakeMs; elapsed += 100) {
      peer.write(`X-${elapsed}: 1\r\n`)
      await turn()
      bench.clock.advance(100)
    }
    await dial
    await peer.end()
  })

  it('that is aborted hangs up, and keeps no listener on the signal', async () => {
    const { address, asked } = firstAsked()
    const controller = new AbortController()
    const reason = new Error('not needed any more')
    const dial = bench.dial(await address, {}, controller.signal)
    const rejected = expect(dial).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED',
      cause: reason,
      message: expect.stringContaining('not needed any more')
    })
    const peer = await asked
    controller.abort(reason)
    await rejected
    await peer.end()
    expect(bench.clock.pending).toBe(0)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  it('hangs up when its driver closes', async () => {
    const { address, asked } = firstAsked()
    const dial = expect(bench.dial(await address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED' })
    const peer = await asked
    await bench.driver.close()
    await dial
    await peer.end()
  })
})

describe('a dialled socket', () => {
  it('gets the frames that came in one packet with the answer', async () => {
    const address = await listenAnswering((head) =>
      Buffer.concat([
        Buffer.from(upgradeResponse(head)),
        encodeRawFrame({ opcode: 2, masked: false, payload: Buffer.from('one') }),
        encodeRawFrame({ opcode: 2, masked: false, payload: Buffer.from('two') })
      ])
    )
    const socket = await bench.dial(address)
    for (let round = 0; round < 5; round++) await turn()
    const recorder = Recorder.of(socket)
    await recorder.frameCount(2)
    expect(recorder.text).toEqual(['one', 'two'])
  })

  it('gets a close that came in one packet with the answer', async () => {
    const address = await listenAnswering((head) =>
      Buffer.concat([
        Buffer.from(upgradeResponse(head)),
        encodeRawFrame({ opcode: 8, masked: false, payload: Buffer.from([0x03, 0xf5, 0x68, 0x69]) })
      ])
    )
    const recorder = Recorder.of(await bench.dial(address))
    await turn()
    server?.close().catch(() => undefined)
    expect(await recorder.closed()).toEqual([1013, 'hi'])
  })

  it('asks for the path and the query of the address', async () => {
    const heads: string[] = []
    const address = await listenAnswering((head) => {
      heads.push(head)
      return upgradeResponse(head)
    })
    Recorder.of(await bench.dial(`${address}/a/b?c=d`))
    expect(heads[0]?.split('\r\n')[0]).toBe('GET /a/b?c=d HTTP/1.1')
    expect(heads[0]).not.toMatch(/^(origin|sec-websocket-extensions|authorization):/im)
  })

  it('has the IP address of the peer as its host', async () => {
    const { address } = await bench.listen('ws://localhost:0')
    const { port } = new URL(address)
    const socket = await bench.dial(`ws://localhost:${port}`)
    expect(socket).toMatchObject({ url: `ws://localhost:${port}`, peer: `ws://localhost:${port}` })
    expect(socket.host).toMatch(/^(127\.0\.0\.1|::1)$/)
  })
})
