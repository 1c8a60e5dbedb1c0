import * as fs from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { errorCode } from '../../../src/errors'
import { ControlClient, connectToNodes } from '../../../src/host/control/control-client'
import { CONTROL_LIMITS } from '../../../src/host/control/control-limits'
import { inspectNode } from '../../../src/host/control/inspect-node'
import { frameHeader } from '../../../src/host/control/frame-splitter'
import { CP2pPackage, PackageType } from '../../../src/wire/package'
import { removeProjects, TemporaryProject } from '../temporary-project'
import { closeAll, connectTo, startNode } from './nodes'

let project: TemporaryProject
let cwd: string
const servers: Server[] = []
const accepted: Socket[] = []

beforeEach(() => {
  project = new TemporaryProject()
  cwd = project.cwd
})

afterEach(async () => {
  for (const socket of accepted.splice(0)) socket.destroy()
  await closeAll()
  for (const server of servers.splice(0)) server.close()
  removeProjects()
})

/** Something that listens where a node would. */
async function listenAs(name: string, onSocket: (socket: Socket) => void): Promise<string> {
  fs.mkdirSync(project.path('.trustp2p', name), { recursive: true, mode: 0o700 })
  const path = project.path('.trustp2p', name, 'control.sock')
  const server = createServer((socket) => {
    accepted.push(socket)
    onSocket(socket)
  })
  servers.push(server)
  server.listen(path)
  await once(server, 'listening')
  fs.chmodSync(path, 0o600)
  return path
}

function packed(fields: Parameters<typeof CP2pPackage.encode>[0]): Buffer {
  const bytes = CP2pPackage.encode(fields)
  return Buffer.concat([frameHeader(bytes.length), bytes])
}

const NOT_RUNNING = { code: 'ERR_TRUSTP2P_CONTROL_NOT_RUNNING' }

