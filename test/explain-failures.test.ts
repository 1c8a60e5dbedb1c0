import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { CP2pPackage, createClient, createNode, createServer, defineContract, PackageType } from 'trustp2p'
import type { ContractEvent, ExplainQuery, P2pNode, P2pSocket } from 'trustp2p'
import { WebSocket } from 'ws'
import { Authority } from '../packages/core/test/driver/ws/certificates'
import { codeOf } from './code-of'
import { addressOf, createPair, LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, disposeLater, until } from './project'

afterEach(disposeAll)

const THREAD = `module.exports = class {
  get eventMap() {
    return {
      20: { say: (_socket, { body }) => void body },
      30: { echo: (_socket, { body }) => body, hangs: () => new Promise(() => undefined) }
    }
  }
}`

const PROTO = `syntax = "proto3";
message Line { string text = 1; }
service Chat { rpc Send(Line) returns (Line); }
`
const CHAT = `module.exports = class {
  static manifest = { contract: './chat.proto' }
  get eventMap() { return { 30: { 'chat/send': () => ({ text: 7 }) } } }
}`

interface Chat {
  readonly send: ContractEvent<object, object>
}

/** Stages and codes of records, the newest first. */
function told(node: P2pNode, query: ExplainQuery = {}): unknown[] {
  return node.explain(query).map(({ stage, code, event }) => [stage, code, event])
}

/** A frame of a peer that asks `echo`, or tells `say`, with four bytes as its body. */
function frameOf(type: 'talk' | 'request', body: string): Buffer {
  const head = type === 'talk' ? '0a03312e301201311814' + '2203736179' : '0a03312e30120131181e' + '22046563686f'
  return Buffer.concat([Buffer.from(`${head}2a04`, 'hex'), Buffer.from(body), Buffer.from('320174', 'hex')])
}

it.each([
  ['ERR_TRUSTP2P_BODY_INVALID', '{{{{', undefined],
  ['ERR_TRUSTP2P_BODY_TOO_DEEP', '[[]]', 1]
])('U8 %s leaves a record, of a talk and of a request', async (code, body, bodyDepth) => {
  const project = createProject()
  project.thread('a.js', THREAD)
  const limits = bodyDepth === undefined ? {} : { bodyDepth }
  const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, auth: 'off', limits }))
  const raw = new WebSocket(addressOf(server))
  disposeLater(() => raw.terminate())
  await once(raw, 'open')
  for (const type of ['talk', 'request'] as const) raw.send(frameOf(type, body))
  await until(() => server.explain().length === 2, 'two records')
  expect(told(server)).toEqual([
    ['answer', code, 'echo'],
    ['frame', code, 'say']
  ])
  if (bodyDepth !== undefined)
    expect(server.explain()).toMatchObject([{ limit: 'limits.bodyDepth', limitValue: 1 }, {}])
})

it('U8 ERR_TRUSTP2P_THREAD_HANDLER_TIMEOUT and ERR_TRUSTP2P_THREAD_STOPPED leave a record at both ends', async () => {
  const threads = { 'slow.js': THREAD, 'stopped.js': THREAD.replace('hangs', 'waits') }
  const settings = { slow: { handlerTimeoutMs: 20 }, stopped: { drainTimeoutMs: 0 } }
  const { client, server, out } = await createPair(threads, settings)
  expect(await codeOf(client.request(out, 'hangs'))).toBe('ERR_TRUSTP2P_THREAD_HANDLER_TIMEOUT')
  const asked = codeOf(client.request(out, 'waits'))
  await until(() => server.status().runningRequests === 1, 'a request that runs')
  await server.threads.disable('stopped')
  expect(await asked).toBe('ERR_TRUSTP2P_THREAD_STOPPED')
  for (const [node, stage] of [
    [client, 'request'],
    [server, 'answer']
  ] as const) {
    expect(told(node)).toEqual([
      [stage, 'ERR_TRUSTP2P_THREAD_STOPPED', 'waits'],
      [stage, 'ERR_TRUSTP2P_THREAD_HANDLER_TIMEOUT', 'hangs']
    ])
  }
})

it('U8 ERR_TRUSTP2P_WIRE_TOO_LARGE leaves a record of a request, and of a talk, that is too long to be sent', async () => {
  const { client, out } = await createPair({})
  const long = 'x'.repeat(2 ** 20)
  expect(await codeOf(client.request(out, 'ask', long))).toBe('ERR_TRUSTP2P_WIRE_TOO_LARGE')
  expect(() => client.talk(out, 'tell', long)).toThrow('limits.frameBytes')
  expect(client.explain()).toMatchObject([
    { stage: 'send', code: 'ERR_TRUSTP2P_WIRE_TOO_LARGE', event: 'tell', limit: 'limits.frameBytes' },
    { stage: 'request', code: 'ERR_TRUSTP2P_WIRE_TOO_LARGE', event: 'ask', limitValue: 2 ** 20 }
  ])
})

