import { createClient, createServer } from 'trustp2p'
import type { ConfigInput, P2pNode, P2pSocket, ThreadInfo } from 'trustp2p'
import { LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, once } from './project'
import type { Project } from './project'

afterEach(disposeAll)

/** Does what a request asks, or answers. */
const HOSTILE = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Hostile extends Thread {
    static manifest = { isolation: 'worker', restart: { firstMs: 1 } }
    get eventMap() {
      return {
        [PackageType.REQUEST]: {
          ping: () => 'pong',
          never: () => new Promise(() => undefined),
          patch: () => { Array.prototype.map = () => { throw new Error('patched') }; globalThis.setTimeout = undefined; process.env.PATCHED = 'yes'; return null },
          throws: () => new Promise(() => { setImmediate(() => process.nextTick(() => { throw new Error('thrown') })) }),
          rejects: () => { Promise.reject(new TypeError('floating')); return new Promise(() => undefined) },
          exits: () => process.exit(7),
          loops: () => { for (;;); },
          loopsLater: async () => { await null; for (;;); },
          fills: () => { const held = []; for (;;) held.push(new Array(1000).fill(held.length)) },
          forges: () => {
            const { parentPort, workerData } = require('node:worker_threads')
            parentPort.postMessage({ items: [{ kind: 'talk' }], count: 1, bytes: 0, took: 0, tookBytes: 0 })
            const compile = { kind: 'compile', id: 1, request: null }
            const failed = { kind: 'failed', error: { name: 'x', message: 'y', errors: 1 } }
            for (const item of [null, 1, {}, failed, compile, { ...compile, blocked: {} }, { kind: 'note', key: 1, print: null }])
              workerData.loading.postMessage(item)
            return 'sent'
          },
          forgesItems: () => {
            const { MessagePort } = require('node:worker_threads')
            const { postMessage } = MessagePort.prototype
            const error = { name: 'x', message: 'y' }
            error.cause = error
            MessagePort.prototype.postMessage = function (message) {
              Reflect.apply(postMessage, this, [{ ...message, items: [{ kind: 'failed', id: 1, error }] }])
            }
          }
        }
      }
    }
  }
`
const CALM = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Calm extends Thread { get eventMap() { return { [PackageType.REQUEST]: { calm: () => 'calm' } } } }
`

/** Tries to send past its manifest, by what its worker posts. */
const SNEAKY = `
  const { MessagePort } = require('node:worker_threads')
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Sneaky extends Thread {
    static manifest = { isolation: 'worker', sends: [] }
    get eventMap() { return { [PackageType.REQUEST]: { sneak: (socket) => this.sneak(socket) } } }
    sneak(socket) {
      const { postMessage } = MessagePort.prototype
      const talk = { kind: 'talk', socket: socket.id, event: 'secret', body: '1', type: PackageType.TALK }
      MessagePort.prototype.postMessage = function (message, transfer) {
        MessagePort.prototype.postMessage = postMessage
        const items = message.items.map((item) => (item.kind === 'log' ? talk : item))
        this.postMessage({ ...message, items }, transfer)
      }
      this.log.info({}, 'goes as something else')
      return 'sneaked'
    }
  }
`

/** Takes hold of its ports, and sends what a request names. */
const FORGER = `
  const { Thread, PackageType } = require('trustp2p')
  const { MessagePort, workerData } = require('node:worker_threads')
  const { postMessage } = MessagePort.prototype
  const { loading } = workerData
  let line
  MessagePort.prototype.postMessage = function (...values) {
    if (this !== loading) line = this
    return postMessage.apply(this, values)
  }
  const endless = { name: 'Error', message: 'no' }
  endless.cause = endless
  const errors = [null, { name: 'Error', message: 'no', errors: 5 }, { name: 'Error', message: 'no', cause: null }, endless]
  const toLine = (...items) => postMessage.call(line, { items, count: 0, bytes: 0, took: 0, tookBytes: 0 })
  const ids = Array.from({ length: 50 }, (_, id) => id)
  const forgeries = {
    nothing: () => undefined,
    failed: () => errors.forEach((error) => ids.forEach((id) => toLine({ kind: 'failed', id, error }))),
    failure: () => errors.forEach((error) => toLine({ kind: 'failure', where: 'here', error })),
    log: () => errors.forEach((error) => toLine({ kind: 'log', level: 'error', fields: {}, text: 'no', error })),
    flood: () => toLine(...ids.map((id) => ({ kind: 'ask', id: -id, thread: 'calm', method: 'none', values: [] }))),
    loading: () => {
      for (const item of [null, 7, {}, { kind: 'failed', error: null }, { kind: 'note', key: 5, print: {} }]) postMessage.call(loading, item)
      for (const blocked of [null, {}, { port: 1, flag: 2 }, { port: {}, flag: new Int32Array(0) }])
        postMessage.call(loading, { kind: 'compile', id: 1, request: { text: '', language: 'js', format: 'detect' }, blocked })
      postMessage.call(loading, { kind: 'compile', id: 1, request: null })
    }
  }
  module.exports = class Forger extends Thread {
    static manifest = { restart: { firstMs: 1 } }
    get eventMap() {
      return { [PackageType.REQUEST]: { forge: async (socket, { body }) => { await null; forgeries[body](); return 'sent' } } }
    }
  }
`

