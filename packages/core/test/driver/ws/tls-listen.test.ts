import { spawnSync } from 'node:child_process'
import { readFileSync, symlinkSync, truncateSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { FROM_SOURCE } from '../../../../../test/from-source'
import { TLS_FILE_BYTES } from '../../../src/driver/tls/tls-file'
import { Recorder } from '../recorder'
import { Authority, openssl } from './certificates'
import type { Pair } from './certificates'
import { RawPeer, upgradeRequest } from './raw-peer'
import { WsBench } from './set-up'

const ROOT = join(__dirname, '../../../../..')
const SOURCE = join(__dirname, '../../../src')

let authority: Authority
let pair: Pair
let bench: WsBench
const peers: RawPeer[] = []

beforeAll(() => {
  authority = new Authority()
  pair = authority.issue()
})

afterAll(() => authority.dispose())

function use(files: Partial<Pair> = pair): WsBench {
  bench = new WsBench({ tls: { ...files, caFile: authority.caFile } })
  return bench
}

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.destroy()
  await bench.driver.close()
  expect(bench.clock.pending).toBe(0)
})

describe('listening on wss://', () => {
  it('shows the certificate of the files, whose paths are relative to cwd', async () => {
    const files = { certFile: basename(pair.certFile), keyFile: basename(pair.keyFile), caFile: 'ca.pem' }
    bench = new WsBench({ tls: files }, { cwd: authority.folder })
    const { address } = await bench.listen('wss://localhost:0/node')
    expect(address).toMatch(/^wss:\/\/(127\.0\.0\.1|\[::1\]):\d+\/node$/)
    const near = await bench.dial(address)
    near.send(Buffer.from('sealed'))
    const { socket, recorder } = await bench.acceptedSocket()
    await recorder.frameCount(1)
    expect(recorder.text).toEqual(['sealed'])
    expect([socket.url, socket.host]).toEqual([address, near.host])
    Recorder.of(near)
  })

  it('takes paths that are relative to the working directory of the process where no other is given', async () => {
    const files = { certFile: relative('', pair.certFile), keyFile: relative('', pair.keyFile) }
    await expect(use(files).listen('wss://127.0.0.1:0')).resolves.toBeDefined()
  })

  it('takes files behind links, and a certificate that is followed by those of its authorities', async () => {
    const certFile = authority.write('chain.pem', readFileSync(pair.certFile, 'utf8') + authority.pem)
    const keyFile = authority.path('link.key')
    symlinkSync(pair.keyFile, keyFile)
    await expect(use({ certFile, keyFile }).listen('wss://127.0.0.1:0')).resolves.toBeDefined()
  })

  it('says 426 to a request that asks for no upgrade, and 404 on another path', async () => {
    const { address } = await use().listen('wss://127.0.0.1:0/node')
    for (const [request, status] of [
      ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 426],
      [upgradeRequest({}, '/other'), 404]
    ] as const) {
      const peer = await RawPeer.connectSecure(address, { ca: authority.pem })
      peers.push(peer)
      peer.write(request)
      expect(await peer.head()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
      await peer.end()
    }
  })

  it.each(['GET / HTTP/1.1\r\nHost: a\r\n\r\n', '\x16\x03\x01\x00\x05hello', 'x'.repeat(1_000)])(
    'hangs up on a peer that does not speak TLS: %j',
    async (text) => {
      const { address } = await use().listen('wss://127.0.0.1:0')
      const peer = await RawPeer.connect(address)
      peers.push(peer)
      peer.write(text)
      await peer.end()
      expect([bench.accepted, bench.warnings]).toEqual([[], []])
    }
  )

  it('speaks TLS 1.2 and 1.3, and nothing older even where Node is told to', () => {
    const older = ['--tls-min-v1.0', '--tls-cipher-list=DEFAULT:@SECLEVEL=0']
    const env = { ...process.env, SOURCE, FILES: JSON.stringify({ ...pair, caFile: authority.caFile }) }
    const { stdout, stderr } = spawnSync(process.execPath, [...older, ...FROM_SOURCE, '-e', VERSIONS], {
      cwd: ROOT,
      encoding: 'utf8',
      env
    })
    expect({ stdout, stderr }).toEqual({
      stdout: 'any TLSv1.1 TLSv1.2 TLSv1.3\nours ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION TLSv1.2 TLSv1.3\n',
      stderr: ''
    })
    use()
  })
})

