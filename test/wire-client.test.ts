import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { preProcessFile } from 'typescript'
import { createServer, PackageType } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { closing, createProject, disposeAll, until } from './project'
import { readDocument, ROOT } from './documents/markdown'
import { createRelay, dialClient, dialRaw, encode } from './wire-client/peers'
import { decodeBody, decodeEnvelope, Type } from './wire-client/wire-codec'

/** Answers, fails, waits until nobody waits for it any more, and says back what it is told. */
const DESK = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Desk extends Thread {
    get eventMap() {
      return {
        [PackageType.REQUEST]: { fail: this.onFail, wait: this.onWait, big: () => 'x'.repeat(2000), deep: this.onDeep },
        [PackageType.TALK]: { note: this.onNote }
      }
    }
    onFail() { throw Object.assign(new Error('no such room'), { code: 'CHAT_NO_ROOM' }) }
    onWait(socket, { signal }) {
      this.node.talk(socket, 'waits')
      return new Promise((resolve) => signal.addEventListener('abort', () => {
        if (socket.state === 'open') this.node.talk(socket, 'stopped', signal.reason.code)
        resolve()
      }))
    }
    onDeep(socket, { body }) { return [body] }
    onNote(socket, { body }) { this.node.talk(socket, 'noted', body) }
  }
