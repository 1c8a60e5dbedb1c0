import { MemoryStore } from '../../src/store'
import type { Store } from '../../src/store'
import { StoreSpaces } from '../../src/thread/store-spaces'
import { createThreadStore } from '../../src/thread/thread-store'
import type { ThreadStore } from '../../src/thread/thread-store'

const ENTRY_BYTES = 64

function storeOf(spaces: StoreSpaces, thread = 'one'): ThreadStore {
  return createThreadStore(spaces.of(thread), 64)
}

async function list(store: ThreadStore, prefix?: string, options?: object): Promise<[string, unknown][]> {
  const found: [string, unknown][] = []
  for await (const entry of store.entries(prefix, options)) found.push(entry)
  return found
}

it('keeps JSON values under keys that only the thread has', async () => {
  const spaces = new StoreSpaces(new MemoryStore(), { threadStoreBytes: Infinity })
  const [one, other, longer] = [storeOf(spaces), storeOf(spaces, 'other'), storeOf(spaces, 'one.more')]
  await one.put('a', { b: [1, null, 'ü'] })
  await other.put('a', 2)
  await longer.put('a', 3)
  expect([await one.get('a'), await other.get('a'), await one.get('b')]).toEqual([{ b: [1, null, 'ü'] }, 2, undefined])
  await one.delete('a')
  await one.delete('never')
  expect([await list(one), await list(other)]).toEqual([[], [['a', 2]]])
})

it('gives entries in order, of a prefix, behind a key, so many, over many pages', async () => {
  const store = storeOf(new StoreSpaces(new MemoryStore(), { threadStoreBytes: Infinity }))
  const keys = Array.from({ length: 250 }, (_, number) => `k${String(number).padStart(3, '0')}`)
  await Promise.all([...keys, 'a', 'l'].map((key) => store.put(key, key)))
  expect((await list(store, 'k')).map(([key]) => key)).toEqual(keys)
  expect(await list(store, 'k', { after: 'k247' })).toEqual([
    ['k248', 'k248'],
    ['k249', 'k249']
  ])
  expect((await list(store, 'k', { limit: 200 })).map(([key]) => key)).toEqual(keys.slice(0, 200))
  expect(await list(store, '', { limit: 1 })).toEqual([['a', 'a']])
})

it('gives large values in pages of their own', async () => {
  const store = storeOf(new StoreSpaces(new MemoryStore(), { threadStoreBytes: Infinity }))
  const large = 'x'.repeat(300_000)
  for (const key of ['a', 'b', 'c']) await store.put(key, large)
  expect((await list(store)).map(([key, value]) => [key, String(value).length])).toEqual([
    ['a', 300_000],
    ['b', 300_000],
    ['c', 300_000]
  ])
})

it.each([
  ['undefined', undefined],
  ['bytes', new Uint8Array(1)],
  ['a BigInt', 1n],
  ['NaN', NaN]
])('refuses %s as a value', async (_what, value) => {
  await expect(
    storeOf(new StoreSpaces(new MemoryStore(), { threadStoreBytes: Infinity })).put('a', value)
  ).rejects.toThrow(TypeError)
})

it('refuses keys and values that no store takes', async () => {
  const store = storeOf(new StoreSpaces(new MemoryStore(), { threadStoreBytes: Infinity }))
  await expect(store.get('')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_STORE_KEY_INVALID' })
  await expect(store.put('k'.repeat(1025), 1)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_STORE_KEY_INVALID' })
  await expect(store.put('k', 'x'.repeat(1024 * 1024))).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_STORE_TOO_LARGE' })
})

it('takes keys of 1,024 bytes, less those of thread/<name>/, and no longer ones', async () => {
  const store = storeOf(new StoreSpaces(new MemoryStore(), { threadStoreBytes: Infinity }))
  const longest = 'k'.repeat(1024 - 'thread/one/'.length)
  await store.put(longest, 1)
  expect(await store.get(longest)).toBe(1)
  for (const asked of [store.put(`${longest}k`, 1), store.get(`${longest}k`), store.delete(`${longest}k`)]) {
    await expect(asked).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_STORE_KEY_INVALID' })
  }
})

describe('limits.threadStoreBytes', () => {
  // "1234" is 6 bytes as JSON.
  const entry = 1 + 6 + ENTRY_BYTES

  it('is what a thread keeps at most, and not a byte more; another thread has its own', async () => {
    const spaces = new StoreSpaces(new MemoryStore(), { threadStoreBytes: 2 * entry })
    const store = storeOf(spaces)
    await Promise.all([store.put('a', '1234'), store.put('b', '1234')])
    const refused = { code: 'ERR_TRUSTP2P_STORE_QUOTA', details: { thread: 'one' } }
    await expect(store.put('b', '12345')).rejects.toMatchObject(refused)
    await expect(store.put('c', 1)).rejects.toMatchObject(refused)
    expect(await list(store)).toEqual([
      ['a', '1234'],
      ['b', '1234']
    ])
    await storeOf(spaces, 'other').put('a', '1234')
    await store.delete('a')
    await store.put('c', '1234')
  })

  it('counts what was there before, and lets it become less where it is too much', async () => {
    const inner = new MemoryStore()
    await storeOf(new StoreSpaces(inner, { threadStoreBytes: Infinity })).put('a', 'x'.repeat(1000))
    const store = storeOf(new StoreSpaces(inner, { threadStoreBytes: 500 }))
    await expect(store.put('b', 1)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_STORE_QUOTA' })
    await store.put('a', 'x'.repeat(600))
    await store.put('a', 'x'.repeat(300))
    await store.put('b', 1)
  })

  it('counts nothing that was not written', async () => {
    const inner = new MemoryStore()
    let isFull = true
    const failing: Store = {
      get: (key) => inner.get(key),
      entries: (prefix, options) => inner.entries(prefix, options),
      close: () => inner.close(),
      write: (changes) => (isFull ? Promise.reject(new Error('full')) : inner.write(changes))
    }
    const store = storeOf(new StoreSpaces(failing, { threadStoreBytes: entry }))
    await expect(store.put('a', '1234')).rejects.toThrow('full')
    isFull = false
    await store.put('b', '1234')
  })
})
