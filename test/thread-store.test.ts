import { createInterface } from 'node:readline'
import { createMemoryLog } from '@trustp2p/testing'
import { createClient, createServer } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { LISTEN, QUIET } from './pair'
import { startFixture } from './child'
import { closing, createProject, disposeAll } from './project'
import type { Project } from './project'

/** Does with its store what it is asked, and gives what came of it. */
const KEEPER = `
import { PackageType, Thread } from 'trustp2p'
export default class Keeper extends Thread {
  early = this.store.get('early')
  get eventMap() {
    return { [PackageType.REQUEST]: { store: this.onStore, keys: this.onKeys, early: async () => (await this.early) ?? null } }
  }
  async onStore(socket, { body: [method, ...values] }) {
    return (await this.store[method](...values)) ?? null
  }
  async onKeys(socket, { body: [prefix, options] }) {
    const keys = []
    for await (const [key, value] of this.store.entries(prefix ?? undefined, options)) keys.push([key, value])
    return keys
  }
}
`

afterEach(disposeAll)

function createKeepers(): Project {
  const project = createProject()
  project.thread('keeper.mjs', KEEPER)
  project.thread('other.mjs', KEEPER.replaceAll(/(store|keys|early): /g, `'other-$1': `))
  return project
}

type Ask = (event: string, ...values: unknown[]) => Promise<unknown>

async function connectTo(server: P2pNode): Promise<Ask> {
  const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: server.addresses }))
  const [socket] = client.sockets
  if (socket === undefined) throw new Error('no socket')
  return (event, ...values) => client.request(socket, event, values)
}

describe.each(['inline', 'worker'] as const)('this.store of a thread with isolation: %s', (isolation) => {
  const threads = { keeper: { isolation }, other: { isolation } }
  const limits = { threadStoreBytes: 1000 }

  it('keeps, gives, lists and removes values that other threads do not see', async () => {
    const server = await closing(createServer({ cwd: createKeepers().cwd, ...LISTEN, threads }))
    const ask = await connectTo(server)
    await ask('store', 'put', 'a/1', { deep: [1, 'ü'] })
    await ask('store', 'put', 'a/2', null)
    await ask('store', 'put', 'b', false)
    await ask('other-store', 'put', 'a/1', 'of another')
    expect(await ask('store', 'get', 'a/1')).toEqual({ deep: [1, 'ü'] })
    expect(await ask('keys', 'a/')).toEqual([
      ['a/1', { deep: [1, 'ü'] }],
      ['a/2', null]
    ])
    expect(await ask('keys', null, { after: 'a/1', limit: 1 })).toEqual([['a/2', null]])
    await ask('store', 'delete', 'a/1')
    expect([await ask('store', 'get', 'a/1'), await ask('other-store', 'get', 'a/1')]).toEqual([null, 'of another'])
  })

  it('rejects with codes', async () => {
    const server = await closing(createServer({ cwd: createKeepers().cwd, ...LISTEN, threads, limits }))
    const ask = await connectTo(server)
    const rejects = (code: string, ...values: unknown[]): Promise<void> =>
      expect(ask('store', ...values)).rejects.toMatchObject({ code })
    await rejects('ERR_TRUSTP2P_STORE_KEY_INVALID', 'put', '', 1)
    await rejects('ERR_TRUSTP2P_STORE_QUOTA', 'put', 'a', 'x'.repeat(1000))
    await rejects('ERR_TRUSTP2P_THREAD_HANDLER_FAILED', 'get', 1)
    await rejects('ERR_TRUSTP2P_THREAD_HANDLER_FAILED', 'put', 'a')
    await ask('store', 'put', 'a', 'x'.repeat(1000 - 64 - 1 - 2))
  })

  it('outlasts a reload of the thread, and a restart of the node', async () => {
    const project = createKeepers()
    const server = await createServer({ cwd: project.cwd, ...LISTEN, threads })
    const ask = await connectTo(server)
    expect(server.status().store).toBe('@trustp2p/store')
    await ask('store', 'put', 'early', 1)
    await server.threads.reload('keeper')
    expect(await ask('early')).toBe(1)
    await ask('store', 'put', 'late', 2)
    await server.close()
    const again = await connectTo(await closing(createServer({ cwd: project.cwd, ...LISTEN, threads })))
    expect([await again('early'), await again('store', 'get', 'late')]).toEqual([1, 2])
  })
})

it('a node whose store is false remembers in memory', async () => {
  const { cwd } = createKeepers()
  const server = await createServer({ cwd, ...LISTEN, store: false })
  const ask = await connectTo(server)
  await ask('store', 'put', 'a', 1)
  expect([await ask('store', 'get', 'a'), server.status().store]).toEqual([1, 'memory'])
  await server.close()
  const again = await connectTo(await closing(createServer({ cwd, ...LISTEN })))
  expect(await again('store', 'get', 'a')).toBeNull()
})

it('a node whose store cannot be opened warns, and remembers in memory', async () => {
  const { cwd } = createKeepers()
  const first = await connectTo(await closing(createServer({ cwd, ...LISTEN })))
  await first('store', 'put', 'a', 1)
  const log = createMemoryLog()
  const server = await closing(createServer({ cwd, ...LISTEN, logger: log }))
  const ask = await connectTo(server)
  await ask('store', 'put', 'a', 2)
  expect([await ask('store', 'get', 'a'), await first('store', 'get', 'a')]).toEqual([2, 1])
  expect(server.status().store).toBe('memory')
  expect(server.explain({ about: 'ERR_TRUSTP2P_STORE_LOCKED' })).toMatchObject([
    { stage: 'start', text: expect.stringMatching(/is open already.*the node remembers in memory alone$/) as string }
  ])
  expect(log.lines.filter(({ level }) => level === 'warn')).toMatchObject([
    { fields: { code: 'ERR_TRUSTP2P_STORE_LOCKED' } }
  ])
})

it('a node that was killed has what its threads put', async () => {
  const project = createKeepers()
  const child = startFixture('server.ts', [project.cwd])
  const ended = new Promise((resolve) => child.once('close', resolve))
  const address = await new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve))
  const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: [address] }))
  const [socket] = client.sockets
  if (socket === undefined) throw new Error('no socket')
  for (let number = 0; number < 20; number++) await client.request(socket, 'store', ['put', `k${number}`, number])
  child.kill('SIGKILL')
  await ended
  const again = await connectTo(await closing(createServer({ cwd: project.cwd, ...LISTEN })))
  expect(await again('keys', 'k')).toHaveLength(20)
})
