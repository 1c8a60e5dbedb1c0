import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, createServer } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { runFixture } from './child'
import { ISOLATIONS, LISTEN, QUIET, runningIn } from './pair'
import type { Isolation } from './pair'
import { closing, createProject, disposeAll, once } from './project'
import type { Project } from './project'

/** Answers with its version and how often it was asked since it was loaded. */
const counter = (version: string) => `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Counter extends Thread {
    asked = 0
    get eventMap() { return { [PackageType.REQUEST]: { count: () => ['${version}', ++this.asked] } } }
  }
`
const FILE = 'threads-available/counter.js'
const LINK = 'threads-enabled/counter.js'
const NO_HANDLER = { code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' }

afterEach(disposeAll)

interface Running {
  readonly project: Project
  readonly server: P2pNode
  /** Asks the thread as a peer. */
  ask(): Promise<unknown>
}

/** A node whose thread is available and not enabled, and its peer. */
async function start(isolation: Isolation): Promise<Running> {
  const project = createProject()
  project.write(FILE, counter('one'))
  const threads = runningIn(isolation, ['counter'])
  const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, threads }))
  const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: server.addresses }))
  const [socket] = client.sockets as [P2pSocket]
  return { project, server, ask: () => client.request(socket, 'count') }
}

describe.each(ISOLATIONS)('T6 threads of a running node, %s,', (isolation) => {
  it('are enabled by a relative link: a peer is answered once enable has settled', async () => {
    const { project, server, ask } = await start(isolation)
    await expect(ask()).rejects.toMatchObject(NO_HANDLER)
    await server.threads.enable('counter')
    expect(readlinkSync(join(project.cwd, LINK))).toBe('../threads-available/counter.js')
    await expect(ask()).resolves.toEqual(['one', 1])
    await server.threads.enable('counter')
    await expect(ask()).resolves.toEqual(['one', 2])
  })

  it('B6 know the peer id of their node', async () => {
    const { project, server, ask } = await start(isolation)
    project.write(FILE, counter('one').replace("['one', ++this.asked]", 'this.node.id'))
    await server.threads.enable('counter')
    expect(server.id).toMatch(/^[a-z1-9]{52}$/)
    await expect(ask()).resolves.toBe(server.id)
  })

  it('are disabled by removing the link: a peer gets ERR_TRUSTP2P_THREAD_NO_HANDLER once disable has settled', async () => {
    const { project, server, ask } = await start(isolation)
    await server.threads.enable('counter')
    await server.threads.disable('counter')
    await expect(ask()).rejects.toMatchObject(NO_HANDLER)
    expect([server.threads.list(), existsSync(join(project.cwd, LINK)), existsSync(join(project.cwd, FILE))]).toEqual([
      [],
      false,
      true
    ])
    await server.threads.disable('counter')
    await server.threads.enable('counter')
    await expect(ask()).resolves.toEqual(['one', 1])
  })

  it('are reloaded, changed or not: a peer meets the new version once reload has settled', async () => {
    const { project, server, ask } = await start(isolation)
    await server.threads.enable('counter')
    await expect(ask()).resolves.toEqual(['one', 1])
    await server.threads.reload('counter')
    await expect(ask()).resolves.toEqual(['one', 1])
    project.write(FILE, counter('two'))
    await server.threads.reload('counter')
    await expect(ask()).resolves.toEqual(['two', 1])
  })

  it('go on in their old version where the new one fails to load, and reload tells why', async () => {
    const { project, server, ask } = await start(isolation)
    await server.threads.enable('counter')
    await ask()
    project.write(FILE, `${counter('broken')} )`)
    await expect(server.threads.reload('counter')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_SYNTAX' })
    await expect(ask()).resolves.toEqual(['one', 2])
  })

  it('are replaced by pointing the link elsewhere', async () => {
    const { project, server, ask } = await start(isolation)
    await server.threads.enable('counter')
    project.write('threads-available/counter@2.js', counter('two'))
    const reloaded = once(server, 'thread:reloaded')
    project.retarget('counter.js', 'threads-available/counter@2.js')
    expect(await reloaded).toMatchObject([{ name: 'counter', state: 'running' }])
    await expect(ask()).resolves.toEqual(['two', 1])
  })

  it('that are real files are not deleted, and names that nothing has are refused', async () => {
    const { project, server, ask } = await start(isolation)
    const started = once(server, 'thread:started')
    project.write(LINK, counter('file'))
    await started
    await expect(server.threads.disable('counter')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NOT_A_LINK' })
    expect(lstatSync(join(project.cwd, LINK)).isFile()).toBe(true)
    await expect(ask()).resolves.toEqual(['file', 1])
    const nothing = { code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND' }
    await expect(server.threads.enable('nothing')).rejects.toMatchObject(nothing)
    await expect(server.threads.reload('nothing')).rejects.toMatchObject(nothing)
  })
})

it('T6 threads of a running node leave no listener, timer, route or memory behind, however often they are switched', async () => {
  const rounds = 40
  const result = await runFixture('switch-threads.ts', [createProject().cwd, String(rounds)], ['--expose-gc'])
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(result.stdout)).toEqual({
    answered: 2 * rounds,
    generations: 2 * rounds,
    disposed: 2 * rounds,
    listeners: 0,
    threads: [],
    handled: false,
    fewTimers: true,
    fewAlive: true
  })
}, 120_000)
