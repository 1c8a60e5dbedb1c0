import { join } from 'node:path'
import { defaultConfig } from '../../src/config/defaults'
import { createWsDriver } from '../../src/driver/ws/ws-driver'
import { createNodeKit } from '../../src/host/kit'
import { createLog } from '../../src/host/log'
import { createCaller, createSilentPeer, createStrangePeer, describeDriver } from '@trustp2p/testing'
import { Authority } from './ws/certificates'

const MODULE = join(__dirname, 'driver-module.ts')

const kit = createNodeKit({ log: createLog({ level: 'silent' }) })
const config = defaultConfig('node').drivers.ws

const subject = {
  listenUrl: 'ws://127.0.0.1:0',
  // Port 1 (tcpmux) is not given out by the system, and nothing listens there.
  deadUrl: 'ws://127.0.0.1:1',
  invalidUrls: [
    '',
    'ws:',
    'ws://',
    'http://127.0.0.1:1107',
    'ws://127.0.0.1:65536',
    'ws://user:secret@127.0.0.1:1107',
    'ws://127.0.0.1:1107/#part'
  ],
  choosesPort: true,
  caller: createCaller,
  silentPeer: () => createSilentPeer({ scheme: 'ws' }),
  strangePeer: () => createStrangePeer({ scheme: 'ws' })
}

describeDriver({
  ...subject,
  name: 'ws',
  module: MODULE,
  moduleConfig: { ws: config },
  createDriver: () => createWsDriver({ kit, config })
})

describeDriver({
  ...subject,
  name: 'ws over IPv6, on a path',
  listenUrl: 'ws://[::1]:0/node',
  connects: 500,
  createDriver: () => createWsDriver({ kit, config })
})

describeDriver({
  ...subject,
  name: 'ws with compression',
  connects: 500,
  createDriver: () => createWsDriver({ kit, config: { ...config, compression: true } })
})

const authority = new Authority()
const tls = { ...config.tls, ...authority.issue(), caFile: authority.caFile }
afterAll(() => authority.dispose())

describeDriver({
  ...subject,
  name: 'wss',
  module: MODULE,
  moduleConfig: { ws: { ...config, tls } },
  listenUrl: 'wss://127.0.0.1:0',
  deadUrl: 'wss://127.0.0.1:1',
  caller: createCaller,
  silentPeer: () => createSilentPeer({ scheme: 'wss' }),
  strangePeer: () => createStrangePeer({ scheme: 'wss' }),
  createDriver: () => createWsDriver({ kit, config: { ...config, tls } })
})

describeDriver({
  ...subject,
  name: 'wss over IPv6, on a path, with compression',
  connects: 500,
  listenUrl: 'wss://[::1]:0/node',
  deadUrl: 'wss://[::1]:1',
  createDriver: () => createWsDriver({ kit, config: { ...config, compression: true, tls } })
})