/** Prints the versions that a server of Node, and then one of ours, agrees on with peers that speak one each. */
const VERSIONS = `
  const { readFileSync } = require('node:fs')
  const https = require('node:https')
  const tls = require('node:tls')
  const { createWsDriver } = require(process.env.SOURCE + '/driver/ws/ws-driver')
  const { defaultConfig } = require(process.env.SOURCE + '/config/defaults')
  const { createNodeKit } = require(process.env.SOURCE + '/host/kit')
  const { silentLog } = require(process.env.SOURCE + '/host/log')
  const files = JSON.parse(process.env.FILES)

  function versionOf(port, version) {
    const socket = tls.connect({ port, ca: readFileSync(files.caFile), minVersion: version, maxVersion: version })
    return new Promise((resolve) => {
      socket.on('secureConnect', () => resolve(socket.getProtocol()))
      socket.on('error', (error) => resolve(error.code))
    }).finally(() => socket.destroy())
  }

  async function print(name, port) {
    const found = [name]
    for (const version of ['TLSv1.1', 'TLSv1.2', 'TLSv1.3']) found.push(await versionOf(port, version))
    console.log(found.join(' '))
  }

  async function main() {
    const any = https.createServer({ cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) })
    await new Promise((resolve) => any.listen(0, '127.0.0.1', resolve))
    await print('any', any.address().port)
    any.close()
    const config = defaultConfig('node').drivers.ws
    const driver = createWsDriver({ kit: createNodeKit({ log: silentLog }), config: { ...config, tls: { ...config.tls, ...files } } })
    const limits = { frameBytes: 10, sendQueueBytes: 10, handshakeMs: 1000 }
    const listener = await driver.listen('wss://127.0.0.1:0', { limits, onWarning() {}, onSocket() {} })
    await print('ours', Number(new URL(listener.address).port))
    await driver.close()
  }
  main()
`

