'use strict'

const {
  createCaller,
  createMemoryLog,
  createSilentPeer,
  createStrangePeer,
  describeDriver
} = require('@trustp2p/testing')
const { createNodeKit } = require('trustp2p')
const { createDriver } = require('./lines-driver')

const kit = createNodeKit({ log: createMemoryLog() })

describeDriver(
  {
    name: 'lines',
    createDriver: () => createDriver({ kit, config: {}, cwd: __dirname }),
    listenUrl: 'lines://127.0.0.1:0',
    // Nothing listens on port 1, and the system gives it to nobody.
    deadUrl: 'lines://127.0.0.1:1',
    invalidUrls: ['', 'lines://', 'lines://127.0.0.1', 'lines://127.0.0.1:65536', 'tcp://127.0.0.1:1107'],
    choosesPort: true,
    caller: createCaller,
    silentPeer: () => createSilentPeer({ scheme: 'lines' }),
    strangePeer: () => createStrangePeer({ scheme: 'lines' }),
    module: require.resolve('./lines-driver')
  },
  require('node:test')
)
