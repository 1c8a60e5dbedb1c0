import { HostTable } from '../../src/peers/host-table'

const HOUR_MS = 3_600_000
const BAD = '192.0.2.1'

function createTable(limits: { offencesPerHour?: number; knownPeers?: number } = {}) {
  return new HostTable({ offencesPerHour: 3, knownPeers: 100, ...limits })
}

it('T22 limits.offencesPerHour of 3 lets three pass, and not a fourth', () => {
  const hosts = createTable()
  expect([1, 2, 3, 4, 5].map(() => hosts.blame(BAD, 0))).toEqual([false, false, false, true, true])
  expect(hosts.get(BAD)).toMatchObject({ invalid: 5, owed: 3 })
})

it('T22 forgives one offence each third of an hour', () => {
  const hosts = createTable()
  const blame = (now: number): boolean => hosts.blame(BAD, now)
  expect([blame(0), blame(0), blame(0)]).toEqual([false, false, false])
  expect([blame(HOUR_MS / 3), blame(HOUR_MS / 3)]).toEqual([false, true])
  expect(hosts.owed(BAD, HOUR_MS / 3 + HOUR_MS)).toBe(0)
})

it('T22 good events of a host count once it is on record, and buy nothing', () => {
  const hosts = createTable()
  hosts.credit(BAD, 5)
  expect(hosts.size).toBe(0)
  for (let count = 0; count < 3; count++) hosts.blame(BAD, 0)
  hosts.blame('192.0.2.2', 0)
  hosts.credit(BAD, 100_000)
  hosts.credit(BAD, 1)
  expect(hosts.get(BAD)).toMatchObject({ good: 100_001, invalid: 3, owed: 3 })
  expect(hosts.entries().map(([id]) => id)).toEqual([BAD, '192.0.2.2'])
  expect(hosts.blame(BAD, 0)).toBe(true)
  expect(hosts.get(BAD)).toMatchObject({ good: 100_001, invalid: 4 })
})

it('a clock that was set back forgives nothing', () => {
  const hosts = createTable()
  for (let count = 0; count < 3; count++) hosts.blame(BAD, HOUR_MS)
  expect(hosts.blame(BAD, 0)).toBe(true)
})

it('limits.knownPeers of 2 keeps two hosts; for a third one goes that owes nothing any more', () => {
  const hosts = createTable({ knownPeers: 2 })
  hosts.blame('a', 0)
  hosts.blame('b', 1)
  expect(hosts.size).toBe(2)
  hosts.blame('c', HOUR_MS)
  expect(hosts.entries().map(([id]) => id)).toEqual(['b', 'c'])
})

it('where every host owes something, newcomers share one record, and nobody is forgotten', () => {
  const hosts = createTable({ knownPeers: 2, offencesPerHour: 2 })
  for (const id of ['a', 'b']) hosts.blame(id, 0)
  expect(['c', 'd', 'e'].map((id) => hosts.blame(id, 0))).toEqual([false, false, true])
  expect(hosts.entries().map(([id]) => id)).toEqual(['a', 'b'])
})

it('T22 forgets hosts whose latest offence is long ago, and those it is told to', () => {
  const hosts = createTable()
  for (const [now, id] of ['a', 'b', 'c'].entries()) hosts.blame(id, now)
  hosts.purge(101, 100)
  expect(hosts.entries().map(([id]) => id)).toEqual(['b', 'c'])
  expect([hosts.delete('b'), hosts.delete('b')]).toEqual([true, false])
  hosts.pardon('c')
  expect([hosts.owed('c', 2), hosts.get('c')?.invalid]).toEqual([0, 1])
})

it('limits.knownPeers of 2 holds for what is taken from a store too: of three the one whose offence is longest ago goes', () => {
  for (const [knownPeers, left] of [
    [3, ['b', 'c', 'a']],
    [2, ['c', 'a']]
  ] as const) {
    const gone: string[] = []
    const hosts = new HostTable({ offencesPerHour: 3, knownPeers }, (id) => gone.push(id))
    for (const [id, lastSeen] of Object.entries({ a: 3, b: 1, c: 2 })) {
      hosts.set(id, { firstSeen: 0, lastSeen, good: 0, invalid: 1, owed: 1 })
    }
    gone.length = 0
    hosts.sort()
    expect([hosts.entries().map(([id]) => id), gone]).toEqual([left, knownPeers === 2 ? ['b'] : []])
  }
})
