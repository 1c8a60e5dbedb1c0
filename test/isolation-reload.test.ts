import { connect } from 'node:net'
import { createClient, createServer, errorCode } from 'trustp2p'
import type { ConfigInput, P2pNode, P2pSocket } from 'trustp2p'
import { ISOLATIONS, LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, once } from './project'
import type { Project } from './project'

afterEach(disposeAll)

const FILE = 'threads-available/chat.js'

/** Counts over its versions, or for itself alone. */
const chat = (version: string, more = '') => `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Chat extends Thread {
    static manifest = { isolation: 'worker', ${more.includes('exclusive') ? 'exclusive: true' : ''} }
    asked = 0
    ${more.replace('exclusive', '')}
    get eventMap() {
      return {
        [PackageType.REQUEST]: {
          count: () => ['${version}', ++this.asked],
          slow: async () => { await new Promise((resolve) => this.setTimeout(resolve, 30)); return '${version}' },
          config: () => this.config
        }
      }
    }
  }
`
const KEEPS = 'snapshot() { return { asked: this.asked } } restore({ asked }) { this.asked = asked }'

async function start(
  text: string,
  threads: ConfigInput['threads'] = {}
): Promise<{ project: Project; server: P2pNode; ask(event: string): Promise<unknown> }> {
  const project = createProject()
  project.thread('chat.js', text)
  const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, threads }))
  const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: server.addresses }))
  const [socket] = client.sockets as [P2pSocket]
  return { project, server, ask: (event) => client.request(socket, event) }
}

/** Asks again and again until the work has settled: every answer is that of the version. */
async function answeredBy(
  version: string,
  ask: (event: string) => Promise<unknown>,
  work: Promise<unknown>
): Promise<void> {
  let settled = false
  void work.catch(() => undefined).then(() => (settled = true))
  while (!settled) expect(await ask('count')).toEqual([version, expect.any(Number)])
}

const MODULE = "const { Thread, PackageType } = require('trustp2p')"

const NEVER = 'new Promise(() => undefined)'
const FLOATS = `start() { Promise.reject(new Error('no')); return ${NEVER} }`

/** Versions that fail: what is before the class, what is in it, and the code. */
const FAILING: readonly (readonly [what: string, head: string, more: string, code: string])[] = [
  ['loops in its module', `${MODULE}; for (;;);`, '', 'ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT'],
  ['exits in its module', `${MODULE}; process.exit(1)`, '', 'ERR_TRUSTP2P_THREAD_LOAD_FAILED'],
  ['throws in its module', `${MODULE}; throw new Error('no')`, '', 'ERR_TRUSTP2P_THREAD_LOAD_FAILED'],
  [
    'throws in its constructor',
    MODULE,
    "a = (() => { throw new Error('no') })()",
    'ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED'
  ],
  ['loops in its constructor', MODULE, 'a = (() => { for (;;); })()', 'ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED'],
  ['throws in start()', MODULE, "start() { throw new Error('no') }", 'ERR_TRUSTP2P_THREAD_START_FAILED'],
  ['never ends its start()', MODULE, `start() { return ${NEVER} }`, 'ERR_TRUSTP2P_THREAD_START_TIMEOUT'],
  ['throws in restore()', MODULE, "restore() { throw new Error('no') }", 'ERR_TRUSTP2P_THREAD_RESTORE_FAILED']
]

/** What only a worker contains, or, of what floats, a process of its own: see containment.test.ts. */
const FAILING_IN_WORKERS: typeof FAILING = [
  ['loops in start()', MODULE, 'start() { for (;;); }', 'ERR_TRUSTP2P_THREAD_START_TIMEOUT'],
  ['exits in start()', MODULE, 'start() { process.exit(1) }', 'ERR_TRUSTP2P_THREAD_CRASHED'],
  ['leaves something floating in start()', MODULE, FLOATS, 'ERR_TRUSTP2P_THREAD_CRASHED']
]

describe.each(ISOLATIONS)('U2 a new version of a thread that runs %s,', (isolation) => {
  const cases = isolation === 'inline' ? FAILING : [...FAILING, ...FAILING_IN_WORKERS]

  it.each(cases)('that %s never takes over: the old one answers throughout, with its count', async (...given) => {
    const [, head, more, code] = given
    const { project, server, ask } = await start(chat('one', KEEPS), { chat: { isolation, startTimeoutMs: 1_500 } })
    await ask('count')
    project.replace(FILE, chat('two', `${KEEPS}; ${more}`).replace(MODULE, head))
    const reloaded = server.threads.reload('chat')
    await answeredBy('one', ask, reloaded)
    await expect(reloaded).rejects.toMatchObject({ code })
    const [, count] = (await ask('count')) as [string, number]
    expect(count).toBeGreaterThan(2)
    expect(server.threads.list()).toMatchObject([{ state: 'running', isolation, restarts: 0 }])
  })
})

