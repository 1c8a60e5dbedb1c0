import * as fs from 'node:fs'
import { once } from 'node:events'
import { connect, createServer as createNetServer } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '../../../src/create'
import { frameHeader } from '../../../src/host/control/frame-splitter'
import { StateHolder, killHolders } from '../state-holder'
import { createThreadList } from '../../../src/thread/thread-list'
import { CP2pPackage, PackageType } from '../../../src/wire/package'
import { removeProjects, TemporaryProject } from '../temporary-project'
import { closeAll, connectTo, startNode } from './nodes'

jest.setTimeout(60_000)
jest.mock('node:os', () => {
  const real = jest.requireActual<{ tmpdir: () => string }>('node:os')
  return { ...real, tmpdir: jest.fn(real.tmpdir) }
})

const THREAD = `
  module.exports = class {
    seen = []
    get eventMap() { return { 30: { ask: () => 'answered', seen: () => this.seen } } }
    onSocketConnection() { this.seen.push('connection') }
    onSocketClose() { this.seen.push('close') }
    onSocketError() { this.seen.push('error') }
  }`

let project: TemporaryProject
let cwd: string
let state: string

beforeEach(() => {
  project = new TemporaryProject()
  cwd = project.cwd
  state = project.path('.trustp2p/server')
})

afterEach(async () => {
  await closeAll()
  await killHolders()
  removeProjects()
})

const raws: Socket[] = []
afterEach(() => {
  for (const raw of raws.splice(0)) raw.destroy()
})

/** A bare stream to the control socket. */
async function knockRaw(path = join(state, 'control.sock')): Promise<Socket> {
  const raw = connect(path)
  raws.push(raw)
  raw.on('error', () => undefined)
  raw.resume()
  await once(raw, 'connect')
  return raw
}

function packed(fields: Partial<Parameters<typeof CP2pPackage.encode>[0]>): Buffer {
  const bytes = CP2pPackage.encode({ type: PackageType.REQUEST, event: 'control/status', body: null, ...fields })
  return Buffer.concat([frameHeader(bytes.length), bytes])
}

