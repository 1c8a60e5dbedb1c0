import { connect as connectTls } from 'node:tls'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultConfig } from '../../../src/config/defaults'
import type { DriverListener } from '../../../src/driver/contract'
import { createTcpDriver } from '../../../src/driver/stream/tcp-driver'
import { createTlsDriver } from '../../../src/driver/stream/tls-driver'
import { createUnixDriver } from '../../../src/driver/stream/unix-driver'
import { HALF_OPEN_CONNECTIONS } from '../../../src/driver/net/half-open'
import type { Kit } from '../../../src/kit'
import { Authority } from '../ws/certificates'
import { LIMITS, PREFACE, RawPeer, StreamBench } from './set-up'

let authority: Authority
/** Issued before the clock of a bench is set: a certificate of later is not valid yet. */
let certificate: ReturnType<Authority['issue']>
let folder: string
let bench: StreamBench
const peers: RawPeer[] = []

beforeAll(() => {
  authority = new Authority()
  certificate = authority.issue()
  folder = mkdtempSync(join(tmpdir(), 'hostile-'))
})

afterAll(() => {
  authority.dispose()
  rmSync(folder, { recursive: true, force: true })
})

afterEach(async () => {
  for (const { raw } of peers.splice(0)) raw.destroy()
  await bench.driver.close()
})

const { tls, unix } = defaultConfig('node').drivers

interface Kind {
  readonly url: () => string
  readonly create: (kit: Kit) => StreamBench['driver']
  readonly dial: (listener: DriverListener) => Promise<RawPeer>
}

const KINDS: Readonly<Record<string, Kind>> = {
  tcp: {
    url: () => 'tcp://127.0.0.1:0',
    create: (kit) => createTcpDriver({ kit, config: { keepAliveMs: 0 } }),
    dial: (listener) => RawPeer.dialTcp(listener)
  },
  tls: {
    url: () => 'tls://127.0.0.1:0',
    create: (kit) => createTlsDriver({ kit, config: { ...tls, keepAliveMs: 0, reloadMs: 0, ...certificate } }),
    dial: async ({ address }) => {
      const raw = connectTls({ host: '127.0.0.1', port: Number(new URL(address).port), ca: authority.pem })
      await new Promise<void>((resolve, reject) => raw.once('secureConnect', resolve).once('error', reject))
      return new RawPeer(raw)
    }
  },
  unix: {
    url: () => `unix://${folder}/hostile.sock`,
    create: (kit) => createUnixDriver({ kit, config: { ...unix, keepAliveMs: 0 } }),
    dial: ({ address }) => RawPeer.dial({ path: address.slice('unix://'.length) })
  }
}

