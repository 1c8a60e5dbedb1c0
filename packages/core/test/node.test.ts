import { createTestKit } from '@trustp2p/testing'
import { defaultConfig } from '../src/config/defaults'
import { DriverRegistry } from '../src/driver/registry'
import { P2pNode } from '../src/node'
import { createThreadList } from '../src/thread/thread-list'
import { ScriptedPeer } from './deliver/scripted-peer'

it('waits 3 s for sockets whose driver tells of no end, and not longer, when it closes', async () => {
  const kit = createTestKit()
  const registry = new DriverRegistry()
  const peer = new ScriptedPeer()
  let driverClosed = false
  registry.add({
    name: 'deaf',
    schemes: ['memory'],
    supports: { listen: false, dial: true, encryption: false, browser: true },
    listen: () => Promise.reject(new Error('not here')),
    dial: () => Promise.resolve(peer),
    close: () => {
      driverClosed = true
      return Promise.resolve()
    }
  })
  const program = { name: 'test', version: '0' }
  const node = new P2pNode({ kit, config: defaultConfig('node'), registry, source: createThreadList({}), program })
  await node.start()
  await node.connect('memory://peer')
  const closed = node.close()
  await kit.clock.advanceAsync(0)
  expect(peer.closedWith).toEqual({ code: 1001, reason: 'node stopping' })
  await kit.clock.advanceAsync(2_999)
  expect([node.status().state, driverClosed]).toEqual(['closing', false])
  await kit.clock.advanceAsync(1)
  await closed
  expect([node.status().state, driverClosed, kit.clock.pending]).toEqual(['closed', true, 0])
})