describe('the control socket', () => {
  it('answers with the state of its node, and is gone with it', async () => {
    project.thread('a.js', THREAD)
    const node = await startNode(cwd, { limits: { frameBytes: 1000 } })
    expect((fs.statSync(join(state, 'control.sock')).mode & 0o777).toString(8)).toBe('600')
    const client = await connectTo(cwd)
    const status = await client.status()
    expect(status).toMatchObject({
      name: 'server',
      state: 'running',
      pid: process.pid,
      cwd,
      addresses: node.addresses,
      connect: [],
      threads: [{ name: 'a', state: 'running', handlers: 2 }],
      openSockets: 0,
      sockets: []
    })
    await node.close()
    await client.closed
    await expect(client.status()).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_SOCKET_CLOSED',
      message: expect.stringContaining('the node server has closed the connection')
    })
    await expect(connectTo(cwd)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_CONTROL_NOT_RUNNING' })
    expect(fs.readdirSync(state)).toEqual([])
  })

  it('is not there unless it is asked for, nor is a state folder', async () => {
    await startNode(cwd, { control: false })
    expect(fs.readdirSync(cwd)).toEqual([])
  })

  it('switches threads, and answers when the node shows it', async () => {
    project.write('threads-available/a.js', THREAD)
    const node = await startNode(cwd)
    const client = await connectTo(cwd)
    expect(await client.enableThread('a')).toMatchObject({ changed: true, thread: { name: 'a', state: 'running' } })
    expect(node.threads.list()).toMatchObject([{ name: 'a', state: 'running', revision: 1 }])
    expect(await client.enableThread('a')).toMatchObject({ changed: false, thread: { name: 'a' } })
    expect(await client.reloadThread('a')).toMatchObject({ changed: true, thread: { state: 'running' } })
    expect(await client.resetThread('a')).toMatchObject({ changed: false, thread: { state: 'running' } })
    expect(await client.listThreads()).toMatchObject([{ name: 'a', state: 'running' }])
    expect(await client.disableThread('a')).toEqual({ changed: true })
    expect([node.threads.list(), fs.readdirSync(project.path('threads-enabled'))]).toEqual([[], []])
    expect(await client.disableThread('a')).toEqual({ changed: false })
  })

  it('answers what fails with the code and the text of the node', async () => {
    project.write('threads-available/broken.js', 'module.exports = class {')
    await startNode(cwd)
    const client = await connectTo(cwd)
    await expect(client.enableThread('nix')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND',
      message: expect.stringMatching(/^no thread 'nix'/)
    })
    await expect(client.enableThread('broken')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_SYNTAX' })
    await expect(client.resetThread('nix')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND' })
    await expect(client.reloadThread('nix')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND' })
    expect(await client.listThreads()).toMatchObject([
      { name: 'broken', state: 'failed', error: { code: 'ERR_TRUSTP2P_THREAD_SYNTAX' } }
    ])
    for (const body of [null, [], 'a', {}, { name: 1 }, { name: null }]) {
      const asked = client.request('control/threads/enable', body)
      await expect(asked).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_CONTROL_INVALID' })
    }
  })

  it('reaches no thread, and no peer reaches it', async () => {
    project.thread('a.js', THREAD)
    const node = await startNode(cwd)
    const peer = await createClient({ cwd: project.cwd, connect: node.addresses, log: { level: 'silent' } })
    try {
      const [socket] = peer.sockets
      if (socket === undefined) throw new Error('not connected')
      const noHandler = { code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' }
      await expect(peer.request(socket, 'control/status')).rejects.toMatchObject(noHandler)
      await expect(peer.request(socket, 'ask')).resolves.toBe('answered')
      const client = await connectTo(cwd)
      await expect(client.request('ask', null)).rejects.toMatchObject(noHandler)
      await expect(client.status()).resolves.toMatchObject({ openSockets: 1 })
    } finally {
      await peer.close()
    }
  })

  it('is in no list, limit, hook, broadcast or count of its node', async () => {
    const told: string[] = []
    class Listener {
      get eventMap() {
        return { [PackageType.REQUEST]: { ask: () => 1 } }
      }
      onSocketConnection() {
        told.push('connection')
      }
      onSocketClose() {
        told.push('close')
      }
      onSocketError() {
        told.push('error')
      }
    }
    const node = await startNode(cwd, {
      source: createThreadList({ listener: Listener }),
      limits: { inboundSockets: 0 }
    })
    for (const event of ['socket:connection', 'socket:open', 'socket:close', 'socket:error'] as const) {
      node.on(event, () => told.push(event))
    }
    const client = await connectTo(cwd)
    await client.status()
    expect([node.sockets, await node.broadcast('ask')]).toEqual([[], []])
    const { counters, pendingRequests, runningRequests } = node.status()
    expect([...new Set(Object.values(counters)), pendingRequests, runningRequests]).toEqual([0, 0, 0])
    await client.close()
    expect(told).toEqual([])
  })

  it('answers a ping, and a talk of any name reaches nothing', async () => {
    await startNode(cwd)
    const raw = await knockRaw()
    raw.write(packed({ type: PackageType.TALK, event: 'control/status' }))
    raw.write(packed({ type: PackageType.SYSTEM, event: 'control/threads/disable', body: { name: 'a' } }))
    await (await connectTo(cwd)).status()
    expect(raw.destroyed).toBe(false)
  })

  it.each([
    ['a length that no frame has', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])],
    ['a length beyond the limit', Buffer.from(frameHeader(4 * 1024 * 1024 + 1))],
    ['a frame that is no package', Buffer.from([3, 1, 2, 3])],
    ['text', Buffer.from('GET / HTTP/1.1\r\n'.repeat(10))],
    ['random bytes', Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251))],
    ['another version', packed({ version: '9.0' })]
  ])('closes a connection that sends %s, and serves the others', async (_, bytes) => {
    await startNode(cwd)
    const client = await connectTo(cwd)
    const raw = await knockRaw()
    const closed = once(raw, 'close')
    raw.write(bytes)
    await closed
    await expect(client.status()).resolves.toMatchObject({ state: 'running' })
  })

  it('outlives a client that goes in the midst of a frame, or before its answer', async () => {
    await startNode(cwd)
    for (let round = 0; round < 20; round++) {
      const raw = await knockRaw()
      raw.write(packed({ tag: 'a' }))
      if (round % 2 === 0) raw.write(Buffer.from([100, 1]))
      raw.destroy()
    }
    await (await connectTo(cwd)).status()
  })

  it('takes 32 connections at once, and tells the next why it is closed', async () => {
    await startNode(cwd)
    const clients = await Promise.all(Array.from({ length: 31 }, () => knockRaw()))
    const last = await connectTo(cwd)
    await last.status()
    await expect((await connectTo(cwd)).status()).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_LIMIT_BUSY',
      message: expect.stringContaining('the node server has 32 connections to its control socket already: end one')
    })
    const [first] = clients
    first?.destroy()
    for (;;) {
      const again = await connectTo(cwd)
      if (await again.status().catch(() => undefined)) break
    }
  })

  it('shows a node that starts, and one that closes', async () => {
    project.thread(
      'slow.js',
      `module.exports = class {
        get eventMap() { return { 30: { a() {} } } }
        start() { return new Promise((resolve) => { globalThis.goOn = resolve; globalThis.begun?.() }) }
        stop() { return new Promise((resolve) => { globalThis.goOn = resolve; globalThis.begun?.() }) }
      }`
    )
    const steps = globalThis as { begun?: () => void; goOn?: () => void }
    const begun = () => new Promise<void>((resolve) => (steps.begun = resolve))
    let wait = begun()
    const starting = startNode(cwd)
    await wait
    const client = await connectTo(cwd)
    expect(await client.status()).toMatchObject({ state: 'starting', threads: [{ name: 'slow', state: 'starting' }] })
    steps.goOn?.()
    const node = await starting
    wait = begun()
    const closing = node.close()
    await wait
    expect(await client.status()).toMatchObject({ state: 'closing', threads: [{ name: 'slow', state: 'stopping' }] })
    await expect(client.enableThread('slow')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_NODE_CLOSED' })
    steps.goOn?.()
    await closing
    await client.closed
  })
})