describe.each(Object.entries(KINDS))('a hostile peer over %s', (_name, kind) => {
  async function attack(limits: Partial<typeof LIMITS> = {}): Promise<RawPeer> {
    bench = new StreamBench(kind.create)
    const peer = await kind.dial(await bench.listen(kind.url(), limits))
    peers.push(peer)
    return peer
  }

  it('that sends byte by byte is heard like any other', async () => {
    const peer = await attack()
    for (const byte of Buffer.from(`${PREFACE}\x03abc\x00\x01z`, 'latin1')) {
      peer.write([byte])
      await new Promise(setImmediate)
    }
    const { recorder } = await bench.firstAccepted()
    await recorder.frameCount(3)
    expect(recorder.text).toEqual(['abc', '', 'z'])
  })

  it('that announces a long frame and sends little of it takes little room, and goes with 1006', async () => {
    const frameBytes = 200_000_000
    const peer = await attack({ frameBytes, sendQueueBytes: frameBytes })
    const before = process.memoryUsage().arrayBuffers
    peer.write(PREFACE, [0x80, 0x84, 0xaf, 0x5f], Buffer.alloc(1_000))
    const { recorder } = await bench.firstAccepted()
    for (let round = 0; round < 20; round++) await new Promise(setImmediate)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
    peer.raw.destroy()
    expect(await recorder.closed()).toEqual([1006, ''])
    expect(recorder.frames).toEqual([])
  })

  it('that announces more than frameBytes, or a length without an end, is closed with 1009', async () => {
    const peer = await attack()
    peer.write(PREFACE, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    const { recorder } = await bench.firstAccepted()
    await recorder.until(() => recorder.errors.length === 1)
    const answer = await peer.bytes(PREFACE.length + 6)
    expect([...answer.subarray(PREFACE.length)]).toEqual([0x80, 0, 1, 2, 1009 >> 8, 1009 & 0xff])
  })

  it('that floods pings and reads nothing makes no more than the queue wait', async () => {
    const peer = await attack()
    peer.raw.pause()
    peer.write(PREFACE)
    const { socket, recorder } = await bench.firstAccepted()
    const pings = Buffer.alloc(40_000, Buffer.from([0x80, 0, 2, 0]))
    for (let round = 0; round < 200; round++) {
      peer.raw.write(pings)
      await new Promise(setImmediate)
      expect(socket.bufferedAmount).toBeLessThanOrEqual(LIMITS.sendQueueBytes)
    }
    expect(recorder.calls).toEqual([])
  })

  it('that reads nothing keeps no more than sendQueueBytes, and does not hold up a close', async () => {
    const peer = await attack()
    peer.raw.pause()
    peer.write(PREFACE)
    const { socket, recorder } = await bench.firstAccepted()
    const frame = new Uint8Array(LIMITS.frameBytes)
    const isFull = (): boolean => socket.bufferedAmount + frame.length > LIMITS.sendQueueBytes
    for (let stuck = 0; stuck < 50; stuck = isFull() ? stuck + 1 : 0) {
      while (!isFull()) socket.send(frame)
      await new Promise(setImmediate)
    }
    expect(() => socket.send(frame)).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE' }))
    socket.close(1013, '')
    bench.clock.advance(2_000)
    expect(await recorder.closed()).toEqual([1006, ''])
  })

  it('that goes on after its fault is dropped after 2 s, and heard no more', async () => {
    const peer = await attack()
    peer.write(PREFACE, [0x81, 0x80, 0x00])
    const { recorder } = await bench.firstAccepted()
    await recorder.until(() => recorder.errors.length === 1)
    for (let round = 0; round < 20; round++) {
      peer.write([1, 65])
      await new Promise(setImmediate)
    }
    bench.clock.advance(2_000)
    await recorder.closed()
    expect(recorder.calls).toEqual(['error', 'close'])
  })
})

describe('thousands of half-open handshakes', () => {
  it(`leave ${HALF_OPEN_CONNECTIONS} at most, and a peer that greets is taken among them`, async () => {
    bench = new StreamBench((kit) => createTcpDriver({ kit, config: { keepAliveMs: 0 } }))
    const listener = await bench.listen('tcp://127.0.0.1:0')
    const silent: RawPeer[] = []
    while (silent.length < 3 * HALF_OPEN_CONNECTIONS) {
      silent.push(...(await Promise.all(Array.from({ length: 100 }, () => RawPeer.dialTcp(listener)))))
    }
    peers.push(...silent)
    let gone = 0
    const ends = silent.map((peer) => peer.ended().then(() => (gone += 1)))
    while (gone < 2 * HALF_OPEN_CONNECTIONS) await new Promise(setImmediate)
    expect(gone).toBe(2 * HALF_OPEN_CONNECTIONS)
    expect(bench.clock.pending).toBe(HALF_OPEN_CONNECTIONS)
    const honest = await RawPeer.dialTcp(listener)
    peers.push(honest)
    honest.write(PREFACE, [2, 104, 105])
    const { recorder } = await bench.firstAccepted()
    await recorder.frameCount(1)
    expect(recorder.text).toEqual(['hi'])
    bench.clock.advance(LIMITS.handshakeMs)
    await Promise.all(ends)
  })
})
