import { describeStore } from '@trustp2p/testing'
import { P2pError } from '../src/errors'
import { NodeStore } from '../src/node-store'
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

describeStore({
  name: 'the store of a node',
  open: () =>
    Promise.resolve(new NodeStore({ opener: openerOf(() => Promise.resolve(new MemoryStore())), onFailure: failed })),
  lasts: false
})

const value = Uint8Array.of(1)

it('is opened once, when something is asked of it', async () => {
  const opener = openerOf(() => Promise.resolve(new MemoryStore()))
  const store = new NodeStore({ opener, onFailure: failed })
  expect([store.place, opener.opens]).toEqual(['kept', 0])
  await Promise.all([store.get('a'), store.write([{ key: 'a', value }])])
  expect([store.place, opener.opens, await store.get('a')]).toEqual(['kept', 1, value])
})

it('is closed with what was opened, and opens nothing after it', async () => {
  const inner = new MemoryStore()
  const opener = openerOf(() => Promise.resolve(inner))
  const store = new NodeStore({ opener, onFailure: failed })
  const writing = store.write([{ key: 'a', value }])
  await store.close()
  await writing
  const code = 'ERR_TRUSTP2P_STORE_CLOSED'
  await expect(inner.get('a')).rejects.toMatchObject({ code })
  await expect(store.get('a')).rejects.toMatchObject({ code })
  const unused = openerOf(() => Promise.resolve(new MemoryStore()))
  const other = new NodeStore({ opener: unused, onFailure: failed })
  await other.close()
  await expect(other.get('a')).rejects.toMatchObject({ code })
  expect(unused.opens).toBe(0)
})

it.each([
  ['without an opener', undefined],
  ['where no package is found', { package: undefined, open: () => Promise.reject(new Error('never asked')) }]
])('is in memory %s, and tells no failure', async (_what, opener) => {
  const store = new NodeStore({ opener, onFailure: failed })
  await store.write([{ key: 'a', value }])
  expect([store.place, await store.get('a')]).toEqual(['memory', value])
})

it.each([
  [new P2pError('ERR_TRUSTP2P_STORE_LOCKED', 'is open already'), 'ERR_TRUSTP2P_STORE_LOCKED'],
  [Object.assign(new Error('is odd'), { code: 'EODD' }), 'ERR_TRUSTP2P_STORE_FAILED']
])('is in memory where opening it fails with %s, which is told once', async (cause, code) => {
  const failures: P2pError[] = []
  const opener = openerOf(() => Promise.reject(cause))
  const store = new NodeStore({ opener, onFailure: (error) => failures.push(error) })
  await store.write([{ key: 'a', value }])
  expect([store.place, await store.get('a'), opener.opens]).toEqual(['memory', value, 1])
  expect(failures).toEqual([expect.objectContaining({ code, cause })])
  expect(failures[0]?.message).toBe(`${cause.message}; until it is started again the node remembers in memory alone`)
})

it('is new as long as nothing was kept, or asked of it', async () => {
  const open = (): Promise<MemoryStore> => Promise.resolve(new MemoryStore())
  const storeOf = (isNew?: boolean): NodeStore => {
    const opener = { ...openerOf(open), ...(isNew !== undefined && { isNew: () => Promise.resolve(isNew) }) }
    return new NodeStore({ opener, onFailure: failed })
  }
  expect(await Promise.all([true, false, undefined].map((isNew) => storeOf(isNew).isNew()))).toEqual([
    true,
    false,
    false
  ])
  expect(await new NodeStore({ opener: undefined, onFailure: failed }).isNew()).toBe(true)
  const used = storeOf(true)
  await used.get('a')
  expect(await used.isNew()).toBe(false)
})
