import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import type { TlsDriverConfig } from '../../../src/config/config'
import { defaultConfig } from '../../../src/config/defaults'
import { createTcpDriver } from '../../../src/driver/stream/tcp-driver'
import { createTlsDriver } from '../../../src/driver/stream/tls-driver'
import { Recorder } from '../recorder'
import { Authority } from '../ws/certificates'
import { LIMITS, PREFACE, RawPeer, StreamBench, serveRaw } from './set-up'

/** What a server of TLS answers to what is none (RFC 8446, 6). */
const PROTOCOL_VERSION_ALERT = Uint8Array.of(0x15, 3, 1, 0, 2, 2, 70)

let authority: Authority
let benches: StreamBench[]

beforeAll(() => (authority = new Authority()))
afterAll(() => authority.dispose())

beforeEach(() => (benches = []))

afterEach(async () => {
  for (const { driver } of benches) await driver.close()
})

function keep(bench: StreamBench): StreamBench {
  benches.push(bench)
  return bench
}

function createBench(given: Partial<TlsDriverConfig> = {}): StreamBench {
  const config = { ...defaultConfig('node').drivers.tls, keepAliveMs: 0, reloadMs: 0, ...given }
  return keep(new StreamBench((kit) => createTlsDriver({ kit, config })))
}

function createPlainBench(): StreamBench {
  return keep(new StreamBench((kit) => createTcpDriver({ kit, config: { keepAliveMs: 0 } })))
}

describe('a listener of tls://', () => {
  it('needs a certificate, and names the keys of its own section', async () => {
    await expect(createBench().listen('tls://127.0.0.1:0')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_NOT_CONFIGURED',
      message: expect.stringContaining('drivers.tls.certFile and drivers.tls.keyFile')
    })
  })

  it('names the file that is missing by the key of its own section', async () => {
    const pair = { ...authority.issue(), certFile: authority.path('missing.pem') }
    await expect(createBench(pair).listen('tls://127.0.0.1:0')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE',
      message: expect.stringContaining('(drivers.tls.certFile)')
    })
  })

  it('refuses what is no TLS, and goes on', async () => {
    const bench = createBench(authority.issue())
    const listener = await bench.listen('tls://127.0.0.1:0')
    const peer = await RawPeer.dialTcp(listener)
    peer.write(PREFACE)
    await peer.ended()
    Recorder.of(await createBench({ caFile: authority.caFile }).dial(listener.address))
    await bench.firstAccepted()
  })

  it('drops a connection that completes TLS and says nothing, after handshakeMs', async () => {
    const bench = createBench(authority.issue())
    const { port } = new URL((await bench.listen('tls://127.0.0.1:0')).address)
    const raw = connectTls({ host: '127.0.0.1', port: Number(port), ca: authority.pem })
    const peer = new RawPeer(raw)
    await new Promise<void>((resolve) => raw.once('secureConnect', resolve))
    expect(bench.accepted).toEqual([])
    bench.clock.advance(LIMITS.handshakeMs)
    await peer.ended()
    expect(bench.accepted).toEqual([])
  })

  it('knows who is at the other end', async () => {
    const bench = createBench(authority.issue())
    const { address } = await bench.listen('tls://127.0.0.1:0')
    const near = await createBench({ caFile: authority.caFile }).dial(address)
    const { socket } = await bench.firstAccepted()
    expect(near).toMatchObject({ host: '127.0.0.1', peer: address })
    expect(socket).toMatchObject({ host: '127.0.0.1', peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/), url: address })
  })
})

describe('a dial of tls://', () => {
  it('does not trust an authority that nobody named, and names the key of its own section', async () => {
    const { address } = await createBench(authority.issue()).listen('tls://127.0.0.1:0')
    await expect(createBench().dial(address)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_UNTRUSTED',
      message: expect.stringContaining('drivers.tls.caFile')
    })
  })

  it('checks the name that was dialled, whatever the size of its letters', async () => {
    const names = ['DNS:localhost']
    const { address } = await createBench(authority.issue({ names })).listen('tls://localhost:0')
    const { port } = new URL(address)
    const client = createBench({ caFile: authority.caFile })
    Recorder.of(await client.dial(`tls://LocalHost:${port}`))
    await expect(client.dial(address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_TLS_WRONG_NAME' })
  })

  it.each([
    ['an expired', 'EXPIRED', { days: -1 }],
    ['a forged', 'UNTRUSTED', {}]
  ])('refuses %s certificate', async (_what, code, options) => {
    // The forger signs in the name of the authority, with another key.
    const forger = code === 'UNTRUSTED' ? new Authority() : authority
    const { certFile, keyFile } = forger.issue(options)
    const server = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      await expect(createBench({ caFile: authority.caFile }).dial(`tls://127.0.0.1:${port}`)).rejects.toMatchObject({
        code: `ERR_TRUSTP2P_DRIVER_TLS_${code}`
      })
    } finally {
      await new Promise((resolve) => server.close(resolve))
      if (forger !== authority) forger.dispose()
    }
  })

  it('rejects where frames are spoken without TLS', async () => {
    const plain = createPlainBench()
    const { address } = await plain.listen('tcp://127.0.0.1:0')
    const dial = createBench({ caFile: authority.caFile }).dial(address.replace('tcp:', 'tls:'))
    await expect(dial).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED' })
    await plain.until(() => plain.warnings.length === 1)
    expect(plain.warnings).toMatchObject([{ code: 'ERR_TRUSTP2P_DRIVER_HANDSHAKE_REFUSED' }])
  })

  it('is asked for where tcp:// meets TLS', async () => {
    const { address } = await createBench(authority.issue()).listen('tls://127.0.0.1:0')
    await expect(createPlainBench().dial(address.replace('tls:', 'tcp:'))).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
      message: expect.stringContaining('is it a tls:// address?')
    })
  })

  it('is asked for where tcp:// is answered by an alert of TLS', async () => {
    const { server, port } = await serveRaw((raw) => raw.resume().end(PROTOCOL_VERSION_ALERT))
    await expect(createPlainBench().dial(`tcp://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_REFUSED',
      message: expect.stringContaining('is it a tls:// address?')
    })
    await new Promise((resolve) => server.close(resolve))
  })

  it('reads a wrong file of authorities before the first dial', async () => {
    const caFile = authority.write('no-authority.pem', 'nothing')
    const config = { ...defaultConfig('node').drivers.tls, caFile }
    const bench = keep(new StreamBench((kit) => createTlsDriver({ kit, config })))
    await expect(bench.dial('tls://127.0.0.1:1')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_FILE_INVALID',
      message: expect.stringContaining('(drivers.tls.caFile)')
    })
  })
})