describe('a second node of one name in one folder', () => {
  it('is refused with the pid of the first, which serves on', async () => {
    await startNode(cwd)
    await expect(startNode(cwd)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_STATE_LOCKED',
      details: { pid: process.pid }
    })
    await (await connectTo(cwd)).status()
    const other = await startNode(cwd, { name: 'other' })
    await expect((await connectTo(cwd, 'other')).status()).resolves.toMatchObject({ name: 'other' })
    await other.close()
  })

  it('starts where the first was killed, and its control socket takes the place of the dead one', async () => {
    const holder = await StateHolder.start(cwd, 'run-node.ts')
    expect(await holder.take()).toBe('held')
    expect(await (await connectTo(cwd)).status()).toMatchObject({ pid: holder.pid })
    await holder.kill()
    await expect(connectTo(cwd)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_CONTROL_NOT_RUNNING' })
    await startNode(cwd)
    expect(await (await connectTo(cwd)).status()).toMatchObject({ pid: process.pid })
  })
})

describe('the place of the control socket', () => {
  it('may be a path of its own, which the state folder leads to', async () => {
    const node = await startNode(cwd, { control: 'run.sock' })
    expect(fs.readlinkSync(join(state, 'control.sock'))).toBe(project.path('run.sock'))
    await (await connectTo(cwd)).status()
    await node.close()
    expect([fs.existsSync(project.path('run.sock')), fs.readdirSync(state)]).toEqual([false, []])
  })

  it('is a folder of the user below the temporary one where the path is over 100 bytes', async () => {
    const temporary = new TemporaryProject().cwd
    jest.mocked(tmpdir).mockReturnValue(temporary)
    const long = project.path('x'.repeat(100))
    fs.mkdirSync(long)
    const node = await startNode(long)
    const target = fs.readlinkSync(join(long, '.trustp2p/server/control.sock'))
    const folder = join(temporary, `trustp2p-${process.geteuid?.()}`)
    expect(target.startsWith(`${folder}/`)).toBe(true)
    await (await connectTo(long)).status()
    fs.chmodSync(folder, 0o777)
    await expect(connectTo(long)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONTROL_FORBIDDEN',
      message: expect.stringContaining(`${folder} may be used by others (mode 777)`)
    })
    fs.chmodSync(folder, 0o700)
    await node.close()
    expect(fs.readdirSync(folder)).toEqual([])
    jest.mocked(tmpdir).mockReset().mockImplementation(jest.requireActual<{ tmpdir: () => string }>('node:os').tmpdir)
  })

  it('is taken from a dead socket, not from one that answers', async () => {
    const other = createNetServer().listen(project.path('run.sock'))
    await once(other, 'listening')
    await expect(startNode(cwd, { control: 'run.sock' })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE'
    })
    expect(fs.readdirSync(state)).toEqual([])
    fs.linkSync(project.path('run.sock'), project.path('dead.sock'))
    await new Promise((resolve) => other.close(resolve))
    await startNode(cwd, { control: 'dead.sock' })
    await (await connectTo(cwd)).status()
  })

  it.each([
    ['a file', 'run.sock', () => project.write('run.sock', 'mine'), /run\.sock: a file is there: move it away/],
    ['a folder', 'run.sock', () => project.write('run.sock/x', ''), /run\.sock: a folder is there: move it away/],
    ['a link', 'run.sock', () => fs.symlinkSync('x', project.path('run.sock')), /a link is there: move it away/],
    ['a folder that is not there', 'nix/run.sock', () => undefined, /run\.sock: its folder is not there/],
    ['a folder that is a file', 'nix/run.sock', () => project.write('nix', ''), /run\.sock: ENOTDIR/]
  ])('is refused where it is %s, and nothing is left half done', async (_, control, prepare, message) => {
    prepare()
    const before = fs.readdirSync(cwd)
    await expect(startNode(cwd, { control })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_LISTEN_FAILED',
      message: expect.stringMatching(message)
    })
    expect(fs.readdirSync(cwd)).toEqual(['.trustp2p', ...before])
    expect(fs.readdirSync(state)).toEqual([])
  })

  it.each([
    ['a file', () => project.write('.trustp2p/server/control.sock', ''), 'is a file: move it away'],
    ['a folder', () => project.write('.trustp2p/server/control.sock/x', ''), 'is a folder: move it away']
  ])('in the state folder is refused where %s is there', async (_, prepare, text) => {
    fs.mkdirSync(state, { recursive: true, mode: 0o700 })
    prepare()
    await expect(startNode(cwd)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_STATE_FOLDER_INVALID',
      message: expect.stringContaining(`${text}; or run the node without its control socket (control: false)`)
    })
    expect(fs.readdirSync(state)).toEqual(['control.sock'])
  })
})
