import { ADDRESSES_OF_A_PEER, LONGEST_ADDRESS, PeerTable } from '../../src/peers/peer-table'
import type { PeerTableLimits } from '../../src/peers/peer-table'

const LIMITS: PeerTableLimits = { knownPeers: 3, forgetMs: 1_000, scoreHalfLifeMs: 3_600_000 }
const HOST = { host: '192.0.2.1' }

function createTable(limits: Partial<PeerTableLimits> = {}) {
  const changed: string[] = []
  return { changed, table: new PeerTable({ ...LIMITS, ...limits }, (id) => changed.push(id)) }
}

it('T22 counts what comes from a peer, and remembers when and where it was met', () => {
  const { table, changed } = createTable()
  table.note('a', { ...HOST, address: 'tcp://192.0.2.1:1' }, { now: 10 })
  table.note('a', { host: '192.0.2.2' }, { good: 3, now: 20 })
  table.note('a', { host: '192.0.2.2' }, { invalid: 1, now: 20 })
  expect(table.get('a')).toMatchObject({
    addresses: ['tcp://192.0.2.1:1'],
    host: '192.0.2.2',
    firstSeen: 10,
    lastSeen: 20,
    good: 3,
    invalid: 1
  })
  expect([table.score('a', 20), table.score('b', 20), changed]).toEqual([0.003 - 1, 0, ['a', 'a', 'a']])
})

it('limits.knownPeers of 3 keeps three, and forgets who was met longest ago for a fourth', () => {
  const { table } = createTable()
  for (const [now, id] of ['a', 'b', 'c'].entries()) table.note(id, HOST, { now })
  table.note('a', HOST, { now: 3 })
  expect(table.size).toBe(3)
  table.note('d', HOST, { now: 4 })
  expect([table.size, table.get('b'), table.get('a')?.lastSeen]).toEqual([3, undefined, 3])
})

it('strangers push out each other, and not a peer that was reached', () => {
  const { table } = createTable()
  table.note('reached', { ...HOST, address: 'tcp://192.0.2.1:1' }, { now: 0 })
  for (let now = 1; now < 10; now++) table.note(`s${now}`, HOST, { now })
  expect([...table.entries().map(([id]) => id)].sort()).toEqual(['reached', 's8', 's9'])
  for (let now = 10; now < 13; now++) table.note(`r${now}`, { ...HOST, address: 'tcp://192.0.2.1:1' }, { now })
  expect(table.entries().map(([id]) => id)).toEqual(['r10', 'r11', 'r12'])
})

it('8 addresses of a peer are remembered, and the one used longest ago is forgotten for a ninth', () => {
  const { table } = createTable()
  const note = (address: string): void => table.note('a', { ...HOST, address }, { now: 0 })
  for (let index = 0; index < ADDRESSES_OF_A_PEER; index++) note(`tcp://h:${index}`)
  note('tcp://h:0')
  expect(table.get('a')?.addresses).toHaveLength(ADDRESSES_OF_A_PEER)
  note('tcp://h:8')
  const addresses = table.get('a')?.addresses ?? []
  expect([addresses.length, addresses[0], addresses[1]]).toEqual([ADDRESSES_OF_A_PEER, 'tcp://h:8', 'tcp://h:0'])
  expect(addresses).not.toContain('tcp://h:1')
})

it('an address of 1,000 characters is remembered, and no longer one', () => {
  const { table } = createTable()
  for (const length of [LONGEST_ADDRESS, LONGEST_ADDRESS + 1]) {
    table.note('a', { ...HOST, address: 'x'.repeat(length) }, { now: 0 })
  }
  expect(table.get('a')?.addresses.map(({ length }) => length)).toEqual([LONGEST_ADDRESS])
})

it('T22 limits.forgetMs of 1,000 forgets who was not met for longer', () => {
  const { table } = createTable()
  table.note('old', HOST, { now: 0 })
  table.note('young', HOST, { now: 1 })
  table.purge(1_001)
  expect(table.entries().map(([id]) => id)).toEqual(['young'])
})

it('T22 limits.scoreHalfLifeMs is the time after which what a peer did counts half', () => {
  const { table } = createTable({ scoreHalfLifeMs: 100 })
  table.note('a', HOST, { invalid: 4, now: 0 })
  expect([0, 100, 200].map((now) => table.score('a', now))).toEqual([-4, -2, -1])
  expect(table.get('a')?.invalid).toBe(4)
  table.pardon('a')
  expect(table.score('a', 0)).toBe(0)
})

it('who was met longest ago is known again once records were restored in another order', () => {
  const { table } = createTable()
  for (const [id, now] of [
    ['b', 2],
    ['a', 1],
    ['c', 3]
  ] as const)
    table.note(id, HOST, { now })
  table.sort()
  table.note('d', HOST, { now: 4 })
  expect(table.entries().map(([id]) => id)).toEqual(['b', 'c', 'd'])
})

it('limits.knownPeers of 2 holds for what is taken from a store too: who was met longest ago goes, of strangers first', () => {
  for (const [knownPeers, gone] of [
    [3, []],
    [2, ['z']],
    [1, ['z', 'b']]
  ] as const) {
    const { table } = createTable()
    table.note('z', HOST, { now: 1 })
    table.note('a', { ...HOST, address: 'tcp://192.0.2.1:1' }, { now: 0 })
    table.note('b', HOST, { now: 2 })
    const { table: next, changed } = createTable({ knownPeers })
    for (const [id, record] of table.entries().sort()) next.set(id, record)
    changed.length = 0
    next.sort()
    expect([next.size, changed]).toEqual([knownPeers, gone])
  }
})