interface Running {
  readonly project: Project
  readonly server: P2pNode
  ask(event: string, body?: unknown): Promise<unknown>
}

async function start(
  threads: Readonly<Record<string, string>>,
  settings: ConfigInput['threads'] = {}
): Promise<Running> {
  const project = createProject()
  for (const [file, text] of Object.entries(threads)) project.thread(file, text)
  const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, threads: settings }))
  const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: server.addresses }))
  const [socket] = client.sockets as [P2pSocket]
  return { project, server, ask: (event, body) => client.request(socket, event, body) }
}

/** Asks the calm thread again and again until \`work\` has settled; gives its longest answer, in ms. */
async function beside(work: Promise<unknown>, ask: Running['ask']): Promise<number> {
  let settled = false
  let longest = 0
  void work.catch(() => undefined).then(() => (settled = true))
  while (!settled) {
    const askedAt = performance.now()
    expect(await ask('calm')).toBe('calm')
    longest = Math.max(longest, performance.now() - askedAt)
  }
  return longest
}

describe('U4 a thread in a worker', () => {
  it.each([
    ['throws', 'thrown; await it, or catch what it throws', 'code after an await'],
    ['rejects', 'floating; await it, or catch what it throws', 'code after an await'],
    ['exits', 'it called process.exit(7); throw an error instead', "the handler of REQUEST 'exits'"],
    ['loops', 'more than worker.hangMs, 300 ms', "the handler of REQUEST 'loops'"],
    ['loopsLater', 'more than worker.hangMs, 300 ms', "while it ran REQUEST 'never', REQUEST 'loopsLater'"],
    ['fills', 'its heap was full, 32 MiB; hold less, or raise worker.heapMb', "the handler of REQUEST 'fills'"],
    ['forgesItems', 'the worker sent what no thread sends, and was ended', '']
  ])(
    'that %s is told of, its callers are answered, and it is back; the others answer throughout',
    async (event, why, where) => {
      const worker = { heapMb: 32, hangMs: event.startsWith('loops') ? 300 : 30_000 }
      const { server, ask } = await start({ 'hostile.js': HOSTILE, 'calm.js': CALM }, { hostile: { worker } })
      const failed = once(server, 'thread:failed')
      const back = once(server, 'thread:started')
      const inFlight = ask('never').catch((error: unknown) => error)
      const asked = ask(event)
      await beside(asked, ask)
      const gone = { code: 'ERR_TRUSTP2P_THREAD_CRASHED', message: 'the thread hostile ended before it answered' }
      await expect(asked).rejects.toMatchObject(gone)
      expect(await inFlight).toMatchObject(gone)
      const [{ error }] = (await failed) as [ThreadInfo]
      expect(error).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_CRASHED', details: { thread: 'hostile' } })
      expect(error?.message).toContain('threads-available/hostile.js')
      expect(error?.message).toContain(why)
      expect(error?.message).toContain(where)
      await back
      await expect(ask('ping')).resolves.toBe('pong')
    }
  )

  it('keeps what it patches to itself, and cannot speak past its line', async () => {
    const { server, ask } = await start({ 'hostile.js': HOSTILE, 'calm.js': CALM })
    await ask('patch')
    expect([[1].map((one) => one + 1), typeof setTimeout, process.env['PATCHED']]).toEqual([[2], 'function', undefined])
    await expect(ask('forges')).resolves.toBe('sent')
    await expect(ask('calm')).resolves.toBe('calm')
    await server.threads.reload('hostile')
    await expect(ask('forges')).resolves.toBe('sent')
  })

  it('U6 sends nothing that its manifest does not declare, whatever it posts', async () => {
    const { server, ask } = await start({ 'sneaky.js': SNEAKY })
    const warned = once(server, 'warning')
    await expect(ask('sneak')).resolves.toBe('sneaked')
    expect(await warned).toMatchObject([{ code: 'ERR_TRUSTP2P_THREAD_EVENT_UNDECLARED' }])
    await expect(ask('sneak')).resolves.toBe('sneaked')
  })

  it.each([
    ['failed', 'the worker sent what no thread sends, and was ended'],
    ['failure', 'the worker sent what no thread sends, and was ended'],
    ['log', 'the worker sent more than it may, and was ended'],
    ['flood', 'the worker sent more than it may, and was ended']
  ])('that forges what its worker sends (%s) is ended, and is back', async (forgery, why) => {
    const { server, ask } = await start({ 'forger.js': FORGER, 'calm.js': CALM }, { forger: { isolation: 'worker' } })
    await expect(ask('forge', 'nothing')).resolves.toBe('sent')
    const failed = once(server, 'thread:failed')
    const back = once(server, 'thread:started')
    await ask('forge', forgery).catch(() => undefined)
    const [{ error }] = (await failed) as [ThreadInfo]
    expect(error).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_CRASHED', details: { reason: 'broken' } })
    expect(error?.message).toContain(why)
    await back
    await expect(ask('calm')).resolves.toBe('calm')
  })

  it('forges what its loader sends in vain', async () => {
    const { ask } = await start({ 'forger.js': FORGER, 'calm.js': CALM }, { forger: { isolation: 'worker' } })
    await expect(ask('forge', 'loading')).resolves.toBe('sent')
    await expect(ask('calm')).resolves.toBe('calm')
  })

  it('is given up where it crashes too often', async () => {
    const { server, ask } = await start({ 'hostile.js': HOSTILE }, { hostile: { restart: { most: 0 } } })
    const moved = once(server, 'thread:state', ({ to }: { to: string }) => to === 'quarantined')
    await ask('exits').catch(() => undefined)
    await moved
    expect(server.threads.list()).toMatchObject([
      { state: 'quarantined', error: { code: 'ERR_TRUSTP2P_THREAD_QUARANTINED' } }
    ])
  })

  it('may loop for as long as it likes where hangMs is 0, and is ended with its node', async () => {
    const { server, ask } = await start(
      { 'hostile.js': HOSTILE, 'calm.js': CALM },
      { hostile: { worker: { hangMs: 0 }, stopTimeoutMs: 50, drainTimeoutMs: 0 } }
    )
    const looping = ask('loops').catch((error: unknown) => error)
    await expect(ask('calm')).resolves.toBe('calm')
    await server.close()
    expect(await looping).toMatchObject({ code: expect.stringMatching('^ERR_TRUSTP2P_') })
  })

  it.each([
    ['whose module loops', 'for (;;);', 'ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT', 'did not end within startTimeoutMs'],
    ['whose module exits', 'process.exit(1)', 'ERR_TRUSTP2P_THREAD_LOAD_FAILED', 'it called process.exit(1)'],
    ['whose module throws', "throw new Error('no')", 'ERR_TRUSTP2P_THREAD_LOAD_FAILED', 'no'],
    ['with a syntax error', 'class {', 'ERR_TRUSTP2P_THREAD_SYNTAX', 'syntax error'],
    ['that exports nothing', '', 'ERR_TRUSTP2P_THREAD_NO_CLASS', 'the module exports no class'],
    [
      'with a wrong manifest',
      "exports.A = class A { static manifest = { isolaton: 'worker' } }",
      'ERR_TRUSTP2P_THREAD_MANIFEST_INVALID',
      "'isolaton'"
    ],
    [
      'whose constructor loops',
      'exports.A = class A { constructor() { for (;;); } }',
      'ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED',
      'the constructor did not end within startTimeoutMs'
    ],
    [
      'whose constructor throws',
      "exports.A = class A { constructor() { throw new Error('no seat') } }",
      'ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED',
      'no seat'
    ],
    [
      'that handles what its manifest does not declare (U6)',
      "exports.A = class A { static manifest = { handles: { REQUEST: ['chat/*'] } }; get eventMap() { return { 30: { other: () => 1 } } } }",
      'ERR_TRUSTP2P_THREAD_EVENT_MAP_INVALID',
      "'other'"
    ],
    [
      'without events',
      'exports.A = class A { get eventMap() { return {} } }',
      'ERR_TRUSTP2P_THREAD_EVENT_MAP_EMPTY',
      'no event'
    ]
  ])('%s does not run, and its report says why', async (_what, text, code, why) => {
    const settings = { isolation: 'worker', startTimeoutMs: 1_500 } as const
    const { server, ask } = await start({ 'broken.js': text, 'calm.js': CALM }, { broken: settings })
    await expect(ask('calm')).resolves.toBe('calm')
    const [broken] = server.threads.list()
    expect(broken).toMatchObject({ name: 'broken', state: 'failed', error: { code } })
    expect(broken?.error?.message).toContain(why)
    expect(broken?.error?.message).toContain('broken.js')
  })
})

