import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLog, createNetworkKey, createNode, createNodeKit } from 'trustp2p'
import type { ConfigInput, ExplainRecord, P2pNode } from 'trustp2p'
import { Authority } from '../packages/core/test/driver/ws/certificates'
import { codeOf } from './code-of'
import { QUIET } from './pair'
import { closing, createProject, disposeAll, until } from './project'

const ECHO = 'module.exports = class { get eventMap() { return { 30: { echo: (_, { body }) => body } } } }'
const SCHEMES = ['ws', 'wss', 'tcp', 'tls']
const OTHER_NETWORK = 'ERR_TRUSTP2P_PROOF_NETWORK'

let authority: Authority
beforeAll(() => (authority = new Authority()))
afterAll(() => authority.dispose())
afterEach(disposeAll)

function newKey(): string {
  return createNetworkKey(createNodeKit({ log: createLog({ level: 'silent' }) }).crypto)
}

function drivers(): ConfigInput['drivers'] {
  const tls = { ...authority.issue(), caFile: authority.caFile }
  return { ws: { tls }, tls }
}

function serve(scheme: string, options: ConfigInput = {}): Promise<P2pNode> {
  const project = createProject()
  project.thread('echo.cjs', ECHO)
  const listen = [`${scheme}://127.0.0.1:0`]
  return closing(createNode({ cwd: project.cwd, ...QUIET, listen, drivers: drivers(), ...options }))
}

function start(options: ConfigInput = {}): Promise<P2pNode> {
  return closing(createNode({ cwd: createProject().cwd, ...QUIET, drivers: drivers(), ...options }))
}

function newest(node: P2pNode): Promise<ExplainRecord> {
  return until(() => node.explain()[0], 'a record')
}

describe.each(SCHEMES)('a private network over %s', (scheme) => {
  it('lets in who has its key', async () => {
    const network = { key: newKey() }
    const server = await serve(scheme, { network })
    const client = await start({ network })
    const socket = await client.connect(server.addresses[0] ?? '')
    expect(await client.request(socket, 'echo', 'hello')).toBe('hello')
    expect(socket.peerId).toBe(server.id)
  })

  it('refuses who has another key, on both sides, and explains why', async () => {
    const server = await serve(scheme, { network: { key: newKey() } })
    const client = await start({ network: { key: newKey() } })
    expect(await codeOf(client.connect(server.addresses[0] ?? ''))).toBe(OTHER_NETWORK)
    expect(await newest(client)).toMatchObject({
      code: OTHER_NETWORK,
      text: expect.stringContaining('another network key') as string
    })
    expect(JSON.stringify(await newest(server))).toContain('other network')
    expect([client.sockets, server.sockets]).toEqual([[], []])
  })

  it.each([
    ['who has none', { key: true }, { key: false }],
    ['a peer that has none', { key: false }, { key: true }]
  ])('refuses %s, and explains why', async (_what, ours, theirs) => {
    const key = newKey()
    const server = await serve(scheme, ours.key ? { network: { key } } : {})
    const client = await start(theirs.key ? { network: { key } } : {})
    await expect(client.connect(server.addresses[0] ?? '')).rejects.toMatchObject({
      code: expect.any(String) as string
    })
    const code = await until(() => client.explain().find((record) => record.code === OTHER_NETWORK)?.code, 'a record')
    expect(code).toBe(OTHER_NETWORK)
    expect([client.sockets, server.sockets]).toEqual([[], []])
  })

  it('refuses who proves nothing', async () => {
    const server = await serve(scheme, { network: { key: newKey() } })
    const client = await start({ auth: 'off' })
    expect(
      await codeOf(client.connect(server.addresses[0] ?? '').then((socket) => client.request(socket, 'echo')))
    ).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
    expect(server.sockets).toEqual([])
  })
})

describe('the key of a private network', () => {
  it('is read from a file of up to 256 bytes', async () => {
    const key = newKey()
    const { cwd } = createProject()
    writeFileSync(join(cwd, 'network.key'), `${key}\n`.padEnd(256), { mode: 0o600 })
    const server = await serve('tcp', { network: { key } })
    const client = await closing(createNode({ cwd, ...QUIET, network: { keyFile: 'network.key' } }))
    expect((await client.connect(server.addresses[0] ?? '')).peerId).toBe(server.id)
  })

  it.each([
    ['that others may read', 0o640, newKey()],
    ['that holds another number of bytes', 0o600, 'AAAA'],
    ['of 257 bytes', 0o600, newKey().padEnd(257)]
  ])('is in no file %s', async (_what, mode, text) => {
    const { cwd } = createProject()
    const file = join(cwd, 'network.key')
    writeFileSync(file, text)
    chmodSync(file, mode)
    const started = createNode({ cwd, ...QUIET, network: { keyFile: 'network.key' } })
    await expect(started).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_IDENTITY_NETWORK_KEY' })
  })

  it('has to be there', async () => {
    const started = createNode({ cwd: createProject().cwd, ...QUIET, network: { keyFile: 'none.key' } })
    expect(await codeOf(started)).toBe('ERR_TRUSTP2P_IDENTITY_NETWORK_KEY')
  })

  it.each([
    ['with auth off', { auth: 'off', network: { key: newKey() } }],
    ['in a file with auth off', { auth: 'off', network: { keyFile: 'x' } }],
    ['twice', { network: { key: newKey(), keyFile: 'x' } }],
    ['of 31 bytes', { network: { key: Buffer.alloc(31).toString('base64') } }],
    ['of 33 bytes', { network: { key: Buffer.alloc(33).toString('base64') } }]
  ] as const)('is no key %s, and stands in no report', async (_what, options) => {
    const started = createNode({ cwd: createProject().cwd, ...QUIET, ...options })
    const error: unknown = await started.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'ERR_TRUSTP2P_CONFIG_INVALID' })
    const key = 'key' in options.network ? options.network.key : 'none'
    expect(JSON.stringify([String(error), error])).not.toContain(key)
  })
})
