import { spawnSync } from 'node:child_process'
import { createServer as createHttpsServer } from 'node:https'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import type { AddressInfo, Server } from 'node:net'
import { FROM_SOURCE } from '../../../../../test/from-source'
import { Recorder } from '../recorder'
import { Authority } from './certificates'
import type { IssueOptions, Pair } from './certificates'
import { RawServer } from './raw-peer'
import { LIMITS, WsBench } from './set-up'

const ROOT = join(__dirname, '../../../../..')
const SOURCE = join(__dirname, '../../../src')

let authority: Authority
let bench: WsBench
let server: WsBench | undefined
const others: { close(): unknown }[] = []

beforeAll(() => {
  authority = new Authority()
})

afterAll(() => authority.dispose())

afterEach(async () => {
  await bench.driver.close()
  await server?.driver.close()
  server = undefined
  for (const other of others.splice(0)) await other.close()
  expect(bench.clock.pending).toBe(0)
})

/** Listens with a certificate, and gives the address. */
async function listen(options: IssueOptions = {}, url = 'wss://127.0.0.1:0'): Promise<string> {
  const pair = authority.issue(options)
  // A listener of ours does not begin with a certificate that has expired.
  if (options.days !== undefined) return bind(createHttpsServer(textsOf(pair)))
  server = new WsBench({ tls: pair })
  return (await server.listen(url)).address
}

function use(caFile = authority.caFile, reloadMs = 0): WsBench {
  bench = new WsBench({ tls: { caFile, reloadMs } })
  return bench
}

describe('a dial of wss://', () => {
  it('trusts the authorities of caFile', async () => {
    const address = await listen()
    const socket = await use().dial(address)
    expect(socket).toMatchObject({ url: address, peer: address, host: '127.0.0.1' })
    Recorder.of(socket)
  })

  it('trusts each of several authorities', async () => {
    const address = await listen()
    const other = new Authority()
    const caFile = authority.write('several.pem', `# others\n${other.pem}\nours:\n${authority.pem}`)
    other.dispose()
    Recorder.of(await use(caFile).dial(address))
  })

  it('checks the name that was dialled', async () => {
    const { port } = new URL(await listen({ names: ['DNS:localhost'] }, 'wss://localhost:0'))
    Recorder.of(await use().dial(`wss://localhost:${port}`))
  })

  it.each([
    ['an unknown authority', {}, 'UNTRUSTED', /UNABLE_TO_VERIFY_LEAF_SIGNATURE.* drivers\.ws\.tls\.caFile/, ''],
    [
      'another name',
      { names: ['DNS:other.example', 'IP:127.0.0.2'] },
      'WRONG_NAME',
      /127\.0\.0\.2.* dial a name/,
      undefined
    ],
    ['a name where an address was dialled', { names: ['DNS:localhost'] }, 'WRONG_NAME', /127\.0\.0\.1/, undefined],
    ['an expired one', { days: -1 }, 'EXPIRED', /certificate has expired .* renew it/, undefined]
  ])('refuses a certificate of %s', async (_name, options, code, text, caFile) => {
    const address = await listen(options)
    await expect(use(caFile).dial(address)).rejects.toMatchObject({
      code: `ERR_TRUSTP2P_DRIVER_TLS_${code}`,
      message: expect.stringMatching(text),
      details: { url: address },
      cause: expect.anything()
    })
    await expect(bench.dial(address)).rejects.toThrow(`cannot trust ${address}: `)
    expect(server?.accepted ?? []).toEqual([])
  })

  it('refuses a forged certificate: another key has signed it in the name of the authority', async () => {
    const forger = new Authority()
    others.push({ close: () => forger.dispose() })
    const address = await bind(createHttpsServer(textsOf(forger.issue())))
    await expect(use().dial(address)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_UNTRUSTED',
      details: { url: address }
    })
  })

  it('refuses a certificate that signed itself, unless caFile is that one', async () => {
    const self = new Authority()
    others.push({ close: () => self.dispose() })
    const tls = createHttpsServer({ cert: self.pem, key: readFileSync(self.path('ca.key')) })
    const address = await bind(tls)
    await expect(use().dial(address)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_UNTRUSTED',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }
    })
    await bench.driver.close()
    // Trusted, and then found to have no name of its own.
    await expect(use(self.caFile).dial(address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_TLS_WRONG_NAME' })
  })

  it('refuses it although NODE_TLS_REJECT_UNAUTHORIZED says that all is well', async () => {
    const address = await listen()
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      await expect(use('').dial(address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_TLS_UNTRUSTED' })
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
    }
  })

  it('refuses a peer that speaks nothing newer than TLS 1.1', async () => {
    const versions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const
    const old = createTlsServer({ ...textsOf(authority.issue()), ...versions })
    await expect(use().dial(await bind(old))).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_FAILED',
      message: expect.stringContaining('TLS 1.2')
    })
  })

  it('of a peer that speaks ws:// says so', async () => {
    server = new WsBench()
    const { address } = await server.listen()
    await expect(use().dial(address.replace('ws:', 'wss:'))).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_FAILED',
      message: expect.stringMatching(/^cannot trust [^\n]* check that it speaks TLS 1\.2 or later: wss:\/\/, not ws:/)
    })
  })

  it('with ws:// of a peer that speaks wss:// asks whether it does', async () => {
    const address = await listen()
    await expect(use().dial(address.replace('wss:', 'ws:'))).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
      message: expect.stringMatching(/; is it a wss:\/\/ address\?$/)
    })
  })

  it('of a port without a listener fails as any other', async () => {
    await expect(use().dial('wss://127.0.0.1:1')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
      cause: { code: 'ECONNREFUSED' }
    })
  })

  it('times out after handshakeMs where the peer says nothing to TLS', async () => {
    const silent = new RawServer((peer) => void peer.until(() => peer.received.length > 0).then(() => asked()))
    others.push(silent)
    let asked = (): void => undefined
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    const url = (await silent.listen()).replace('ws:', 'wss:')
    const dial = expect(use().dial(url)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT' })
    await isAsked
    bench.clock.advance(LIMITS.handshakeMs)
    await dial
  })
})