describe.each(ISOLATIONS)('U2 a thread that runs %s is replaced,', (isolation) => {
  const settings = { chat: { isolation } }

  it('without losing a call: the version that took a request answers it', async () => {
    const { project, server, ask } = await start(chat('one'), settings)
    const slow = ask('slow')
    await ask('count')
    project.replace(FILE, chat('two'))
    await server.threads.reload('chat')
    await expect(slow).resolves.toBe('one')
    await expect(ask('count')).resolves.toEqual(['two', 1])
  })

  it('when its file is saved, and goes on where the file is broken', async () => {
    const { project, server, ask } = await start(chat('one'), settings)
    const reloaded = once(server, 'thread:reloaded')
    project.replace(FILE, chat('two'))
    await reloaded
    await expect(ask('count')).resolves.toEqual(['two', 1])
    const failed = once(server, 'thread:failed')
    project.replace(FILE, `${chat('three')} )`)
    expect(await failed).toMatchObject([{ error: { code: 'ERR_TRUSTP2P_THREAD_SYNTAX' }, state: 'running' }])
    await expect(ask('count')).resolves.toEqual(['two', 2])
  })

  it('with its state', async () => {
    const { project, server, ask } = await start(chat('one', KEEPS), settings)
    await ask('count')
    project.replace(FILE, chat('two', KEEPS))
    await server.threads.reload('chat')
    await expect(ask('count')).resolves.toEqual(['two', 2])
  })

  it('one after the other where it is exclusive; what was stopped is back where the next one fails', async () => {
    const { project, server, ask } = await start(chat('one', `exclusive ${KEEPS}`), settings)
    await ask('count')
    project.replace(FILE, chat('two', `exclusive ${KEEPS} start() { throw new Error('no') }`))
    await expect(server.threads.reload('chat')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_START_FAILED' })
    await expect(ask('count')).resolves.toEqual(['one', 2])
    project.replace(FILE, chat('three', `exclusive ${KEEPS}`))
    await server.threads.reload('chat')
    await expect(ask('count')).resolves.toEqual(['three', 3])
  })
})

it('U4 a thread in a worker is replaced by one that runs in the node, and back, as the manifest says', async () => {
  const { project, server, ask } = await start(chat('one'))
  project.replace(FILE, chat('two').replace("'worker'", "'inline'"))
  await server.threads.reload('chat')
  expect(server.threads.list()).toMatchObject([{ isolation: 'inline' }])
  project.replace(FILE, chat('three'))
  await server.threads.reload('chat')
  expect(server.threads.list()).toMatchObject([{ isolation: 'worker' }])
  await expect(ask('count')).resolves.toEqual(['three', 1])
})

it('T6 nothing of a thread in a worker stays behind: what it left open goes with its worker', async () => {
  const leaves = `start() {
    this.port = new Promise((resolve) => {
      const server = require('node:net').createServer().listen(0, '127.0.0.1', () => resolve(server.address().port))
    })
    require('node:timers').setInterval(() => undefined, 1e6)
    process.on('leaked', () => this)
  }
  openPort() { return this.port }`
  const { server } = await start(chat('one', leaves))
  const port = Number(await server.threads.get('chat')['openPort']?.())
  expect(await dial(port)).toBe('connected')
  await server.threads.disable('chat')
  expect([server.threads.list(), await dial(port)]).toEqual([[], 'ECONNREFUSED'])
})

/** What comes of connecting to a port. */
function dial(port: number): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve('connected')
    })
    socket.on('error', (error) => resolve(errorCode(error)))
  })
}

describe('U4 where a thread runs', () => {
  it('is what the configuration says, before the manifest', async () => {
    const { server } = await start(chat('one'), { chat: { isolation: 'inline' } })
    expect(server.threads.list()).toMatchObject([{ isolation: 'inline', state: 'running' }])
  })

  it('ends with it: a worker that was disabled is gone, its callers are answered', async () => {
    const { server, ask } = await start(chat('one'))
    const slow = ask('slow')
    await ask('count')
    await server.threads.disable('chat')
    await expect(slow).resolves.toBe('one')
    await expect(ask('count')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
    expect(server.threads.list()).toEqual([])
  })
})