describe('U4 a thread whose own static manifest says worker', () => {
  const WORKER =
    "exports.A = class A { static manifest = { isolation: 'worker' }; get eventMap() { return { 30: { where: () => require('node:worker_threads').isMainThread } } } }"

  it.each([
    ['loops', 'for (;;);', 'ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT'],
    ['exits', 'process.exit(1)', 'ERR_TRUSTP2P_THREAD_LOAD_FAILED']
  ])('and whose module %s hinders no node that starts', async (_what, text, code) => {
    const { server, ask } = await start(
      { 'broken.js': `${text}\n${WORKER}`, 'calm.js': CALM },
      { broken: { startTimeoutMs: 1_500 } }
    )
    await expect(ask('calm')).resolves.toBe('calm')
    expect(server.threads.list()[0]).toMatchObject({ name: 'broken', state: 'failed', error: { code } })
  })

  it('never runs a line of its module in the node', async () => {
    const { server, ask } = await start({ 'apart.js': `globalThis.ranApart = true\n${WORKER}` })
    await expect(ask('where')).resolves.toBe(false)
    expect(server.threads.list()).toMatchObject([{ state: 'running', isolation: 'worker' }])
    expect(globalThis).not.toHaveProperty('ranApart')
  })
})

describe('U4 a new version of an inline thread', () => {
  const settings = { startTimeoutMs: 1_500 }

  it.each([
    ['loops in its module', `for (;;);\n${CALM}`, 'ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT'],
    ['exits in its module', `process.exit(1)\n${CALM}`, 'ERR_TRUSTP2P_THREAD_LOAD_FAILED'],
    [
      'loops in its constructor',
      CALM.replace('get eventMap', 'constructor() { super(); for (;;); } get eventMap'),
      'ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED'
    ]
  ])('that %s never reaches a node that serves: the old one answers throughout', async (_what, text, code) => {
    const { project, server, ask } = await start({ 'calm.js': CALM }, { calm: settings })
    project.replace('threads-available/calm.js', text)
    const reloaded = server.threads.reload('calm')
    await beside(reloaded, ask)
    await expect(reloaded).rejects.toMatchObject({ code })
    await expect(ask('calm')).resolves.toBe('calm')
    expect(server.threads.list()).toMatchObject([{ state: 'running', isolation: 'inline' }])
  })

  it('goes to the worker that it was tried in where its manifest says so, and comes back', async () => {
    const { project, server, ask } = await start({ 'calm.js': CALM })
    project.replace(
      'threads-available/calm.js',
      CALM.replace('get eventMap', "static manifest = { isolation: 'worker' }; get eventMap")
    )
    await server.threads.reload('calm')
    expect(server.threads.list()).toMatchObject([{ state: 'running', isolation: 'worker' }])
    await expect(ask('calm')).resolves.toBe('calm')
    project.replace('threads-available/calm.js', CALM)
    await server.threads.reload('calm')
    expect(server.threads.list()).toMatchObject([{ state: 'running', isolation: 'inline' }])
    await expect(ask('calm')).resolves.toBe('calm')
  })
})
