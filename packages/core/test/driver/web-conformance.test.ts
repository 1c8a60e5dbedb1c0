import { createCaller, createSilentPeer, createStrangePeer, describeDriver } from '@trustp2p/testing'
import type { TestRunner } from '@trustp2p/testing'
import { defaultConfig } from '../../src/config/defaults'
import type { Driver } from '../../src/driver/contract'
import { createWebSocketDriver } from '../../src/driver/web/web-socket-driver'
import { createWsDriver } from '../../src/driver/ws/ws-driver'
import { createNodeKit } from '../../src/host/kit'
import { createLog } from '../../src/host/log'
import { pageWebSocket } from './web/page-web-socket'

const kit = createNodeKit({ log: createLog({ level: 'silent' }) })
const config = defaultConfig('node').drivers.ws

/** The suite asks one driver for both: what listens is Node's, what dials is a page's. */
function createDriver(): Driver {
  const page = createWebSocketDriver({ kit, WebSocket: pageWebSocket() })
  const node = createWsDriver({ kit, config })
  return {
    name: page.name,
    schemes: page.schemes,
    supports: { ...page.supports, listen: true },
    listen: (url, options) => node.listen(url, options),
    dial: (url, options) => page.dial(url, options),
    close: async () => {
      await page.close()
      await node.close()
    }
  }
}

const NO_CODE = 'a page may close with 1000 and codes of its own alone'
const NO_DROP = 'a page cannot drop a connection: the other side gets a close frame'

/** What no page can do; the driver's own tests tell what it does there. */
const EXCEPTIONS = new Map([
  ['carries code 1001 and a reason of 0 letters to both ends', NO_CODE],
  ['carries code 1003 and a reason of 13 letters to both ends', NO_CODE],
  ['carries code 1013 and a reason of 29 letters to both ends', NO_CODE],
  ['of one byte more than frameBytes close an outbound socket with 1009', NO_CODE],
  ['closes both ends with 1006', NO_DROP],
  ['drops what is queued to a peer that does not read', NO_DROP],
  ['terminates the sockets that were dialled', NO_DROP]
])

const unused = new Set(EXCEPTIONS.keys())

const runner: TestRunner = {
  describe,
  beforeEach,
  afterEach,
  it(title, ...test) {
    if (!unused.delete(title)) it(title, ...test)
  }
}

describeDriver(
  {
    name: 'the WebSocket of a page, dialling',
    createDriver,
    listenUrl: 'ws://127.0.0.1:0',
    deadUrl: 'ws://127.0.0.1:1',
    invalidUrls: [
      '',
      'ws:',
      'ws://',
      'http://127.0.0.1:1107',
      'ws://user:secret@127.0.0.1:1107',
      'ws://127.0.0.1:1/#a'
    ],
    choosesPort: true,
    connects: 500,
    caller: createCaller,
    silentPeer: () => createSilentPeer({ scheme: 'ws' }),
    strangePeer: () => createStrangePeer({ scheme: 'ws' })
  },
  runner
)

it('the suite has each test that a page is excepted from', () => {
  expect([...unused]).toEqual([])
})
