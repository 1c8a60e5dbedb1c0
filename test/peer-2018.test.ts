import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, createServer } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { addressOf, LISTEN, QUIET } from './pair'
import { Peer2018 } from './peer-2018'
import { closing, createProject, disposeAll, once, until } from './project'
import { startRawServer } from './raw-server'

const DESK = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Desk extends Thread {
    heard = []
    get eventMap() {
      return {
        [PackageType.REQUEST]: {
          echo: (socket, { body }) => body,
          heard: () => this.heard,
          bytes: () => new Uint8Array([1]),
          fail() { throw Object.assign(new Error('no such room'), { code: 'CHAT_NO_ROOM' }) }
        },
        [PackageType.TALK]: { note: this.onNote },
        [PackageType.SYSTEM]: { note: this.onNote }
      }
    }
    onNote(socket, { type, body }) { this.heard.push([type, body]) }
  }
`
const HEARTBEAT = join(__dirname, '..', 'threads-available', 'heartbeat.ts')

afterEach(disposeAll)

async function startServer(heartbeat?: object): Promise<P2pNode> {
  const project = createProject()
  project.thread('desk.js', DESK)
  if (heartbeat !== undefined) {
    cpSync(HEARTBEAT, project.write('threads-available/heartbeat.ts', ''))
    project.link('heartbeat.ts', 'threads-available/heartbeat.ts')
  }
  return closing(createServer({ cwd: project.cwd, ...LISTEN, threads: { heartbeat: { config: heartbeat ?? {} } } }))
}

describe('T7 a peer of 2018 that dials', () => {
  it('hears our greeting, and its own empty one is counted and ignored', async () => {
    const server = await startServer()
    const peer = await Peer2018.dial(addressOf(server))
    await until(() => peer.heard[0], 'our greeting')
    expect(peer.heard).toMatchObject([
      { version: '1.0', alt: '1', type: 'TALK', event: 'version', body: { protocol_version: '1.0', alt: '1' }, tag: '' }
    ])
    await peer.ask('echo', {})
    expect(server.status().counters).toMatchObject({ emptyFrames: 1, badFrames: 0, unknownEvents: 0 })
  })

  it('talks to our threads, and hears what they say', async () => {
    const server = await startServer()
    const peer = await Peer2018.dial(addressOf(server))
    peer.say('TALK', 'note', { n: 1 })
    peer.say('SYSTEM', 'note', { n: 2 }, 'a-tag')
    expect((await peer.ask('heard', {})).body).toEqual([
      [20, { n: 1 }],
      [0, { n: 2 }]
    ])
    const [socket] = server.sockets as [P2pSocket]
    server.talk(socket, 'news', { n: 3 })
    await until(() => peer.heard.some(({ event }) => event === 'news'), 'the news')
    expect(peer.heard.at(-1)).toEqual({
      version: '1.0',
      alt: '1',
      type: 'TALK',
      event: 'news',
      body: { n: 3 },
      tag: ''
    })
  })

  it('asks, and reads our answers and our failures', async () => {
    const server = await startServer()
    const peer = await Peer2018.dial(addressOf(server))
    const body = { a: [1, 'é€😀', null] }
    expect(await peer.ask('echo', body)).toMatchObject({ type: 'RESPONSE', event: 'echo', body, tag: 'old-1' })
    const failures = await Promise.all([peer.ask('fail', {}), peer.ask('nobody', {}), peer.ask('bytes', {})])
    expect(failures.map((failure) => failure.body)).toMatchObject([
      { error: 'no such room', code: 'CHAT_NO_ROOM' },
      { error: expect.any(String) as unknown, code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' },
      { error: expect.any(String) as unknown, code: 'ERR_TRUSTP2P_BODY_UNSUPPORTED' }
    ])
  })

  it('is asked, and answers or fails in its own way; it gets no bytes and no cancel', async () => {
    const server = await startServer()
    const peer = await Peer2018.dial(addressOf(server), ({ type, event, body }) => {
      if (type !== 'REQUEST' || event === 'silent') return undefined
      return { type: 'RESPONSE', body: event === 'bad' ? { error: 'no' } : { you: body } }
    })
    const socket = await until(() => server.sockets[0], 'a socket')
    await expect(server.request(socket, 'good', 'x')).resolves.toEqual({ you: 'x' })
    const refused = server.request(socket, 'bad')
    await expect(refused).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_REQUEST_REMOTE', message: 'no' })
    const bytes = server.request(socket, 'good', new Uint8Array(1))
    await expect(bytes).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_BODY_UNSUPPORTED' })
    const late = server.request(socket, 'silent', null, { timeoutMs: 20 })
    await expect(late).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_REQUEST_TIMEOUT' })
    await expect(server.request(socket, 'good')).resolves.toEqual({ you: null })
    expect(peer.of('SYSTEM')).toEqual([])
  })

  it('keeps a heartbeat: it answers our pings and stays; one that does not is lost', async () => {
    const server = await startServer({ roundMs: 20, roundJitterMs: 5, silentMs: 40, lostMs: 400 })
    const peer = await Peer2018.dial(addressOf(server), ({ type }) =>
      type === 'HEARTBEAT_PING' ? { type: 'HEARTBEAT_PONG', body: { sleep: false } } : undefined
    )
    const lost = once(server, 'socket:close')
    const silent = await Peer2018.dial(addressOf(server))
    expect((await lost).slice(1)).toEqual([1000, 'lost driver'])
    await until(() => peer.of('HEARTBEAT_PING').length >= 4, 'four pings')
    expect(peer.of('HEARTBEAT_PING')[0]).toMatchObject({ event: 'ping', body: {} })
    expect([server.sockets.length, peer.connected]).toEqual([1, true])
    await until(() => !silent.connected, 'the silent one is gone')
  })
})

it('T7 a server of 2018 is dialled, asked, answered, and its pings get pongs', async () => {
  let server: Peer2018 | undefined
  const url = await startRawServer((socket) => {
    server = new Peer2018(socket, ({ type, body }) =>
      type === 'REQUEST' ? { type: 'RESPONSE', body: { you: body } } : undefined
    )
  })
  const project = createProject()
  project.thread('desk.js', DESK)
  const client = await closing(createClient({ cwd: project.cwd, ...QUIET, connect: [url] }))
  const [socket] = client.sockets as [P2pSocket]
  await expect(client.request(socket, 'anything', [1])).resolves.toEqual({ you: [1] })
  const peer = await until(() => server, 'the server end')
  expect((await peer.ask('echo', { b: 1 })).body).toEqual({ b: 1 })
  peer.say('HEARTBEAT_PING', 'ping', {}, 'beat')
  await until(() => peer.of('HEARTBEAT_PONG').length === 1, 'a pong')
  expect(peer.of('HEARTBEAT_PONG')).toMatchObject([{ event: 'pong', body: { sleep: false }, tag: 'beat' }])
})
