import { ManualClock } from '@trustp2p/testing'
import { defaultConfig } from '../../src/config/defaults'
import { FOLD_MS, PeerDesk, PURGE_MS } from '../../src/peers/peer-desk'
import type { CountedLink } from '../../src/peers/peer-desk'
import { MemoryStore } from '../../src/store'
import { peerIdOf } from './peer-ids'

const PEER = peerIdOf(0)

function createDesk(limits = defaultConfig('server').limits) {
  const clock = new ManualClock(1_000)
  const told: string[] = []
  const desk = new PeerDesk({
    clock,
    limits,
    onBan: () => told.push('ban'),
    onWarning: ({ code }) => told.push(code)
  })
  return { clock, desk, told }
}

function createLink(options: Partial<CountedLink> = {}) {
  const link = {
    peerId: PEER,
    host: '192.0.2.1',
    url: `tcp://${PEER}@192.0.2.1:5`,
    inbound: false,
    good: 0,
    ...options
  }
  return {
    ...link,
    takeGood(): number {
      const { good } = this
      this.good = 0
      return good
    }
  }
}

it('T22 what the sockets of a host have counted is in its record, whether their peers are proved or not', async () => {
  const { clock, desk } = createDesk()
  desk.book.blameHost('192.0.2.1')
  const links = [createLink(), createLink({ peerId: undefined }), createLink({ host: '192.0.2.2' })]
  for (const link of links) {
    desk.opened(link)
    link.good = 5
  }
  await clock.advanceAsync(FOLD_MS)
  const { kind, good, invalid, score } = desk.get('192.0.2.1') ?? {}
  expect({ kind, good, invalid, score }).toEqual({
    kind: 'host',
    good: 10,
    invalid: 1,
    score: expect.closeTo(-1, 1) as number
  })
  for (const link of links) desk.closed(link)
  await desk.close()
  expect([desk.get('192.0.2.2'), clock.pending]).toEqual([undefined, 0])
})

it('T22 what an open socket has counted is in the book a few seconds later, and when it closes', async () => {
  const { clock, desk } = createDesk()
  const store = new MemoryStore()
  await desk.open(store)
  const link = createLink()
  desk.opened(link)
  link.good = 5
  await clock.advanceAsync(FOLD_MS)
  expect(await store.get(`peers/peer/${PEER}`)).toBeDefined()
  expect(desk.book.get(PEER)).toMatchObject({ good: 5, addresses: ['tcp://192.0.2.1:5'], lastSeen: 1_000 + FOLD_MS })
  link.good = 2
  expect(desk.get(PEER)?.good).toBe(7)
  link.good = 1
  desk.closed(link)
  desk.closed(link)
  expect(desk.get(PEER)?.good).toBe(8)
  await desk.close()
  expect(clock.pending).toBe(0)
})

it('a peer that did not prove who it is, or dialled us, leaves no address', () => {
  const { desk } = createDesk()
  desk.opened(createLink({ peerId: undefined }))
  expect(desk.list()).toEqual([])
  desk.opened(createLink({ inbound: true }))
  expect(desk.list()).toMatchObject([{ id: PEER, addresses: [], host: '192.0.2.1' }])
})

it('T22 a ban, its end, and what is forgotten are on the store when their promises settle', async () => {
  const { desk, told } = createDesk()
  const store = new MemoryStore()
  await desk.open(store)
  const ban = await desk.ban(PEER, { reason: 'spam' })
  expect([(await store.get(`peers/ban/${PEER}`)) !== undefined, told]).toEqual([true, ['ban']])
  const next = createDesk().desk
  await next.open(store)
  expect(next.get(PEER)?.ban).toEqual(ban)
  expect([await next.unban(PEER), await next.unban(PEER)]).toEqual([true, false])
  expect(await store.get(`peers/ban/${PEER}`)).toBeUndefined()
  next.opened(createLink())
  expect([await next.forget(PEER), await next.forget(PEER), next.list()]).toEqual([true, false, []])
  expect(await store.get(`peers/peer/${PEER}`)).toBeUndefined()
  await Promise.all([desk.close(), next.close()])
})

