import { describeStore, ManualClock } from '@trustp2p/testing'
import { P2pError } from '../src/errors'
import { NodeStore, STORE_OPEN_MS } from '../src/node-store'
import type { NodeStoreOptions } from '../src/node-store'
import { MemoryStore } from '../src/store'

const failed = (error: P2pError): never => {
  throw error
}

function openerOf(
  open: () => Promise<MemoryStore>,
  name: string | undefined = 'kept'
): { opens: number; package: string | undefined; open: () => Promise<MemoryStore> } {
  const opener = {
    opens: 0,
    package: name,
    open: () => {
      opener.opens++
      return open()
    }
  }
  return opener
}

function createStore(opener: NodeStoreOptions['opener'], options: Partial<NodeStoreOptions> = {}): NodeStore {
  return new NodeStore({ clock: new ManualClock(), opener, onFailure: failed, ...options })
}

describeStore({
  name: 'the store of a node',
  open: () => Promise.resolve(createStore(openerOf(() => Promise.resolve(new MemoryStore())))),
  lasts: false
})

const value = Uint8Array.of(1)

it('is opened once, when something is asked of it', async () => {
  const opener = openerOf(() => Promise.resolve(new MemoryStore()))
  const store = createStore(opener)
  expect([store.place, opener.opens]).toEqual(['kept', 0])
  await Promise.all([store.get('a'), store.write([{ key: 'a', value }])])
  expect([store.place, opener.opens, await store.get('a')]).toEqual(['kept', 1, value])
})

it('is closed with what was opened, and opens nothing after it', async () => {
  const inner = new MemoryStore()
  const opener = openerOf(() => Promise.resolve(inner))
  const store = createStore(opener)
  const writing = store.write([{ key: 'a', value }])
  await store.close()
  await writing
  const code = 'ERR_TRUSTP2P_STORE_CLOSED'
  await expect(inner.get('a')).rejects.toMatchObject({ code })
  await expect(store.get('a')).rejects.toMatchObject({ code })
  const unused = openerOf(() => Promise.resolve(new MemoryStore()))
  const other = createStore(unused)
  await other.close()
  await expect(other.get('a')).rejects.toMatchObject({ code })
  expect(unused.opens).toBe(0)
})

it.each([
  ['without an opener', undefined],
  ['where no package is found', { package: undefined, open: () => Promise.reject(new Error('never asked')) }]
])('is in memory %s, and tells no failure', async (_what, opener) => {
  const store = createStore(opener)
  await store.write([{ key: 'a', value }])
  expect([store.place, await store.get('a')]).toEqual(['memory', value])
})

it.each([
  [new P2pError('ERR_TRUSTP2P_STORE_LOCKED', 'is open already'), 'ERR_TRUSTP2P_STORE_LOCKED'],
  [Object.assign(new Error('is odd'), { code: 'EODD' }), 'ERR_TRUSTP2P_STORE_FAILED']
])('is in memory where opening it fails with %s, which is told once', async (cause, code) => {
  const failures: P2pError[] = []
  const opener = openerOf(() => Promise.reject(cause))
  const store = createStore(opener, { onFailure: (error) => failures.push(error) })
  await store.write([{ key: 'a', value }])
  expect([store.place, await store.get('a'), opener.opens]).toEqual(['memory', value, 1])
  expect(failures).toEqual([expect.objectContaining({ code, cause })])
  expect(failures[0]?.message).toBe(`${cause.message}; until it is started again the node remembers in memory alone`)
})

it('is new as long as nothing was kept, or asked of it', async () => {
  const open = (): Promise<MemoryStore> => Promise.resolve(new MemoryStore())
  const storeOf = (isNew?: boolean): NodeStore => {
    const opener = { ...openerOf(open), ...(isNew !== undefined && { isNew: () => Promise.resolve(isNew) }) }
    return createStore(opener)
  }
  expect(await Promise.all([true, false, undefined].map((isNew) => storeOf(isNew).isNew()))).toEqual([
    true,
    false,
    false
  ])
  expect(await createStore(undefined).isNew()).toBe(true)
  const used = storeOf(true)
  await used.get('a')
  expect(await used.isNew()).toBe(false)
})

it('a write that follows the opening overtakes none that waited for it, and is copied by the store itself', async () => {
  const inner = new MemoryStore()
  const write = jest.spyOn(inner, 'write')
  const store = createStore(openerOf(() => Promise.resolve(inner)))
  const [first, second] = [
    { key: 'a', value },
    { key: 'a', value: Uint8Array.of(2) }
  ]
  const early = store.write([first])
  await store.get('b')
  const changes = [second]
  await Promise.all([early, store.write(changes)])
  expect(write.mock.calls.map(([given]) => given)).toEqual([[first], [second]])
  expect([write.mock.calls[0]?.[0][0] === first, write.mock.calls[1]?.[0] === changes]).toEqual([false, true])
  expect(await store.get('a')).toEqual(second.value)
})

it('is in memory where opening it takes longer than 30 s; one that opens after that is closed', async () => {
  for (const lateMs of [0, 1]) {
    const clock = new ManualClock()
    const inner = new MemoryStore()
    const failures: P2pError[] = []
    let open: (store: MemoryStore) => void = () => undefined
    const opener = openerOf(() => new Promise((resolve) => (open = resolve)))
    const store = createStore(opener, { clock, onFailure: (error) => failures.push(error) })
    const written = store.write([{ key: 'a', value }])
    await clock.advanceAsync(STORE_OPEN_MS - 1 + lateMs)
    open(inner)
    await written
    expect([store.place, await store.get('a'), clock.pending]).toEqual([lateMs === 0 ? 'kept' : 'memory', value, 0])
    expect(failures.map(({ code }) => code)).toEqual(lateMs === 0 ? [] : ['ERR_TRUSTP2P_STORE_TIMEOUT'])
    if (lateMs === 0) expect(await inner.get('a')).toEqual(value)
    else await expect(inner.get('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_STORE_CLOSED' })
  }
})

it("the failure of a store that is late already is nobody's", async () => {
  const clock = new ManualClock()
  const failures: P2pError[] = []
  let fail: (cause: Error) => void = () => undefined
  const opener = openerOf(() => new Promise((_resolve, reject) => (fail = reject)))
  const store = createStore(opener, { clock, onFailure: (error) => failures.push(error) })
  const read = store.get('a')
  await clock.advanceAsync(STORE_OPEN_MS)
  fail(new Error('too late'))
  expect([await read, failures.length, clock.pending]).toEqual([undefined, 1, 0])
})
