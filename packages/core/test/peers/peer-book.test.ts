import { ManualClock } from '@trustp2p/testing'
import { defaultConfig } from '../../src/config/defaults'
import type { LimitsConfig } from '../../src/config/config'
import { LONGEST_BAN_MS, LONGEST_REASON } from '../../src/peers/ban-reason'
import { LONGEST_PAGE } from '../../src/peers/book-pages'
import { PeerBook } from '../../src/peers/peer-book'
import { peerIdOf } from './peer-ids'

const BAD = '192.0.2.1'
const PEER = peerIdOf(0)
const MEETING = { host: BAD }
/** Far from 0, so that times before it exist. */
const START = 1_700_000_000_000

function createBook(limits: Partial<LimitsConfig> = {}) {
  const clock = new ManualClock(START)
  const keys: string[] = []
  const book = new PeerBook(clock, { ...defaultConfig('server').limits, ...limits }, (key) => keys.push(key))
  return { clock, book, keys }
}

describe('hosts', () => {
  it('T22 limits.offencesPerHour of 3 bans at the fourth offence, for limits.banMs', () => {
    const { clock, book } = createBook({ offencesPerHour: 3, banMs: 1000 })
    expect([1, 2, 3, 4, 5].map(() => book.blameHost(BAD))).toEqual([false, false, false, true, false])
    const ban = {
      id: BAD,
      since: START,
      until: START + 1000,
      by: 'offences',
      reason: 'more than 3 offences in an hour'
    }
    expect([book.banOfHost(BAD), book.banOfHost('192.0.2.2')]).toEqual([ban, undefined])
    clock.advance(999)
    expect(book.banOfHost(BAD)).toEqual(ban)
    clock.advance(1)
    expect(book.banOfHost(BAD)).toBeUndefined()
  })

  it('an IPv6 network counts as one, and comes in again when asked, its offences forgiven', () => {
    const { book } = createBook({ offencesPerHour: 1 })
    expect([book.blameHost('2001:db8:1:2::1'), book.blameHost('2001:db8:1:2::2')]).toEqual([false, true])
    expect(book.banOfHost('2001:db8:1:2:3:4:5:6')?.id).toBe('2001:db8:1:2::/64')
    expect([book.unban('2001:db8:1:2::9'), book.unban('2001:db8:1:2::9')]).toEqual([true, false])
    expect([book.banOfHost('2001:db8:1:2::1'), book.blameHost('2001:db8:1:2::1')]).toEqual([undefined, false])
  })

  it('limits.offencesPerHour of 0 never bans, and nobody bans what has no address', () => {
    const [never, one] = [createBook({ offencesPerHour: 0 }).book, createBook({ offencesPerHour: 1 }).book]
    expect([1, 2, 3].some(() => never.blameHost(BAD) || one.blameHost('unix'))).toBe(false)
  })
})

describe('scores', () => {
  it('limits.refuseScore of -2 refuses a peer at its second offence, and lets it in again after a while', () => {
    const { clock, book } = createBook({ refuseScore: -2, banScore: 0, scoreHalfLifeMs: 1000 })
    expect([book.blamePeer(PEER, MEETING), book.objectionTo(PEER)]).toEqual([undefined, undefined])
    expect([book.blamePeer(PEER, MEETING), book.objectionTo(PEER)]).toEqual(['refused', { score: -2 }])
    expect(book.blamePeer(PEER, MEETING)).toBeUndefined()
    clock.advance(1000)
    expect(book.objectionTo(PEER)).toBeUndefined()
  })

  it('limits.banScore of -3 bans a peer at its third offence, for limits.banMs', () => {
    const { clock, book } = createBook({ refuseScore: 0, banScore: -3, banMs: 1000 })
    expect([1, 2, 3, 4].map(() => book.blamePeer(PEER, MEETING))).toEqual([undefined, undefined, 'banned', undefined])
    expect(book.objectionTo(PEER)).toEqual({
      ban: { id: PEER, since: START, until: START + 1000, by: 'score', reason: 'its score was -3.0' }
    })
    clock.advance(1000)
    expect(book.objectionTo(PEER)).toBeUndefined()
  })

  it('0 switches them off, and what was good counts against what was not', () => {
    const { book } = createBook({ refuseScore: 0, banScore: 0 })
    for (let count = 0; count < 100; count++) expect(book.blamePeer(PEER, MEETING)).toBeUndefined()
    expect(book.objectionTo(PEER)).toBeUndefined()
    const strict = createBook({ refuseScore: -1, banScore: 0 }).book
    strict.note(PEER, MEETING, 1_000)
    expect([strict.blamePeer(PEER, MEETING), strict.blamePeer(PEER, MEETING)]).toEqual([undefined, 'refused'])
  })
})

describe('bans by hand', () => {
  it('hold for a peer and for a host until they end, or are ended', () => {
    const { clock, book } = createBook()
    expect(book.ban(PEER, { ms: 1000, reason: 'spam' })).toEqual({
      ...{ id: PEER, since: START, until: START + 1000 },
      ...{ by: 'hand', reason: 'spam' }
    })
    expect(book.objectionTo(PEER)).toMatchObject({ ban: { reason: 'spam' } })
    book.ban(BAD, { ms: 2000 })
    clock.advance(1000)
    expect([book.objectionTo(PEER), book.banOfHost(BAD)?.reason]).toEqual([undefined, ''])
    expect([book.unban(BAD), book.unban(BAD), book.banOfHost(BAD)]).toEqual([true, false, undefined])
  })

  it('last limits.banMs where nothing else is said, and at most 100 years', () => {
    const { book } = createBook({ banMs: 5 })
    expect(book.ban(PEER).until).toBe(START + 5)
    expect(book.ban(PEER, { ms: LONGEST_BAN_MS }).until).toBe(START + LONGEST_BAN_MS)
    for (const ms of [0, 1.5, LONGEST_BAN_MS + 1, NaN]) expect(() => book.ban(PEER, { ms })).toThrow(RangeError)
  })

  it('take a reason of 200 characters, and no longer one', () => {
    const { book } = createBook()
    expect(book.ban(PEER, { reason: 'x'.repeat(LONGEST_REASON) }).reason).toHaveLength(LONGEST_REASON)
    expect(() => book.ban(PEER, { reason: 'x'.repeat(LONGEST_REASON + 1) })).toThrow(RangeError)
    expect(() => book.ban('example.org')).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_RULE_INVALID' }))
  })
})