describe('a control client', () => {
  it('says that no node runs where there is no folder, no socket, or a dead one', async () => {
    await expect(connectTo(cwd)).rejects.toMatchObject({ ...NOT_RUNNING, message: `no node server runs in ${cwd}` })
    await expect(connectToNodes(cwd)).rejects.toMatchObject({ ...NOT_RUNNING, message: `no node runs in ${cwd}` })
    fs.mkdirSync(project.path('.trustp2p/server'), { recursive: true, mode: 0o700 })
    await expect(connectTo(cwd)).rejects.toMatchObject(NOT_RUNNING)
    const path = await listenAs('server', () => undefined)
    fs.linkSync(path, `${path}.kept`)
    await new Promise((resolve) => servers.pop()?.close(resolve))
    fs.renameSync(`${path}.kept`, path)
    await expect(connectTo(cwd)).rejects.toMatchObject(NOT_RUNNING)
    await expect(connectToNodes(cwd)).rejects.toMatchObject(NOT_RUNNING)
    fs.rmSync(path)
    fs.symlinkSync('/nowhere/control.sock', path)
    await expect(connectTo(cwd)).rejects.toMatchObject(NOT_RUNNING)
  })

  it('names its version where the node speaks another one', async () => {
    await listenAs('server', (socket) => {
      const body = { protocol_version: '9.0', alt: '1' }
      socket.write(packed({ type: PackageType.TALK, event: 'version', body }))
      socket.resume()
    })
    const client = await connectTo(cwd)
    await expect(client.status()).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONTROL_INVALID',
      message: expect.stringMatching(
        /another version of the protocol .* trustp2p \S+ with protocol 1\.0.*: restart the node/
      )
    })
  })

  it('connects to every node that runs in a folder, in name order', async () => {
    await startNode(cwd)
    await startNode(cwd, { name: 'client' })
    fs.mkdirSync(project.path('.trustp2p/another'), { mode: 0o700 })
    const { nodes, failures } = await connectToNodes(cwd)
    expect([nodes.map(({ name }) => name), failures]).toEqual([['client', 'server'], []])
    for (const node of nodes) await node.close()
    const named = await connectToNodes(cwd, 'server')
    expect([named.nodes.map(({ name }) => name), named.failures]).toEqual([['server'], []])
    for (const node of named.nodes) await node.close()
  })

  it('connects to the others where a node cannot be connected to, and tells why', async () => {
    await startNode(cwd)
    fs.mkdirSync(project.path('.trustp2p/open'), { mode: 0o755 })
    const { nodes, failures } = await connectToNodes(cwd)
    expect(nodes.map(({ name }) => name)).toEqual(['server'])
    expect(failures).toMatchObject([{ code: 'ERR_TRUSTP2P_STATE_FOLDER_INVALID' }])
    for (const node of nodes) await node.close()
  })

  it('is told what a node was to listen on beside what it is bound to', async () => {
    await startNode(cwd, { listen: ['ws://localhost:0'], drivers: { ws: { path: '/p2p' } } })
    const { listen, addresses } = await (await connectTo(cwd)).status()
    expect(listen).toEqual(['ws://localhost:0'])
    expect(addresses).toEqual([expect.stringMatching(/^ws:\/\/(127\.0\.0\.1|\[::1\]):\d+\/p2p$/)])
  })

  it('passes over answers that name a tag that it never gave', async () => {
    await listenAs('server', (socket) => {
      const answer = { type: PackageType.RESPONSE, event: 'control/status', body: 'wrong' }
      socket.write(packed({ ...answer, tag: 'nobody asked' }))
      socket.write(packed({ ...answer, tag: '2' }))
      socket.once('data', () => {
        socket.write(packed({ ...answer, tag: '999' }))
        socket.write(packed({ ...answer, tag: '1', body: 'right' }))
      })
    })
    const client = await connectTo(cwd)
    await expect(client.request('control/status', null)).resolves.toBe('right')
  })

  it.each([
    'a text',
    null,
    {},
    { name: 'server', threads: [] },
    { name: 'server', threads: [{ name: 1 }], sockets: [null] }
  ])('refuses a status that is %j', async (body) => {
    await listenAs('server', (socket) => {
      socket.once('data', () =>
        socket.write(packed({ type: PackageType.RESPONSE, event: 'control/status', body, tag: '1' }))
      )
    })
    const client = await connectTo(cwd)
    await expect(client.status()).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONTROL_INVALID',
      message: expect.stringContaining('it may be of another version')
    })
  })

  it('says so where its folder is none', async () => {
    const code = 'ERR_TRUSTP2P_NODE_FOLDER_INVALID'
    await expect(connectTo(project.path('nix'))).rejects.toMatchObject({ code })
    await expect(connectToNodes(project.path('nix'))).rejects.toMatchObject({ code })
  })

  it.each([
    ['garbage', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])],
    ['a frame that is no package', Buffer.from([2, 1, 2])]
  ])('gives up a node that answers with %s', async (_, bytes) => {
    await listenAs('server', (socket) => socket.write(bytes))
    const client = await connectTo(cwd)
    await expect(client.status()).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_SOCKET_CLOSED' })
    await client.closed
  })

  it('says so where a node does not answer in time', async () => {
    await listenAs('server', () => undefined)
    const client = await connectTo(cwd)
    await expect(client.status({ timeoutMs: 20 })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_REQUEST_TIMEOUT',
      message: 'the node server does not answer: it is stopped, or busy'
    })
  })

  it('waits for 100 answers at once, and asks nothing more', async () => {
    await listenAs('server', () => undefined)
    const client = await connectTo(cwd)
    const settled: string[] = []
    const asked = Array.from({ length: CONTROL_LIMITS.pendingRequests }, () =>
      client.status().catch((error: unknown) => settled.push(String(errorCode(error))))
    )
    await expect(client.status()).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_PENDING' })
    expect([asked.length, settled]).toEqual([100, []])
    await client.close()
    await Promise.all(asked)
    expect(new Set(settled)).toEqual(new Set(['ERR_TRUSTP2P_SOCKET_CLOSED']))
  })

  it('is closed at the end of its block', async () => {
    await startNode(cwd)
    const client = await ControlClient.connect({ cwd, name: 'server' })
    // What `await using` calls; jest's own realm has no such symbol, and both ends have another name for it.
    await client[Symbol.asyncDispose]()
    await client.closed
    await expect(client.status()).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_SOCKET_CLOSED' })
  })

  it('connects to no name that leads out of the folder', async () => {
    const refused = { code: 'ERR_TRUSTP2P_CONFIG_INVALID', message: expect.stringContaining('not "../.."') }
    await expect(connectTo(cwd, '../..')).rejects.toMatchObject(refused)
    await expect(connectToNodes(cwd, '../..')).rejects.toMatchObject(refused)
    await expect(inspectNode({ cwd, name: '../..' })).rejects.toMatchObject(refused)
  })

  it('connects no longer than a signal says, to one node or to all', async () => {
    await startNode(cwd)
    const signal = AbortSignal.abort(new Error('enough'))
    const aborted = { code: 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED', message: expect.stringContaining('enough') }
    await expect(ControlClient.connect({ cwd, name: 'server' }, { signal })).rejects.toMatchObject(aborted)
    await expect(connectToNodes(cwd, undefined, { signal })).rejects.toMatchObject(aborted)
    await expect(inspectNode({ cwd, name: 'server' }, { signal })).rejects.toMatchObject(aborted)
  })

  const asRoot = process.geteuid?.() === 0 ? it : it.skip
  it('refuses a socket or a folder that others may use, and what is no socket', async () => {
    const path = await listenAs('server', () => undefined)
    fs.chmodSync(path, 0o666)
    await expect(connectTo(cwd)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONTROL_FORBIDDEN',
      message: expect.stringContaining('control.sock may be used by others (mode 666)')
    })
    fs.chmodSync(project.path('.trustp2p/server'), 0o755)
    await expect(connectTo(cwd)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_STATE_FOLDER_INVALID' })
    fs.mkdirSync(project.path('.trustp2p/file'), { mode: 0o700 })
    project.write('.trustp2p/file/control.sock', '')
    await expect(connectTo(cwd, 'file')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONTROL_FORBIDDEN',
      message: expect.stringContaining('is a file, not a socket')
    })
  })

  asRoot('refuses a socket of another user', async () => {
    const path = await listenAs('server', () => undefined)
    fs.chownSync(path, 54_321, 54_321)
    await expect(connectTo(cwd)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONTROL_FORBIDDEN',
      message: expect.stringContaining('belongs to the user 54321')
    })
    await expect(startNode(cwd)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_STATE_FOLDER_INVALID',
      message: expect.stringContaining('belongs to the user 54321')
    })
  })
})