`
const ECHO = 'threads-available/echo.ts'
const HEARTBEAT = 'threads-available/heartbeat.ts'

interface Server {
  readonly node: P2pNode
  readonly url: string
  /** The only socket of the node. */
  socket(): Promise<P2pSocket>
}

afterEach(disposeAll)

/** A node with the threads desk and echo; with the thread heartbeat too where it has settings. */
async function start({ limits = {}, heartbeat }: { limits?: object; heartbeat?: object } = {}): Promise<Server> {
  const project = createProject()
  project.thread('desk.js', DESK)
  for (const file of heartbeat === undefined ? [ECHO] : [ECHO, HEARTBEAT]) {
    cpSync(join(ROOT, file), project.write(file, ''))
    project.link(file.replace('threads-available/', ''), file)
  }
  const threads = heartbeat === undefined ? {} : { heartbeat: { config: heartbeat } }
  const log = { level: 'silent' } as const
  const node = await closing(createServer({ cwd: project.cwd, log, listen: ['ws://127.0.0.1:0'], limits, threads }))
  const socket = () => until(() => node.sockets[0], 'a socket')
  return { node, url: String(node.addresses[0]), socket }
}

function nested(levels: number): unknown {
  return levels === 0 ? 0 : [nested(levels - 1)]
}

/** Settles with the body of the next talk of that name. */
function nextTalk(client: { onTalk(event: string, handler: (body: unknown) => void): void }, event: string) {
  return new Promise<unknown>((resolve) => client.onTalk(event, resolve))
}

describe('the client that was written from docs/reference/wire.md', () => {
  it('imports nothing but ws and its own codec', () => {
    const importsOf = (file: string) => {
      const text = readFileSync(join(__dirname, 'wire-client', file), 'utf8')
      return new Set(preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName))
    }
    expect(importsOf('wire-client.ts')).toEqual(new Set(['ws', './wire-codec']))
    expect(importsOf('wire-codec.ts')).toEqual(new Set())
  })

  it('T7 writes and reads every package that the page shows', () => {
    const page = readDocument('docs/reference/wire.md')
    const shown = [...page.matchAll(/```json\n([^`]+)```\n\n```hex\n([^`]+)```/g)]
    expect(shown.length).toBeGreaterThan(8)
    for (const [, json = '', dump = ''] of shown) {
      const { bytes, body, ...fields } = JSON.parse(json) as { bytes?: string; body?: unknown; contract?: string }
      const isBytes = bytes !== undefined
      const frame = Buffer.from(dump.replaceAll(/#.*$|\s/gm, ''), 'hex')
      const sent = isBytes ? Uint8Array.from(Buffer.from(bytes, 'hex')) : body
      expect(
        Buffer.from(encode(sent, { ...fields, encoding: fields.contract !== undefined ? 2 : isBytes ? 1 : 0 }))
      ).toEqual(frame)
      const read = decodeEnvelope(Uint8Array.from(frame))
      expect([read, isBytes ? Uint8Array.from(read.body) : decodeBody(read)]).toEqual([
        expect.objectContaining(fields),
        sent
      ])
    }
  })

  it('T10 greets and is greeted, each at once and with all that the page lists', async () => {
    const { url } = await start()
    const relay = await createRelay(url)
    const { client } = await dialClient(relay.url)
    await client.request('echo', 1)
    const protocol = { protocol_version: '1.0', alt: '1' }
    const mine = { ...protocol, encodings: [0, 1], library: 'wire-client', library_version: '0.1.0' }
    const greeting = { type: PackageType.TALK, event: 'version', tag: '', version: '1.0', alt: '1' }
    expect(relay.said[0]).toMatchObject({
      ...greeting,
      body: { ...mine, program: 'wire-test', program_version: '1.2.3' }
    })
    expect(relay.heard[0]).toMatchObject(greeting)
    expect(relay.heard[0]?.body).toEqual(client.peerGreeting)
    const text = expect.stringMatching(/./)
    const named = { library: 'trustp2p', library_version: text, program: text, program_version: text }
    const offer = { noise: true, frame_bytes: 1_048_576 }
    expect(client.peerGreeting).toEqual({ ...protocol, encodings: [0, 1, 2], ...named, ...offer })
  })

  it('T9 T11 asks: it gets the answer, the code of a failure, and that of an unknown event', async () => {
    const { url } = await start({ limits: { frameBytes: 1000 } })
    const { client, faults } = await dialClient(url)
    const body = { a: [1, 'é', null, { error: 'none' }] }
    await expect(client.request('echo', body)).resolves.toEqual(body)
    await expect(client.request('fail', null)).rejects.toMatchObject({ code: 'CHAT_NO_ROOM', message: 'no such room' })
    await expect(client.request('nobody', null)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
    await expect(client.request('big', null)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_WIRE_TOO_LARGE' })
    const deep = { code: 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED' }
    await expect(client.request('deep', nested(64))).rejects.toMatchObject(deep)
    expect(faults).toEqual([])
  })

  it('T13 gives up: its cancel aborts the signal of the handler, and no answer comes', async () => {
    const { node, url } = await start()
    const { client } = await dialClient(url)
    const [waits, stopped] = [nextTalk(client, 'waits'), nextTalk(client, 'stopped')]
    const controller = new AbortController()
    const asked = client.request('wait', null, { signal: controller.signal })
    await waits
    controller.abort()
    await expect(asked).rejects.toMatchObject({ code: 'ERR_WIRE_CLIENT_CANCELLED' })
    await expect(stopped).resolves.toBe('ERR_TRUSTP2P_REQUEST_CANCELLED')
    await until(() => node.status().runningRequests === 0, 'the end of the handler')
  })

  it('T11 answers what the node asks: a value, a failure, an unknown event, and it hears a cancel', async () => {
    const { node, url, socket } = await start()
    let onAborted = () => {}
    const aborted = new Promise<void>((resolve) => (onAborted = resolve))
    await dialClient(url, (client) => {
      client.onRequest('double', (body) => [body, body])
      client.onRequest('full', () => Promise.reject(Object.assign(new Error('try later'), { code: 'ROOM_FULL' })))
      client.onRequest('broken', () => Promise.reject(new Error('oops')))
      client.onRequest('wait', (_, signal) => new Promise(() => signal.addEventListener('abort', onAborted)))
    })
    const peer = await socket()
    await expect(node.request(peer, 'double', { b: 'é' })).resolves.toEqual([{ b: 'é' }, { b: 'é' }])
    await expect(node.request(peer, 'full')).rejects.toMatchObject({ code: 'ROOM_FULL', message: 'try later' })
    const failed = { code: 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED', message: 'oops' }
    await expect(node.request(peer, 'broken')).rejects.toMatchObject(failed)
    await expect(node.request(peer, 'nobody')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
    await expect(node.request(peer, 'wait', null, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_REQUEST_TIMEOUT'
    })
    await aborted
  })

  it('T9 talks and is talked to', async () => {
    const { url } = await start()
    const { client, faults } = await dialClient(url)
    const noted = nextTalk(client, 'noted')
    client.talk('note', { text: 'hé' })
    await expect(noted).resolves.toEqual({ text: 'hé' })
    expect(faults).toEqual([])
  })

  it.each([
    ['some', Uint8Array.of(0, 255, 16)],
    ['no', new Uint8Array(0)]
  ])('T9 carries %s bytes as a body: in a request, in an answer and in a talk, both ways', async (_, bytes) => {
    const { node, url, socket } = await start()
    const { client } = await dialClient(url, (each) => each.onRequest('echo', (body) => body))
    const noted = nextTalk(client, 'noted')
    client.talk('note', bytes)
    const carried = [
      await client.request('echo', bytes),
      await node.request(await socket(), 'echo', bytes),
      await noted
    ] as Uint8Array[]
    expect(carried.map((body) => [body instanceof Uint8Array, ...body])).toEqual(carried.map(() => [true, ...bytes]))
  })

  it('T16 keeps a heartbeat: it answers the pings that its silence brings, and stays connected', async () => {
    const heartbeat = { roundMs: 20, roundJitterMs: 5, silentMs: 50, lostMs: 5000 }
    const { node, url } = await start({ heartbeat })
    const relay = await createRelay(url)
    await dialClient(relay.url)
    await until(() => relay.said.filter(({ type }) => type === PackageType.HEARTBEAT_PONG).length >= 3, 'three pongs')
    const tagsOf = (list: typeof relay.said, wanted: number) =>
      list.filter(({ type }) => type === wanted).map(({ tag }) => tag)
    const [pings, pongs] = [
      tagsOf(relay.heard, PackageType.HEARTBEAT_PING),
      tagsOf(relay.said, PackageType.HEARTBEAT_PONG)
    ]
    expect(pongs.slice(0, 3)).toEqual(pings.slice(0, 3))
    expect(node.sockets).toHaveLength(1)
  })

  it.each([
    ['without the thread of the heartbeat', undefined, false],
    ['with it', {}, false],
    ['with it, when it sleeps', { sleep: true }, true]
  ])('T16 pings a node %s and gets its pong', async (_, heartbeat, sleep) => {
    const { url } = await start(heartbeat === undefined ? {} : { heartbeat })
    const { client } = await dialClient(url)
    await expect(client.ping()).resolves.toEqual({ sleep })
  })

  it('T13 hears why a node goes, and its open requests fail', async () => {
    const { node, url } = await start()
    const { client, closed } = await dialClient(url)
    const waits = nextTalk(client, 'waits')
    const asked = client.request('wait', null)
    await waits
    const failed = expect(asked).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_STOPPED' })
    await node.close({ timeoutMs: 0 })
    await failed
    await expect(closed).resolves.toEqual([1001, 'node stopping'])
  })
})

describe('T24 a limit of a node, at it and one past it', () => {
  it('runningRequests: the next request is refused as busy, a cancelled one counts until its handler ends', async () => {
    const { url } = await start({ limits: { runningRequests: 2 } })
    const { client } = await dialClient(url)
    const stopped = nextTalk(client, 'stopped')
    const [first, second] = [new AbortController(), new AbortController()]
    const asked = [first, second].map(({ signal }) => client.request('wait', null, { signal }).catch(String))
    await expect(client.request('echo', 1)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_BUSY' })
    await expect(client.request('nobody', 1)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_BUSY' })
    await expect(client.ping()).resolves.toEqual({ sleep: false })
    first.abort()
    await stopped
    await expect(client.request('echo', 2)).resolves.toBe(2)
    second.abort()
    await Promise.all(asked)
  })

  it('unknownEvents: past it the socket is closed with 1003', async () => {
    const { url } = await start({ limits: { unknownEvents: 3 } })
    const { client, closed } = await dialClient(url)
    for (let count = 0; count < 3; count++) client.talk('nobody', count)
    await expect(client.request('echo', 'still here')).resolves.toBe('still here')
    client.talk('nobody', 3)
    await expect(closed).resolves.toEqual([1003, 'unknown talks'])
  })

  it('bodyDepth: a body one deeper fails its request alone, on either side', async () => {
    const { node, url, socket } = await start({ limits: { bodyDepth: 65 } })
    const { client } = await dialClient(url, (each) => each.onRequest('echo', (body) => body))
    const tooDeep = { code: 'ERR_TRUSTP2P_BODY_TOO_DEEP' }
    const peer = await socket()
    await expect(node.request(peer, 'echo', nested(64))).resolves.toEqual(nested(64))
    await expect(node.request(peer, 'echo', nested(65))).rejects.toMatchObject(tooDeep)

    const shallow = await start({ limits: { bodyDepth: 8 } })
    const other = (await dialClient(shallow.url)).client
    await expect(other.request('echo', nested(8))).resolves.toEqual(nested(8))
    await expect(other.request('echo', nested(9))).rejects.toMatchObject(tooDeep)
    await expect(Promise.all([client.request('echo', 1), other.request('echo', 1)])).resolves.toEqual([1, 1])
  })

  it('frameBytes: a package one byte longer closes the socket with 1009, and fails what was asked', async () => {
    const frameBytes = 1000
    const { url } = await start({ limits: { frameBytes } })
    const empty = encode('', { type: Type.REQUEST, event: 'echo', tag: '1' }).length
    // The length of the body takes two bytes from 128 on.
    const longest = 'x'.repeat(frameBytes - empty - 1)
    await expect((await dialClient(url)).client.request('echo', longest)).resolves.toBe(longest)
    const { client, closed } = await dialClient(url)
    await expect(client.request('echo', `${longest}x`)).rejects.toMatchObject({ code: 'ERR_WIRE_CLIENT_CLOSED' })
    await expect(closed).resolves.toEqual([1009, ''])
  })

  it('badFrames: what is no package closes the socket with 1002, and nobody else notices', async () => {
    const { url } = await start({ limits: { badFrames: 2 } })
    const { client } = await dialClient(url)
    const { socket, closed } = await dialRaw(url)
    socket.send(new Uint8Array(0))
    socket.send(Uint8Array.of(0xff))
    const answered = new Promise((resolve) => socket.on('message', resolve))
    socket.send(encode(1, { type: Type.REQUEST, event: 'echo', tag: '1' }))
    await answered
    socket.send(encode(1).subarray(0, 12))
    await expect(closed).resolves.toEqual([1002, 'undecodable frames'])
    await expect(client.request('echo', 1)).resolves.toBe(1)
  })

  it.each([
    [Type.REQUEST, 'nobody'],
    [Type.REQUEST, 'fail'],
    [Type.REQUEST, 'big'],
    [Type.PING, 'ping']
  ])(
    'a tag that leaves no room for an answer (%i %s) ends its socket with 1008 and hinders nobody',
    async (type, event) => {
      const { node, url } = await start()
      const { client } = await dialClient(url)
      const { socket, closed } = await dialRaw(url)
      // The length of the tag takes three bytes.
      socket.send(encode(1, { type, event, tag: 't'.repeat(1024 * 1024 - encode(1, { type, event }).length - 2) }))
      await expect(closed).resolves.toEqual([1008, 'answer too long'])
      await expect(client.request('echo', 1)).resolves.toBe(1)
      expect(node.status().runningRequests).toBe(0)
    }
  )
})

describe('T10 a peer that is not compatible', () => {
  const greeting = { protocol_version: '1.0', alt: '1', encodings: [0, 1] }

  it.each([
    ['a package of version 2.0', encode(1, { version: '2.0' }), 'incompatible versions'],
    ['a package of alt 2', encode(1, { alt: '2' }), 'incompatible alts'],
    [
      'a greeting of version 2.0',
      encode({ ...greeting, protocol_version: '2.0' }, { event: 'version' }),
      'incompatible versions'
    ],
    ['a greeting without a version', encode({ alt: '1' }, { event: 'version' }), 'incompatible versions'],
    ['a greeting that is no object', encode(7, { event: 'version' }), 'incompatible versions'],
    ['a greeting of alt 2', encode({ ...greeting, alt: '2' }, { event: 'version' }), 'incompatible alts']
  ])('is closed with 1000 after %s', async (_, frame, reason) => {
    const { url } = await start()
    const { socket, closed } = await dialRaw(url)
    socket.send(frame)
    await expect(closed).resolves.toEqual([1000, reason])
  })

  it('stays where only its minor version is another', async () => {
    const { url } = await start()
    const { socket } = await dialRaw(url)
    socket.send(encode({ ...greeting, protocol_version: '1.7.2' }, { event: 'version' }))
    const answered = new Promise((resolve) => socket.on('message', resolve))
    socket.send(encode(1, { type: Type.REQUEST, event: 'echo', tag: '1', version: '1.7.2' }))
    await answered
    expect(socket.readyState).toBe(socket.OPEN)
  })
})