describe('caFile', () => {
  it.each([
    ['is missing', undefined, 'UNREADABLE', /ENOENT/],
    ['is empty', '', 'INVALID', /holds no certificate in PEM/],
    ['is garbage', 'garbage', 'INVALID', /holds no certificate in PEM/],
    ['ends too soon', '-----BEGIN CERTIFICATE-----\nMII', 'INVALID', /has no end/],
    [
      'has a broken certificate',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      'INVALID',
      /certificate 1 is broken/
    ]
  ])('that %s is told of before the first dial, and by each', async (_name, content, code, text) => {
    const path = content === undefined ? authority.path('none.pem') : authority.write('wrong-ca.pem', content)
    const problem = {
      code: `ERR_TRUSTP2P_DRIVER_TLS_FILE_${code}`,
      message: expect.stringMatching(text),
      details: { key: 'caFile', path }
    }
    await expect(use(path).driver.checkFiles()).rejects.toMatchObject(problem)
    await expect(bench.dial('wss://127.0.0.1:1')).rejects.toMatchObject(problem)
    await expect(bench.dial('ws://127.0.0.1:1')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED' })
  })

  it.each([
    ['as Node 20 can be told to', 'delete require("node:tls").getCACertificates'],
    ['as later versions can', 'require("node:tls").getCACertificates = (type) => [type === "default" && EXTRA]']
  ])('stands beside the usual authorities, %s', (_name, change) => {
    const usual = new Authority()
    const pairs = [usual.issue(), authority.issue()]
    const { caFile } = authority
    const flags = [...FROM_SOURCE, '-e', `${change};${USUAL}`]
    const env = { ...process.env, SOURCE, NODE_EXTRA_CA_CERTS: usual.caFile, FILES: JSON.stringify({ pairs, caFile }) }
    const { stdout, stderr } = spawnSync(process.execPath, flags, { cwd: ROOT, encoding: 'utf8', env })
    usual.dispose()
    expect({ stdout, stderr }).toEqual({ stdout: 'open open\n', stderr: '' })
    use()
  })

  it('that is not set needs no check', async () => {
    await expect(use('').driver.checkFiles()).resolves.toBeUndefined()
  })

  it('that changed is read by the first dial after reloadMs', async () => {
    const address = await listen()
    const other = new Authority()
    others.push({ close: () => other.dispose() })
    const caFile = authority.write('changing.pem', other.pem)
    use(caFile, 1_000)
    await expect(bench.dial(address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_TLS_UNTRUSTED' })
    writeFileSync(caFile, authority.pem)
    bench.clock.advance(999)
    await expect(bench.dial(address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_TLS_UNTRUSTED' })
    bench.clock.advance(1)
    Recorder.of(await bench.dial(address))
  })

  it('that changed to what is no certificate is warned of once, and the old one counts', async () => {
    const address = await listen()
    const caFile = authority.write('breaking.pem', authority.pem)
    use(caFile, 1_000)
    Recorder.of(await bench.dial(address))
    writeFileSync(caFile, 'broken')
    for (let round = 0; round < 3; round++) {
      bench.clock.advance(1_000)
      Recorder.of(await bench.dial(address))
    }
    expect(bench.log.lines).toMatchObject([
      { level: 'warn', message: expect.stringMatching(/goes on with what it has: .*breaking\.pem/) }
    ])
  })

  it('is read once where reloadMs is 0', async () => {
    const address = await listen()
    const caFile = authority.write('once.pem', authority.pem)
    Recorder.of(await use(caFile).dial(address))
    writeFileSync(caFile, 'broken')
    bench.clock.advance(1_000_000)
    Recorder.of(await bench.dial(address))
  })
})

function textsOf({ certFile, keyFile }: Pair): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) }
}

/** Dials a listener whose authority Node was told of, and one whose authority is in caFile. */
const USUAL = `
  var EXTRA = require('node:fs').readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8')
  const { createWsDriver } = require(process.env.SOURCE + '/driver/ws/ws-driver')
  const { defaultConfig } = require(process.env.SOURCE + '/config/defaults')
  const { createNodeKit } = require(process.env.SOURCE + '/host/kit')
  const { silentLog } = require(process.env.SOURCE + '/host/log')
  const kit = createNodeKit({ log: silentLog })
  const ws = defaultConfig('node').drivers.ws
  const { pairs, caFile } = JSON.parse(process.env.FILES)
  const nothing = () => undefined
  const attach = (socket) => socket.attach({ onFrame: nothing, onDrain: nothing, onError: nothing, onClose: nothing })
  const limits = { frameBytes: 10, sendQueueBytes: 10, handshakeMs: 5000 }

  async function main() {
    const client = createWsDriver({ kit, config: { ...ws, tls: { ...ws.tls, caFile } } })
    const found = []
    for (const pair of pairs) {
      const server = createWsDriver({ kit, config: { ...ws, tls: { ...ws.tls, ...pair } } })
      const { address } = await server.listen('wss://127.0.0.1:0', { limits, onWarning: nothing, onSocket: attach })
      found.push(await client.dial(address, { limits }).then((socket) => (attach(socket), 'open'), (error) => error.code))
      await server.close()
    }
    await client.close()
    console.log(found.join(' '))
  }
  main()
`

async function bind(listening: Server): Promise<string> {
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  others.push({ close: () => new Promise((resolve) => listening.close(resolve)) })
  return `wss://127.0.0.1:${(listening.address() as AddressInfo).port}`
}