it('U8 ERR_TRUSTP2P_DRIVER_REMOVED leaves a record of requests in both directions', async () => {
  const { client, server, out, in: inbound } = await createPair({ 'a.js': THREAD }, { a: { drainTimeoutMs: 0 } })
  void codeOf(client.request(out, 'hangs'))
  await until(() => server.status().runningRequests === 1, 'a request that runs')
  const removed = server.drivers.remove('ws', { timeoutMs: 200 })
  await new Promise(setImmediate)
  await Promise.all([codeOf(client.request(out, 'echo')), codeOf(server.request(inbound, 'ask'))])
  const about = 'ERR_TRUSTP2P_DRIVER_REMOVED'
  expect(told(server, { about }).sort()).toEqual([
    ['answer', about, 'echo'],
    ['request', about, 'ask']
  ])
  expect(told(client, { about })).toEqual([['request', about, 'echo']])
  await removed
})

describe('U8 a body against its contract leaves a record', () => {
  async function dial(proto: string) {
    const project = createProject()
    project.write('threads-available/chat.proto', PROTO)
    project.thread('chat.cjs', CHAT)
    const server = await closing(createServer({ cwd: project.cwd, ...LISTEN }))
    const { Chat } = defineContract<{ Chat: Chat }>(proto)
    const options = { cwd: createProject().cwd, ...QUIET, connect: server.addresses, contracts: [{ ...Chat }] }
    const client = await closing(createClient(options))
    return { server, client, socket: client.sockets[0] as P2pSocket, Chat }
  }

  it('ERR_TRUSTP2P_CONTRACT_BODY: of what is not sent, and of an answer, whose record is another one', async () => {
    const { server, client, socket, Chat } = await dial(PROTO)
    const code = 'ERR_TRUSTP2P_CONTRACT_BODY'
    expect(() => client.talk(socket, Chat.send, { text: 1 })).toThrow('Line.text')
    for (const text of ['a', 1]) expect(await codeOf(client.request(socket, Chat.send, { text }))).toBe(code)
    expect(client.explain().map(({ stage, text }) => [stage, text.startsWith('the peer answered')])).toEqual([
      ['request', false],
      ['request', true],
      ['send', false]
    ])
    expect(told(server)).toEqual([['answer', code, 'chat/send']])
  })

  it('ERR_TRUSTP2P_CONTRACT_MISMATCH: of peers with versions that would misread each other', async () => {
    const { server, client, socket, Chat } = await dial(PROTO.replace('string text', 'int64 text'))
    await codeOf(client.request(socket, Chat.send, { text: 5n }))
    const code = 'ERR_TRUSTP2P_CONTRACT_MISMATCH'
    const found = await until(() => client.explain({ about: code })[0], 'a record')
    expect(found).toMatchObject({ stage: 'request', event: 'chat/send', text: expect.stringContaining('Line.text') })
    for (const [stage] of told(server) as string[][]) expect(stage).toBe('answer')
  })
})

it('U8 ERR_TRUSTP2P_CONTRACT_UNKNOWN leaves a record of a body that nobody here can read', async () => {
  const project = createProject()
  project.write('threads-available/chat.proto', PROTO)
  project.thread('chat.cjs', CHAT)
  const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, auth: 'off' }))
  const raw = new WebSocket(addressOf(server))
  disposeLater(() => raw.terminate())
  await once(raw, 'open')
  raw.on('message', (bytes: Buffer) => {
    const { type, event, tag } = CP2pPackage.decode(Uint8Array.from(bytes))
    // The peer is asked for the contract, and has none.
    if (type === PackageType.REQUEST) {
      raw.send(CP2pPackage.encode({ type: PackageType.RESPONSE, event, tag, body: null, error: 'NO' }))
    }
  })
  const typed = { event: 'chat/send', body: Uint8Array.of(1), contract: 'ffffffffffffffff' }
  raw.send(CP2pPackage.encode({ type: PackageType.REQUEST, tag: 'x', ...typed }))
  const about = 'ERR_TRUSTP2P_CONTRACT_UNKNOWN'
  await until(() => server.explain({ about }).length > 0, 'a record')
  expect(told(server, { about })).toEqual([['answer', about, 'chat/send']])
})

it('U8 ERR_TRUSTP2P_DRIVER_SOCKET_FAILED leaves a record of a connection that its peer reset', async () => {
  const server = await closing(createServer({ cwd: createProject().cwd, listen: ['tcp://127.0.0.1:0'], auth: 'off' }))
  const { port } = new URL(addressOf(server))
  const raw = connect(Number(port), '127.0.0.1')
  disposeLater(() => raw.destroy())
  raw.write('trustp2p/1\n')
  await until(() => server.sockets.length === 1, 'a socket')
  raw.resetAndDestroy()
  await until(() => server.explain().length > 0, 'a record')
  expect(told(server)).toEqual([['socket', 'ERR_TRUSTP2P_DRIVER_SOCKET_FAILED', undefined]])
})

it('U8 ERR_TRUSTP2P_DRIVER_TLS_EXPIRED leaves a record of a dial', async () => {
  const authority = new Authority()
  disposeLater(() => authority.dispose())
  const { certFile, keyFile } = authority.issue({ days: -1 })
  const server = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) })
  disposeLater(() => new Promise((resolve) => server.close(resolve)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `tls://127.0.0.1:${(server.address() as AddressInfo).port}`
  const drivers = { tls: { caFile: authority.caFile } }
  const client = await closing(createNode({ cwd: createProject().cwd, ...QUIET, drivers }))
  expect(await codeOf(client.connect(url))).toBe('ERR_TRUSTP2P_DRIVER_TLS_EXPIRED')
  expect(client.explain()).toMatchObject([{ stage: 'dial', code: 'ERR_TRUSTP2P_DRIVER_TLS_EXPIRED', url }])
})