describe('a start with', () => {
  const PEM = /^-----BEGIN/

  it.each(['wss://127.0.0.1:0', 'wss://127.0.0.1:0/node'])('no files is refused for %s', async (url) => {
    bench = new WsBench()
    await expect(bench.listen(url)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_NOT_CONFIGURED',
      message: expect.stringMatching(/wss:\/\/127\.0\.0\.1:0.* drivers\.ws\.tls\.certFile .*keyFile/),
      details: { url }
    })
  })

  it.each([
    ['a file that is missing', () => authority.path('missing.pem'), /ENOENT/],
    ['a folder', () => authority.folder, /it is no file/],
    ['a named pipe', () => makePipe('pipe.pem'), /it is no file/],
    ['a path that leads through a file', () => `${pair.certFile}/cert.pem`, /ENOTDIR/],
    ['a file that is too long', () => longFile(TLS_FILE_BYTES + 1), /longer than 1048576 bytes/]
  ])('%s is refused, and the file named', async (_name, make, why) => {
    const path = make()
    for (const key of ['certFile', 'keyFile'] as const) {
      await expect(use({ ...pair, [key]: path }).listen('wss://127.0.0.1:0')).rejects.toMatchObject({
        code: 'ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE',
        message: expect.stringMatching(why),
        details: { key, path }
      })
    }
  })

  it('a file that is as long as may be is read', async () => {
    const certFile = longFile(TLS_FILE_BYTES)
    await expect(use({ ...pair, certFile }).listen('wss://127.0.0.1:0')).resolves.toBeDefined()
  })

  it.each([
    ['an empty file', () => '', /it is empty/],
    ['garbage', () => '\0\xff\x01garbage', /it holds no (certificate|private key) in PEM/],
    ['text', () => 'certificate: here', /it holds no/],
    ['bytes between the right lines', () => framed('certificate') + framed('key'), /is broken/],
    ['the file of the other', () => undefined, /are drivers\.ws\.tls\.certFile and keyFile swapped\?/]
  ])('%s is refused, and the file named', async (_name, make, why) => {
    for (const key of ['certFile', 'keyFile'] as const) {
      const content = make()
      const other = pair[key === 'certFile' ? 'keyFile' : 'certFile']
      const path = content === undefined ? other : authority.write('wrong.pem', content)
      await expect(use({ ...pair, [key]: path }).listen('wss://127.0.0.1:0')).rejects.toMatchObject({
        code: 'ERR_TRUSTP2P_DRIVER_TLS_FILE_INVALID',
        message: expect.stringMatching(why),
        details: { key, path }
      })
    }
  })

  it('half a certificate is refused', async () => {
    const text = readFileSync(pair.certFile, 'utf8')
    const certFile = authority.write('half.pem', text.slice(0, text.length / 2))
    await expect(use({ ...pair, certFile }).listen('wss://127.0.0.1:0')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_FILE_INVALID'
    })
  })

  it('garbage behind the first certificate is refused', async () => {
    const certFile = authority.write('tail.pem', readFileSync(pair.certFile, 'utf8') + framed('certificate'))
    await expect(use({ ...pair, certFile }).listen('wss://127.0.0.1:0')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_FILE_INVALID',
      message: expect.stringContaining(certFile)
    })
  })

  it('a key that is locked by a passphrase is refused, with the command that unlocks it', async () => {
    for (const options of [['-traditional'], []]) {
      const keyFile = authority.path('locked.key')
      openssl('pkey', '-in', pair.keyFile, '-aes256', '-passout', 'pass:secret', ...options, '-out', keyFile)
      expect(readFileSync(keyFile, 'utf8')).toMatch(PEM)
      await expect(use({ ...pair, keyFile }).listen('wss://127.0.0.1:0')).rejects.toMatchObject({
        code: 'ERR_TRUSTP2P_DRIVER_TLS_FILE_INVALID',
        message: expect.stringContaining(`locked by a passphrase; write it without one: openssl pkey -in ${keyFile}`)
      })
    }
  })

  it('the key of another certificate is refused, and both files named', async () => {
    const { keyFile } = authority.issue()
    await expect(use({ ...pair, keyFile }).listen('wss://127.0.0.1:0')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_KEY_MISMATCH',
      message: expect.stringMatching(new RegExp(`${keyFile}.* ${pair.certFile}`)),
      details: { key: 'keyFile', path: keyFile }
    })
  })

  it('a certificate that stands behind those of its authorities is refused as another', async () => {
    const certFile = authority.write('upside-down.pem', authority.pem + readFileSync(pair.certFile, 'utf8'))
    await expect(use({ ...pair, certFile }).listen('wss://127.0.0.1:0')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_KEY_MISMATCH',
      message: expect.stringContaining("the server's own comes first")
    })
  })

  it('an expired certificate is refused, since every peer would refuse it', async () => {
    const old = authority.issue({ days: -1 })
    await expect(use(old).listen('wss://127.0.0.1:0')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_EXPIRED',
      message: expect.stringMatching(new RegExp(`${old.certFile} .* has expired on \\d{4}-.*Z: renew it`))
    })
  })

  it('a certificate that is not valid yet is refused, with a look at the clock', async () => {
    Object.assign(use().clock, { wall: () => Date.parse('2001-01-01T00:00:00Z') })
    await expect(bench.listen('wss://127.0.0.1:0')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_EXPIRED',
      message: expect.stringMatching(/is valid from .* check the clock .* 2001-01-01T00:00:00Z/)
    })
  })

  it('files that are wrong leaves ws:// alone', async () => {
    const { address } = await use({ certFile: '/missing', keyFile: '/missing' }).listen('ws://127.0.0.1:0')
    Recorder.of(await bench.dial(address))
  })

  function framed(name: string): string {
    const label = name === 'key' ? 'PRIVATE KEY' : 'CERTIFICATE'
    return `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`
  }

  function makePipe(name: string): string {
    const path = authority.path(name)
    spawnSync('mkfifo', [path])
    return path
  }

  /** A certificate with empty lines behind it. */
  function longFile(bytes: number): string {
    const path = authority.write('long.pem', readFileSync(pair.certFile, 'utf8').padEnd(TLS_FILE_BYTES + 1, '\n'))
    truncateSync(path, bytes)
    return path
  }
})
