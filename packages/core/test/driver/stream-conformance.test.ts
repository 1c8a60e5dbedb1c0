import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultConfig } from '../../src/config/defaults'
import { createTcpDriver } from '../../src/driver/stream/tcp-driver'
import { createTlsDriver } from '../../src/driver/stream/tls-driver'
import { createUnixDriver } from '../../src/driver/stream/unix-driver'
import { createNodeKit } from '../../src/host/kit'
import { createLog } from '../../src/host/log'
import { createCaller, createSilentPeer, createStrangePeer, describeDriver } from '@trustp2p/testing'
import { Authority } from './ws/certificates'

const MODULE = join(__dirname, 'driver-module.ts')

const kit = createNodeKit({ log: createLog({ level: 'silent' }) })
const { tcp, tls, unix } = defaultConfig('node').drivers

const authority = new Authority()
const certified = { ...tls, ...authority.issue(), caFile: authority.caFile }
afterAll(() => authority.dispose())

for (const host of ['127.0.0.1', '[::1]']) {
  describeDriver({
    name: `tcp at ${host}`,
    createDriver: () => createTcpDriver({ kit, config: tcp }),
    listenUrl: `tcp://${host}:0`,
    // Port 1 (tcpmux) is not given out by the system, and nothing listens there.
    deadUrl: `tcp://${host}:1`,
    caller: createCaller,
    silentPeer: () => createSilentPeer({ scheme: 'tcp' }),
    strangePeer: () => createStrangePeer({ scheme: 'tcp' }),
    invalidUrls: ['', 'tcp:', 'tcp://', ...invalidUrls('tcp')],
    choosesPort: true,
    ...othersOf(host),
    moduleConfig: { tcp }
  })

  describeDriver({
    name: `tls at ${host}`,
    createDriver: () => createTlsDriver({ kit, config: certified }),
    listenUrl: `tls://${host}:0`,
    deadUrl: `tls://${host}:1`,
    caller: createCaller,
    silentPeer: () => createSilentPeer({ scheme: 'tls' }),
    strangePeer: () => createStrangePeer({ scheme: 'tls' }),
    invalidUrls: ['', 'tls:', 'tls://', ...invalidUrls('tls')],
    choosesPort: true,
    ...othersOf(host),
    moduleConfig: { tls: certified }
  })
}

let folder = ''
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'trustp2p-unix-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let sockets = 0

describeDriver({
  name: 'unix',
  createDriver: () => createUnixDriver({ kit, config: unix }),
  reset: () => void (sockets += 1),
  get listenUrl() {
    return `unix://${folder}/${sockets}.sock`
  },
  get otherUrl() {
    return `unix://${folder}/${sockets}.other`
  },
  get deadUrl() {
    return `unix://${folder}/nobody.sock`
  },
  caller: createCaller,
  silentPeer: () => createSilentPeer({ path: join(folder, `${sockets}.silent`) }),
  strangePeer: () => createStrangePeer({ path: join(folder, `${sockets}.strange`) }),
  invalidUrls: [
    '',
    'unix:',
    'unix://',
    'unix:/run/node.sock',
    'unix://run/node.sock',
    'unix:///run/',
    'unix:///run/node.sock?',
    'unix:///run/node.sock#part',
    'unix:///run/%zz',
    `unix:///${'x'.repeat(100)}`,
    'tcp://127.0.0.1:1107'
  ],
  choosesPort: false,
  module: MODULE,
  moduleConfig: { unix }
})

/** What is the same over either family of addresses is done at length over one. */
function othersOf(host: string): { readonly module?: string; readonly connects: number } {
  return host === '[::1]' ? { connects: 500 } : { module: MODULE, connects: 10_000 }
}

function invalidUrls(scheme: string): readonly string[] {
  return [
    'http://127.0.0.1:1107',
    `${scheme}:127.0.0.1:1107`,
    `${scheme}://127.0.0.1`,
    `${scheme}://127.0.0.1:65536`,
    `${scheme}://127.0.0.1:1107/path`,
    `${scheme}://127.0.0.1:1107?query`,
    `${scheme}://127.0.0.1:1107#part`,
    `${scheme}://user:secret@127.0.0.1:1107`
  ]
}
