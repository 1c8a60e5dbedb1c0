import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createIdentity, createLog, createNode, createNodeKit, createServer } from 'trustp2p'
import type { ExplainRecord, P2pNode } from 'trustp2p'
import { WebSocket } from 'ws'
import { codeOf } from './code-of'
import { addressOf, createPair, ISOLATIONS, LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'
import { startRawServer } from './raw-server'

afterEach(disposeAll)

const OPEN_DOOR = { inboundSocketsPerSecond: 0 }

async function serve(limits: object = {}, auth: 'off' | 'optional' = 'off'): Promise<P2pNode> {
  const { cwd } = createProject()
  return closing(createServer({ cwd, ...LISTEN, auth, limits: { ...OPEN_DOOR, ...limits } }))
}

function start(options: object = {}): Promise<P2pNode> {
  return closing(createNode({ cwd: createProject().cwd, ...QUIET, ...options }))
}

/** Opens a WebSocket from an address of 127.0.0.0/8, sends, and waits until it is closed. */
function sendFrom(localAddress: string, url: string, frames: readonly (Uint8Array | string)[] = []): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { localAddress })
    disposeLater(() => socket.terminate())
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
    socket.on('open', () => {
      for (const frame of frames) socket.send(frame)
    })
  })
}

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function newest(node: P2pNode, about: string): ExplainRecord | undefined {
  return node.explain({ about })[0]
}

const GARBAGE = Uint8Array.of(0xff, 0xff, 0xff)

const THREAD = `
  module.exports = class {
    get eventMap() {
      return {
        30: {
          throws() { throw new Error('the disk is full') },
          hangs: () => new Promise(() => undefined)
        },
        20: { throws() { throw new Error('nobody hears this') } }
      }
    }
  }
`

