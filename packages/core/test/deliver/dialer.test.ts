import { createTestKit } from '@trustp2p/testing'
import { defaultConfig } from '../../src/config/defaults'
import { Dialer } from '../../src/deliver/dialer'
import { Opening } from '../../src/deliver/opening'
import type { DialOptions, Driver, DriverSocket } from '../../src/driver/contract'
import { DriverRegistry } from '../../src/driver/registry'
import type { P2pSocket } from '../../src/driver/socket'
import { P2pError } from '../../src/errors'
import { ExplainLog } from '../../src/explain/explain-log'
import { codeOf, ScriptedPeer } from './scripted-peer'

const URL = 'test://server'
const LIMITS = { frameBytes: 1, sendQueueBytes: 1, handshakeMs: 1 }

function createBench() {
  const dials: { url: string; open(): void }[] = []
  const sockets: P2pSocket[] = []
  const driver: Driver = {
    name: 'test',
    schemes: ['test'],
    supports: { listen: false, dial: true, encryption: false, browser: true },
    listen: () => Promise.reject(new Error('none')),
    close: () => Promise.resolve(),
    dial: (url, { signal }: DialOptions) =>
      new Promise<DriverSocket>((resolve, reject) => {
        dials.push({ url, open: () => resolve(new ScriptedPeer()) })
        signal?.addEventListener('abort', () => {
          // As real drivers do, a while after the signal.
          setImmediate(() => reject(new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_ABORTED', 'aborted')))
        })
      })
  }
  const registry = new DriverRegistry()
  registry.add(driver)
  const duplicates: string[] = []
  const dialer = new Dialer({
    registry,
    limits: LIMITS,
    admission: { judgeDial: () => undefined, judgeHost: () => undefined },
    find: () => sockets[0],
    open: () => new Opening({ greeting: () => '{}', proofs: undefined, required: false, frameBytes: 1 }),
    whenOpen: (socket) => Promise.resolve(socket),
    adopt: () => {
      const socket = { state: 'open', outbound: true, terminate() {} } as P2pSocket
      sockets.push(socket)
      return socket
    },
    explain: new ExplainLog(createTestKit().clock, defaultConfig('node'), 0),
    onDuplicate: (url) => duplicates.push(url)
  })
  return { dialer, dials, sockets, duplicates }
}

it('T18 dials once for all who ask for one URL, however it is written', async () => {
  const { dialer, dials, sockets, duplicates } = createBench()
  const asked = [URL, 'TEST://server', URL].map((url) => dialer.connect(url))
  await Promise.resolve()
  expect(dials).toHaveLength(1)
  dials[0]?.open()
  expect(new Set(await Promise.all(asked))).toEqual(new Set(sockets))
  expect(await dialer.connect(URL)).toBe(sockets[0])
  expect(duplicates).toEqual([URL])
})

it('dials anew for who asks after the last one has given up', async () => {
  const { dialer, dials, sockets } = createBench()
  const controller = new AbortController()
  const given = codeOf(dialer.connect(URL, { signal: controller.signal }))
  await Promise.resolve()
  controller.abort()
  const again = dialer.connect(URL)
  expect(await given).toBe('ERR_TRUSTP2P_DRIVER_DIAL_ABORTED')
  await new Promise(setImmediate)
  expect(dials).toHaveLength(2)
  dials[1]?.open()
  expect(await again).toBe(sockets[0])
})

it('goes on for the others when one gives up', async () => {
  const { dialer, dials, sockets } = createBench()
  const controller = new AbortController()
  const given = codeOf(dialer.connect(URL, { signal: controller.signal }))
  const other = dialer.connect(URL)
  controller.abort()
  expect(await given).toBe('ERR_TRUSTP2P_DRIVER_DIAL_ABORTED')
  dials[0]?.open()
  expect(await other).toBe(sockets[0])
})