describe('what is known', () => {
  it('T22 lists peers and hosts, those met last first, with their counts, scores and bans', () => {
    const { clock, book } = createBook({ offencesPerHour: 5 })
    book.note(PEER, { host: BAD, address: 'tcp://192.0.2.1:1' }, 2_000)
    clock.advance(10)
    book.blameHost(BAD)
    const ban = book.ban(peerIdOf(1))
    expect(book.list()).toEqual([
      {
        ...{ id: BAD, kind: 'host', addresses: [], host: BAD, firstSeen: START + 10, lastSeen: START + 10 },
        ...{ good: 0, invalid: 1, score: -1 }
      },
      {
        ...{ id: PEER, kind: 'peer', addresses: ['tcp://192.0.2.1:1'], host: BAD, firstSeen: START, lastSeen: START },
        ...{ good: 2_000, invalid: 0, score: expect.closeTo(2, 3) as number }
      },
      { id: peerIdOf(1), kind: 'peer', addresses: [], good: 0, invalid: 0, score: 0, ban }
    ])
    expect(book.get(BAD)).toEqual(book.list()[0])
    expect(book.get('192.0.2.9')).toBeUndefined()
  })

  it('is forgotten when asked, ban and all', () => {
    const { book } = createBook()
    book.note(PEER, MEETING)
    book.ban(PEER)
    expect([book.forget(PEER), book.forget(PEER), book.list()]).toEqual([true, false, []])
  })

  it('T22 is forgotten after limits.forgetMs, and bans once they are over', () => {
    const { clock, book } = createBook({ forgetMs: 1000, offencesPerHour: 5 })
    book.note(PEER, MEETING)
    book.blameHost(BAD)
    book.ban(peerIdOf(1), { ms: 1000 })
    clock.advance(1000)
    book.purge()
    expect(book.list().map(({ id }) => id)).toEqual([PEER, BAD])
    clock.advance(1)
    book.purge()
    expect(book.list()).toEqual([])
  })
})

/** What is kept of a host, as a text of so many letters. */
function hostPage(length: number): string {
  return '{"firstSeen":1,"lastSeen":1,"good":0,"invalid":1,"owed":0}'.padEnd(length)
}

describe('pages', () => {
  it('T22 another book takes what one has written, and knows the same', () => {
    const { book, keys } = createBook({ offencesPerHour: 1 })
    book.note(PEER, { host: BAD, address: 'tcp://192.0.2.1:1' }, 7)
    while (!book.blameHost(BAD));
    book.ban(peerIdOf(1), { reason: 'spam' })
    const pages = [...new Set(keys)].map((key) => [key, book.page(key)] as const)
    expect(pages.map(([key]) => key.split('/', 2)[1]).sort()).toEqual(['ban', 'ban', 'host', 'peer'])
    const { book: other } = createBook({ offencesPerHour: 1 })
    for (const [key, page] of pages) expect(page !== undefined && other.restore(key, page)).toBe(true)
    other.settle()
    expect(other.list()).toEqual(book.list())
    expect(other.banOfHost(BAD)?.by).toBe('offences')
  })

  it('a ban that is over is not taken, and a record that is gone has no page', () => {
    const { clock, book, keys } = createBook()
    book.ban(PEER, { ms: 10 })
    const page = book.page(`peers/ban/${PEER}`)
    clock.advance(10)
    expect(page !== undefined && book.restore(`peers/ban/${PEER}`, page)).toBe(false)
    expect([book.page(`peers/ban/${PEER}`), book.page('elsewhere'), keys.length]).toEqual([undefined, undefined, 2])
  })

  it.each([
    ['peers/peer/nobody', '{}'],
    [`peers/peer/${PEER}`, '{}'],
    [`peers/peer/${PEER}`, 'no JSON'],
    [`peers/peer/${PEER}`, '{"addresses":["a",1],"host":""}'],
    [`peers/ban/${PEER}`, '{"since":1,"until":9e15,"by":"nobody","reason":""}'],
    [`peers/ban/${PEER}`, `{"since":1,"until":9e15,"by":"hand","reason":"${'x'.repeat(201)}"}`],
    ['peers/ban/example.org', '{"since":1,"until":9e15,"by":"hand","reason":""}'],
    ['peers/host/192.0.2.1', '{"firstSeen":1,"lastSeen":1,"good":0,"invalid":-1,"owed":0}'],
    ['peers/host/192.0.2.1', '{"firstSeen":1,"lastSeen":1,"good":"1","invalid":1,"owed":0}'],
    ['peers/other/192.0.2.1', '{}'],
    ['peers/host/192.0.2.1', hostPage(LONGEST_PAGE + 1)]
  ])('%s does not hold %.60s', (key, text) => {
    const { book } = createBook()
    expect(book.restore(key, new TextEncoder().encode(text))).toBe(false)
    expect(book.list()).toEqual([])
  })

  it('may have 64 KiB', () => {
    const page = new TextEncoder().encode(hostPage(LONGEST_PAGE))
    expect(createBook().book.restore('peers/host/192.0.2.1', page)).toBe(true)
  })
})
