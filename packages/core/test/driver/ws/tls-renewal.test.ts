import { copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { ManualClock } from '@trustp2p/testing'
import { IdentityRenewal } from '../../../src/driver/tls/identity-renewal'
import type { P2pError } from '../../../src/errors'
import { Recorder } from '../recorder'
import { Authority } from './certificates'
import type { Pair } from './certificates'
import { WsBench, turn } from './set-up'

const RELOAD_MS = 1_000
const DAY_MS = 86_400_000

let authority: Authority
let bench: WsBench
/** The files that are configured. */
let files: Pair

beforeAll(() => {
  authority = new Authority()
})

afterAll(() => authority.dispose())

afterEach(async () => {
  await bench.driver.close()
  expect(bench.clock.pending).toBe(0)
})

async function listen(pair: Pair, reloadMs = RELOAD_MS): Promise<string> {
  files = { certFile: authority.path('live.pem'), keyFile: authority.path('live.key') }
  install(pair)
  bench = new WsBench({ tls: { ...files, caFile: authority.caFile, reloadMs } })
  return (await bench.listen('wss://127.0.0.1:0')).address
}

function install({ certFile, keyFile }: Pair): void {
  copyFileSync(certFile, files.certFile)
  copyFileSync(keyFile, files.keyFile)
}

/** Lets one look at the files take place. */
async function look(): Promise<void> {
  while (bench.clock.pending === 0) await turn()
  bench.clock.advance(RELOAD_MS)
  while (bench.clock.pending === 0) await turn()
}

/** The name in the certificate that a new connection is shown; that one is gone then. */
async function shown(address: string): Promise<string> {
  const { pending } = bench.clock
  const socket: TLSSocket = connect({ port: Number(new URL(address).port), ca: authority.pem })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  while (bench.clock.pending > pending) await turn()
  return String(CN)
}

/** What was logged, but for connections that spoke no TLS. */
function logged(): string[] {
  return bench.log.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message)
}

it('a renewed pair serves new connections from the next look on, and the old ones stay', async () => {
  const [first, second] = [authority.issue(), authority.issue()]
  const address = await listen(first)
  const before = await bench.dial(address)
  const atBefore = Recorder.of(before)
  const old = await shown(address)
  install(second)
  bench.clock.advance(RELOAD_MS - 1)
  await turn()
  expect(await shown(address)).toBe(old)
  bench.clock.advance(1)
  while (bench.clock.pending === 0) await turn()
  expect(await shown(address)).not.toBe(old)
  const { socket, recorder } = await bench.acceptedSocket()
  before.send(Buffer.from('still here'))
  socket.send(Buffer.from('so are we'))
  await Promise.all([recorder.frameCount(1), atBefore.frameCount(1)])
  expect([recorder.calls, atBefore.calls, bench.warnings]).toEqual([['frame'], ['frame'], []])
  expect(logged()).toEqual(['a renewed certificate serves'])
})

it('files that were renamed over the old ones are taken, and again with each renewal', async () => {
  const address = await listen(authority.issue())
  const seen = new Set([await shown(address)])
  for (let round = 0; round < 3; round++) {
    const pair = authority.issue()
    for (const key of ['certFile', 'keyFile'] as const) {
      copyFileSync(pair[key], `${files[key]}.new`)
      renameSync(`${files[key]}.new`, files[key])
    }
    await look()
    seen.add(await shown(address))
  }
  expect(seen.size).toBe(4)
})

it('files that were written again with what they held before change nothing', async () => {
  const pair = authority.issue()
  const address = await listen(pair)
  const old = await shown(address)
  install(pair)
  for (let round = 0; round < 3; round++) await look()
  expect(await shown(address)).toBe(old)
  expect(logged()).toEqual([])
})

it('a half of a pair is warned of once, the old pair serves, and the whole pair is taken', async () => {
  const address = await listen(authority.issue())
  const old = await shown(address)
  const renewed = authority.issue()
  copyFileSync(renewed.certFile, files.certFile)
  for (let round = 0; round < 3; round++) await look()
  expect(await shown(address)).toBe(old)
  expect(bench.warnings).toMatchObject([
    {
      code: 'ERR_TRUSTP2P_DRIVER_TLS_KEY_MISMATCH',
      message: expect.stringMatching(new RegExp(`^${address} goes on with what it has: ${files.keyFile}`)),
      cause: { code: 'ERR_TRUSTP2P_DRIVER_TLS_KEY_MISMATCH' }
    }
  ])
  copyFileSync(renewed.keyFile, files.keyFile)
  await look()
  expect(await shown(address)).not.toBe(old)
  expect(bench.warnings).toHaveLength(1)
})