describe('U8 node.explain tells', () => {
  it('of a dial to a dead port: where, the cause, what to do; each further one is counted', async () => {
    const url = `ws://127.0.0.1:${await deadPort()}`
    const node = await start()
    for (let count = 0; count < 2; count++) {
      expect(await codeOf(node.connect(url))).toBe('ERR_TRUSTP2P_DRIVER_DIAL_FAILED')
    }
    const records = node.explain({ peer: url })
    expect(records).toMatchObject([
      {
        stage: 'dial',
        code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
        text: expect.stringContaining(`cannot reach ${url}`) as string,
        cause: expect.stringContaining('ECONNREFUSED') as string,
        remedy: 'see the cause; check the address and the peer',
        host: '127.0.0.1',
        count: 2
      }
    ])
    expect(structuredClone(records)).toEqual(records)
    expect(node.explain({ peer: '127.0.0.1' })).toEqual(records)
  })

  it('of a dial to a scheme that nobody serves, of one that was aborted, and of one that is open already', async () => {
    const node = await start()
    const url = addressOf(await serve())
    expect(await codeOf(node.connect('none://127.0.0.1:1'))).toBe('ERR_TRUSTP2P_DRIVER_SCHEME_UNKNOWN')
    await node.connect(url)
    await node.connect(url)
    const controller = new AbortController()
    const silent = createTcpServer(() => controller.abort())
    disposeLater(() => silent.close())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const dialled = node.connect(`ws://127.0.0.1:${port}`, { signal: controller.signal })
    expect(await codeOf(dialled)).toBe('ERR_TRUSTP2P_DRIVER_DIAL_ABORTED')
    await until(() => newest(node, 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED'), 'the record of the dial')
    expect(node.explain().map(({ stage, code }) => [stage, code])).toEqual([
      ['dial', 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED'],
      ['dial', 'ERR_TRUSTP2P_SOCKET_DUPLICATE'],
      ['dial', 'ERR_TRUSTP2P_DRIVER_SCHEME_UNKNOWN']
    ])
  })

  it('of redials, one record for all', async () => {
    const url = `ws://127.0.0.1:${await deadPort()}`
    const node = await start({ connect: [url], redial: { firstMs: 1, longestMs: 1 } })
    await until(() => ((newest(node, url)?.count ?? 0) > 2 ? true : undefined), 'three dials')
    expect(node.explain()).toHaveLength(1)
  })

  it.each([
    ['limits.inboundSockets', { inboundSockets: 1 }],
    ['limits.inboundSocketsPerHost', { inboundSocketsPerHost: 1 }],
    ['limits.inboundSocketsPerSecond', { inboundSocketsPerSecond: 1 }]
  ])('of a peer that %s refused, and of the one before it nothing', async (limit, limits) => {
    const server = await serve(limits)
    const url = addressOf(server)
    const opened = once(server, 'socket:connection')
    const first = new WebSocket(url)
    disposeLater(() => first.terminate())
    await opened
    expect(server.explain()).toEqual([])
    await sendFrom('127.0.0.1', url)
    expect(server.explain()).toMatchObject([
      {
        stage: 'accept',
        code: 'ERR_TRUSTP2P_LIMIT_INBOUND_SOCKETS',
        limit,
        limitValue: 1,
        host: '127.0.0.1',
        url,
        close: { by: 'us', code: 1013 }
      }
    ])
  })

  it('of a peer that is another one than the address names, on both sides', async () => {
    const server = await serve({}, 'optional')
    const client = await start()
    const other = createIdentity(createNodeKit({ log: createLog({ level: 'silent' }) }).crypto).peerId
    const url = addressOf(server).replace('://', `://${other}@`)
    expect(await codeOf(client.connect(url))).toBe('ERR_TRUSTP2P_PROOF_WRONG_PEER')
    expect(client.explain()).toMatchObject([
      {
        stage: 'proof',
        code: 'ERR_TRUSTP2P_PROOF_WRONG_PEER',
        url,
        close: { by: 'us', code: 1008, reason: 'wrong peer' }
      }
    ])
    await until(() => newest(server, 'greeting'), 'the record of the server')
    expect(server.explain()).toMatchObject([
      { stage: 'greeting', code: 'ERR_TRUSTP2P_SOCKET_CLOSED', close: { by: 'peer', code: 1008, reason: 'wrong peer' } }
    ])
  })

  it('of a frame that is none, and of the socket that was closed for it', async () => {
    const server = await serve()
    await sendFrom('127.0.0.9', addressOf(server), [GARBAGE])
    const closed = await until(() => newest(server, 'socket'), 'the end of the socket')
    expect(server.explain({ peer: '127.0.0.9' }).map(({ stage }) => stage)).toEqual(['socket', 'frame'])
    expect(server.explain({ socket: closed.socket ?? '' })).toHaveLength(2)
    expect(closed).toMatchObject({
      code: newest(server, 'frame')?.code,
      limit: 'limits.badFrames',
      close: { by: 'us', code: 1002, reason: 'undecodable frames' }
    })
  })

  it.each([
    ['a frame over limits.frameBytes', new Uint8Array(1025), 'Max payload size exceeded'],
    ['text', 'text', 'text']
  ])('of a socket on which %s came', async (_name, frame, why) => {
    const server = await serve({ frameBytes: 1024 })
    await sendFrom('127.0.0.9', addressOf(server), [frame])
    await until(() => newest(server, 'socket'), 'the end of the socket')
    expect(server.explain()).toMatchObject([
      {
        stage: 'socket',
        code: 'ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED',
        text: expect.stringContaining(why) as string,
        close: { by: 'us' }
      }
    ])
  })

  it('of a host that is banned, and of its connections from then on', async () => {
    const server = await serve({ offencesPerHour: 1 })
    const url = addressOf(server)
    for (let count = 0; count < 3; count++) await sendFrom('127.0.0.9', url, [GARBAGE])
    const found = server.explain({ about: 'ERR_TRUSTP2P_LIMIT_HOST_BANNED' })
    expect(found).toMatchObject([
      { stage: 'accept', host: '127.0.0.9', limit: 'limits.offencesPerHour', limitValue: 1 },
      { stage: 'socket', text: expect.stringContaining('is banned for') as string }
    ])
  })

  it.each(ISOLATIONS)(
    'of requests: a time-out, an unknown event, a handler that threw; on both sides, %s',
    async (isolation) => {
      const { client, server, out } = await createPair({ 'a.js': THREAD }, { a: { drainTimeoutMs: 0, isolation } })
      expect(await codeOf(client.request(out, 'hangs', 1, { timeoutMs: 20 }))).toBe('ERR_TRUSTP2P_REQUEST_TIMEOUT')
      expect(await codeOf(client.request(out, 'unknown', 1))).toBe('ERR_TRUSTP2P_THREAD_NO_HANDLER')
      expect(await codeOf(client.request(out, 'throws', 1))).toBe('ERR_TRUSTP2P_THREAD_HANDLER_FAILED')
      expect(client.explain({ request: 'hangs' })).toMatchObject([
        {
          stage: 'request',
          code: 'ERR_TRUSTP2P_REQUEST_TIMEOUT',
          remedy: 'ask again, or raise timeoutMs',
          socket: out.id
        }
      ])
      expect(client.explain({ request: 'unknown' })).toMatchObject([
        { stage: 'request', code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER', remedy: 'enable a thread that does' }
      ])
      for (const [node, stage] of [
        [client, 'request'],
        [server, 'answer']
      ] as const) {
        expect(node.explain({ request: 'throws' })).toMatchObject([
          { stage, code: 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED', text: expect.stringContaining('disk is full') as string }
        ])
      }
      expect(server.explain({ peer: String(client.id) }).map(({ event }) => event)).toEqual(['throws', 'unknown'])
      expect(client.explain({ peer: String(server.id), limit: 1 })).toMatchObject([{ event: 'throws' }])
    }
  )

  it.each(ISOLATIONS)(
    'of a talk whose handler threw, and of one over the quota of its thread, %s',
    async (isolation) => {
      const { client, server, out } = await createPair(
        { 'a.js': THREAD },
        { a: { isolation, quotas: { throws: { perSecond: 0.01 } } } }
      )
      client.talk(out, 'throws', 1)
      await until(() => newest(server, 'throws'), 'the first talk')
      client.talk(out, 'throws', 1)
      await until(() => newest(server, 'ERR_TRUSTP2P_LIMIT_QUOTA'), 'the second talk')
      expect(server.explain().map(({ stage, code }) => [stage, code])).toEqual([
        ['frame', 'ERR_TRUSTP2P_LIMIT_QUOTA'],
        ['frame', 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED']
      ])
    }
  )

  it('of a full send queue', async () => {
    const url = await startRawServer((socket) => socket.pause())
    const node = await start({ auth: 'off', limits: { sendQueueBytes: 1024, frameBytes: 1024 } })
    const socket = await node.connect(url)
    node.talk(socket, 'much', 'x'.repeat(800))
    expect(() => node.talk(socket, 'much', 'x'.repeat(800))).toThrow('limits.sendQueueBytes')
    expect(node.explain({ socket: socket.id })).toMatchObject([
      {
        stage: 'send',
        code: 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE',
        event: 'much',
        limit: 'limits.sendQueueBytes',
        limitValue: 1024
      }
    ])
  })

  it('of a socket that went away, and who ended it', async () => {
    const { client, server, out } = await createPair({})
    const closed = once(client, 'socket:close')
    server.sockets[0]?.close(4001, 'for today')
    await closed
    expect(client.explain({ socket: out.id })).toMatchObject([
      {
        stage: 'socket',
        text: 'the peer closed it, with 4001 "for today"',
        close: { by: 'peer' },
        remedy: 'connect again'
      }
    ])
    await until(() => newest(server, 'socket'), 'the record of the server')
    expect(server.explain()).toMatchObject([{ stage: 'socket', close: { by: 'us', code: 4001 } }])
  })

  it('of a thread that does not run', async () => {
    const { server } = await createPair({ 'broken.js': 'class {' })
    expect(server.explain({ about: 'thread' })).toMatchObject([{ code: 'ERR_TRUSTP2P_THREAD_SYNTAX' }])
  })

  it('of a handshake that a listener refused', async () => {
    const server = await serve()
    await new Promise<void>((resolve) => {
      const socket = new WebSocket(addressOf(server), { origin: 'http://evil.example', localAddress: '127.0.0.9' })
      socket.on('error', () => resolve())
    })
    expect(server.explain({ peer: '127.0.0.9' })).toMatchObject([
      { stage: 'accept', code: 'ERR_TRUSTP2P_DRIVER_HANDSHAKE_REFUSED', url: addressOf(server) }
    ])
  })

  it('nothing where limits.explainRecords is 0', async () => {
    const node = await start({ limits: { explainRecords: 0 } })
    expect(await codeOf(node.connect('none://127.0.0.1:1'))).toBe('ERR_TRUSTP2P_DRIVER_SCHEME_UNKNOWN')
    expect(node.explain()).toEqual([])
  })
})
