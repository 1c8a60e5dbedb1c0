import { BanList, MOST_BANS } from '../../src/peers/ban-list'
import type { BanCause, PeerBan } from '../../src/peers/known-peer'

function banOf(id: string, by: BanCause, until = 1_000): PeerBan {
  return { id, since: 0, until, by, reason: '' }
}

it('a ban holds until its end, and not at it', () => {
  const changed: string[] = []
  const bans = new BanList((id) => changed.push(id))
  bans.add(banOf('a', 'hand'))
  expect([bans.get('a', 999)?.until, bans.get('b', 0)]).toEqual([1_000, undefined])
  expect([bans.get('a', 1_000), bans.size]).toEqual([undefined, 0])
  expect(changed).toEqual(['a', 'a'])
})

it('a later ban takes the place of the one before, whoever made them', () => {
  const bans = new BanList()
  bans.add(banOf('a', 'score', 5))
  bans.add(banOf('a', 'hand', 7))
  expect([bans.size, bans.get('a', 0)]).toEqual([1, banOf('a', 'hand', 7)])
  expect([bans.delete('a'), bans.delete('a')]).toEqual([true, false])
})

it('keeps 10,000 bans by limits, and lets the oldest go for one more, never one by hand', () => {
  const bans = new BanList()
  bans.add(banOf('kept', 'hand'))
  for (let index = 0; index < MOST_BANS; index++) bans.add(banOf(`h${index}`, 'offences'))
  expect([bans.size, bans.get('h0', 0)?.id]).toEqual([MOST_BANS + 1, 'h0'])
  bans.add(banOf('next', 'score'))
  expect([bans.size, bans.get('h0', 0), bans.get('h1', 0)?.id]).toEqual([MOST_BANS + 1, undefined, 'h1'])
  expect(bans.get('kept', 0)?.id).toBe('kept')
})

it('takes 10,000 bans by hand, and refuses one more', () => {
  const bans = new BanList()
  for (let index = 0; index < MOST_BANS; index++) bans.add(banOf(`h${index}`, 'hand'))
  expect(() => bans.add(banOf('next', 'hand'))).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_LIMIT_BANS' }))
  bans.add(banOf('h0', 'hand', 2_000))
  expect(bans.get('h0', 1_500)?.until).toBe(2_000)
})

it('bans by hand that are over leave room for others', () => {
  const bans = new BanList()
  for (let index = 0; index < MOST_BANS; index++) bans.add(banOf(`h${index}`, 'hand', index === 0 ? 999 : 1_000))
  bans.add({ ...banOf('next', 'hand', 3_000), since: 999 })
  expect([bans.size, bans.get('h0', 0), bans.get('h1', 0)?.id]).toEqual([MOST_BANS, undefined, 'h1'])
  expect(() => bans.add({ ...banOf('more', 'hand', 3_000), since: 999 })).toThrow('more is one ban too many')
})

it('T22 forgets what is over', () => {
  const bans = new BanList()
  for (const until of [1, 2, 3]) bans.add(banOf(`h${until}`, 'offences', until))
  bans.purge(2)
  expect(bans.all().map(({ id }) => id)).toEqual(['h3'])
})