it('a ban that is made while the store is read takes the place of the one that is there', async () => {
  const store = new MemoryStore()
  const first = createDesk().desk
  await first.open(store)
  await first.ban(PEER, { reason: 'old' })
  const { desk } = createDesk()
  const opening = desk.open(store)
  const made = desk.ban(PEER, { reason: 'new' })
  await desk.close()
  await Promise.all([opening, made])
  expect(desk.get(PEER)?.ban?.reason).toBe('new')
})

it('T22 who was not met for limits.forgetMs is forgotten, in the store too, while no socket is open', async () => {
  const { forgetMs } = defaultConfig('server').limits
  const { clock, desk } = createDesk()
  const store = new MemoryStore()
  await desk.open(store)
  const link = createLink()
  desk.opened(link)
  desk.closed(link)
  await clock.advanceAsync(2 * FOLD_MS)
  expect([clock.pending, (await store.get(`peers/peer/${PEER}`)) !== undefined]).toEqual([0, true])
  await clock.advanceAsync(forgetMs - 2 * FOLD_MS)
  expect(desk.list()).toHaveLength(1)
  await clock.advanceAsync(PURGE_MS - 1)
  expect(desk.list()).toHaveLength(1)
  await clock.advanceAsync(1)
  expect(desk.get(PEER)).toBeUndefined()
  await clock.advanceAsync(FOLD_MS)
  expect(await store.get(`peers/peer/${PEER}`)).toBeUndefined()
  await desk.close()
})

it('limits.knownPeers that is lowered while the node runs holds at the next look for what is over', async () => {
  const limits = { ...defaultConfig('server').limits }
  const { clock, desk } = createDesk(limits)
  for (let number = 0; number < 4; number++) desk.book.note(peerIdOf(number), { host: '192.0.2.1' })
  limits.knownPeers = 3
  await clock.advanceAsync(PURGE_MS)
  expect(desk.list().map(({ id }) => id)).not.toContain(peerIdOf(0))
  expect(desk.list()).toHaveLength(3)
})

it('a store that is new is not read', async () => {
  const store = new MemoryStore()
  const read = jest.spyOn(store, 'entries')
  const { desk } = createDesk()
  await desk.open(store, { isNew: true })
  await desk.ban(PEER)
  expect([read.mock.calls, (await store.get(`peers/ban/${PEER}`)) !== undefined]).toEqual([[], true])
})

it('a store that cannot be read is told of, and not written to', async () => {
  const { desk, told } = createDesk()
  const store = new MemoryStore()
  await store.close()
  await desk.open(store)
  expect(told).toEqual(['ERR_TRUSTP2P_PEERS_UNSAVED'])
  expect((await desk.ban(PEER)).id).toBe(PEER)
  await desk.close()
})

it('T23 peers are listed so that many keys of one host, or of one IPv6 network, push nobody out', () => {
  const { clock, desk } = createDesk()
  const hosts = ['192.0.2.1', '2001:db8::1', '192.0.2.9', '192.0.2.9', '2001:db8::2', '192.0.2.9', '192.0.2.9']
  for (const [at, host] of hosts.entries()) {
    desk.reached({ host, url: `tcp://a:${at}`, inbound: false }, peerIdOf(at))
    clock.advance(1)
  }
  const places = (query: object): unknown[] => desk.list(query).map(({ addresses: [address] }) => address?.slice(-1))
  expect(places({})).toEqual(['6', '5', '4', '3', '2', '1', '0'])
  expect(places({ spread: true })).toEqual(['6', '4', '0', '5', '1', '3', '2'])
  expect(places({ spread: true, limit: 3 })).toEqual(['6', '4', '0'])
  expect(() => desk.list({ spread: 1 } as never)).toThrow(TypeError)
})
