import { createMemoryLog, createTestKit } from '@trustp2p/testing'
import { defaultConfig } from '../src/config/defaults'
import { DriverRegistry } from '../src/driver/registry'
import { P2pNode } from '../src/node'
import type { StoreOpener } from '../src/node-store'
import { MemoryStore } from '../src/store'
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

function createKeeper(store: StoreOpener) {
  const log = createMemoryLog()
  const kit = { ...createTestKit(), log }
  const parts = {
    registry: new DriverRegistry(),
    source: createThreadList({}),
    program: { name: 'test', version: '0' }
  }
  return { clock: kit.clock, log, node: new P2pNode({ kit, config: defaultConfig('node'), ...parts, store }) }
}

it('starts on memory where its store is not open after 30 s, and tells why', async () => {
  const opener = { package: 'stuck', open: () => new Promise<never>(() => undefined) }
  const { clock, node } = createKeeper(opener)
  const started = node.start()
  await clock.advanceAsync(29_999)
  expect([node.status().state, node.status().store]).toEqual(['starting', 'stuck'])
  await clock.advanceAsync(1)
  await started
  expect(node.status()).toMatchObject({ state: 'running', store: 'memory' })
  const code = 'ERR_TRUSTP2P_STORE_TIMEOUT'
  expect(node.explain({ about: code })).toMatchObject([{ code, stage: 'start' }])
  await node.close()
  expect(clock.pending).toBe(0)
})

it('waits 10 s for its store to take what is known of peers, and not longer, when it closes', async () => {
  const store = new MemoryStore()
  const { clock, node } = createKeeper({ package: 'stuck', open: () => Promise.resolve(store) })
  await node.start()
  const write = jest.spyOn(store, 'write').mockRejectedValueOnce(new Error('not now'))
  write.mockReturnValue(new Promise(() => undefined))
  await expect(node.peers.ban('192.0.2.1')).rejects.toThrow('not now')
  await clock.advanceAsync(5_000)
  const closed = node.close()
  await clock.advanceAsync(9_999)
  expect(node.status().state).toBe('closing')
  await clock.advanceAsync(1)
  await closed
  expect([node.status().state, clock.pending]).toEqual(['closed', 0])
})

it('says in its log that no package for its store is found', async () => {
  const { log, node } = createKeeper({ package: undefined, open: () => Promise.reject(new Error('never asked')) })
  await node.start()
  expect(log.lines).toContainEqual(
    expect.objectContaining({ level: 'debug', message: expect.stringContaining('@trustp2p/store') as string })
  )
  await node.close()
})