it.each([
  ['garbage', 'FILE_INVALID', () => writeFileSync(files.certFile, 'garbage')],
  ['half of a file', 'FILE_INVALID', () => writeFileSync(files.keyFile, '-----BEGIN PRIVATE KEY-----\nMIG')],
  ['nothing', 'FILE_INVALID', () => writeFileSync(files.keyFile, '')],
  ['no file', 'FILE_UNREADABLE', () => rmSync(files.keyFile)],
  ['an expired pair', 'EXPIRED', () => install(authority.issue({ days: -1 }))]
])('%s is warned of once, and the old pair serves until the files are mended', async (_name, code, spoil) => {
  const address = await listen(authority.issue())
  const old = await shown(address)
  spoil()
  for (let round = 0; round < 3; round++) await look()
  expect(await shown(address)).toBe(old)
  expect(bench.warnings).toMatchObject([{ code: `ERR_TRUSTP2P_DRIVER_TLS_${code}` }])
  install(authority.issue())
  await look()
  expect(await shown(address)).not.toBe(old)
  spoil()
  await look()
  expect(bench.warnings).toHaveLength(2)
})

it('of two files that vanish the first is warned of, once', async () => {
  await listen(authority.issue())
  rmSync(files.certFile)
  rmSync(files.keyFile)
  for (let round = 0; round < 20; round++) await look()
  expect(bench.warnings).toMatchObject([
    { code: 'ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE', message: expect.stringContaining(files.certFile) }
  ])
})

it('a certificate that is not valid yet is warned of once, while the clock goes on', async () => {
  const { certFile, keyFile } = authority.issue()
  const clock = new ManualClock(0)
  const problems: P2pError[] = []
  const texts = { cert: Buffer.alloc(0), key: Buffer.alloc(0), fingerprint: '' }
  const renewal = new IdentityRenewal(
    { texts, valid: { from: 0, to: Infinity } },
    {
      clock,
      files: {
        certFile: { section: 'drivers.ws.tls', key: 'certFile', path: certFile },
        keyFile: { section: 'drivers.ws.tls', key: 'keyFile', path: keyFile }
      },
      reloadMs: RELOAD_MS,
      name: () => 'the listener',
      onRenewed: () => undefined,
      onProblem: (error) => problems.push(error)
    }
  )
  renewal.start()
  for (let round = 0; round < 3; round++) {
    clock.advance(RELOAD_MS)
    while (clock.pending === 0) await turn()
  }
  renewal.stop()
  expect(problems).toMatchObject([
    { code: 'ERR_TRUSTP2P_DRIVER_TLS_EXPIRED', message: expect.stringContaining('which says 1970-01-01T00:00:01Z') }
  ])
})

it('a certificate that expires while it serves is warned of once', async () => {
  await listen(authority.issue({ days: 1 }))
  bench.clock.advance(DAY_MS)
  for (let round = 0; round < 3; round++) await look()
  expect(bench.warnings).toMatchObject([
    { code: 'ERR_TRUSTP2P_DRIVER_TLS_EXPIRED', message: expect.stringContaining('renew it') }
  ])
})

it('reloadMs 0 reads the files once', async () => {
  const address = await listen(authority.issue(), 0)
  const old = await shown(address)
  install(authority.issue())
  expect(bench.clock.pending).toBe(0)
  bench.clock.advance(DAY_MS)
  expect(await shown(address)).toBe(old)
})

it('a listener that closes while it reads takes nothing more', async () => {
  await listen(authority.issue())
  install(authority.issue())
  bench.clock.advance(RELOAD_MS)
  await bench.driver.close()
  for (let round = 0; round < 20; round++) await turn()
  expect([bench.clock.pending, logged(), bench.warnings]).toEqual([0, [], []])
})

it('an address that is in use leaves no look behind', async () => {
  const address = await listen(authority.issue())
  expect(bench.clock.pending).toBe(1)
  await expect(bench.listen(address)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE' })
  expect(bench.clock.pending).toBe(1)
})
