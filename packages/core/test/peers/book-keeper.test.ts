import { ManualClock } from '@trustp2p/testing'
import { defaultConfig } from '../../src/config/defaults'
import type { P2pError } from '../../src/errors'
import { BookKeeper, CHANGES_AT_ONCE, WAITING_CHANGES } from '../../src/peers/book-keeper'
import { PeerBook } from '../../src/peers/peer-book'
import { MemoryStore } from '../../src/store'
import type { StoreChange } from '../../src/store'
import { peerIdOf } from './peer-ids'

const PEER = peerIdOf(0)
const KEY = `peers/ban/${PEER}`

/** Counts its writes, and fails where it is told to. */
class WatchedStore extends MemoryStore {
  readonly sizes: number[] = []
  fails = false

  override write(changes: readonly StoreChange[]): Promise<void> {
    this.sizes.push(changes.length)
    return this.fails ? Promise.reject(new Error('no room')) : super.write(changes)
  }
}

function createKeeper(store = new WatchedStore()) {
  const failures: P2pError[] = []
  const clock = new ManualClock(1_000)
  const book: PeerBook = new PeerBook(clock, defaultConfig('server').limits, (key) => keeper.mark(key))
  const keeper = new BookKeeper(store, book, (error) => failures.push(error))
  return { store, clock, book, keeper, failures }
}

async function keysOf(store: MemoryStore): Promise<string[]> {
  const keys: string[] = []
  for await (const [key] of store.entries('')) keys.push(key)
  return keys
}

it('T22 what is written is there for the next book, what is removed is not', async () => {
  const { store, book, keeper } = createKeeper()
  book.ban(PEER, { reason: 'spam' })
  book.note(PEER, { host: '192.0.2.1' }, 3)
  book.ban('192.0.2.2')
  book.unban('192.0.2.2')
  expect(keeper.isBehind).toBe(true)
  await keeper.write()
  expect([keeper.isBehind, await keysOf(store)]).toEqual([false, [KEY, `peers/peer/${PEER}`]])
  const next = createKeeper(store)
  await next.keeper.load()
  expect([next.book.list(), next.keeper.isBehind]).toEqual([book.list(), false])
})

it('what is over, or is nothing of ours, is removed after it was read', async () => {
  const { store, clock, book, keeper } = createKeeper()
  book.ban(PEER, { ms: 10 })
  await keeper.write()
  await store.write([{ key: 'peers/nonsense', value: Uint8Array.of(1) }])
  await store.write([{ key: 'threads/other', value: Uint8Array.of(1) }])
  clock.advance(10)
  const next = createKeeper(store)
  next.clock.advance(10)
  await next.keeper.load()
  await next.keeper.write()
  expect(await keysOf(store)).toEqual(['threads/other'])
})

it('one write has 2,000 changes at most, and the next has the others', async () => {
  const { store, keeper } = createKeeper()
  for (let index = 0; index <= CHANGES_AT_ONCE; index++) keeper.mark(`peers/host/${index}`)
  await keeper.write()
  expect([store.sizes, keeper.isBehind]).toEqual([[CHANGES_AT_ONCE], true])
  await keeper.close()
  expect(store.sizes).toEqual([CHANGES_AT_ONCE, 1])
})

it('50,000 changes wait, and one more does not', async () => {
  const { store, keeper } = createKeeper()
  for (let index = 0; index <= WAITING_CHANGES; index++) keeper.mark(`peers/host/${index}`)
  await keeper.close()
  expect(store.sizes.reduce((sum, size) => sum + size)).toBe(WAITING_CHANGES)
})

it('a store that fails is told of once, what waits stays, and is written when it works again', async () => {
  const { store, book, keeper, failures } = createKeeper()
  store.fails = true
  book.note(PEER, { host: '192.0.2.1' })
  for (let count = 0; count < 3; count++) await keeper.write()
  expect(failures.map(({ code }) => code)).toEqual(['ERR_TRUSTP2P_PEERS_UNSAVED'])
  await expect(keeper.writeNow([KEY])).rejects.toThrow('no room')
  await keeper.close()
  store.fails = false
  await keeper.close()
  expect([keeper.isBehind, await keysOf(store)]).toEqual([false, [`peers/peer/${PEER}`]])
})
