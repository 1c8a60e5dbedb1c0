import { once as onceEmitted } from 'node:events'
import { WebSocket } from 'ws'
import { createNode, createServer } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { addressOf, createPair, ISOLATIONS, LISTEN, QUIET, runningIn } from './pair'
import { closing, createProject, disposeAll, disposeLater, once } from './project'
import { startRawServer } from './raw-server'

/** Notes every hook that is called, with what the socket said of itself then. */
const HOOKS = `
  const { Thread } = require('trustp2p')
  module.exports = class Hooks extends Thread {
    static manifest = { handles: [] }
    notes = []
    note(hook, { bInbound, bOutbound, state }, ...rest) { this.notes.push([hook, bInbound, bOutbound, state, ...rest]) }
    take() { return this.notes.splice(0) }
    onSocketConnection(socket) { this.note('connection', socket) }
    onSocketOpen(socket) { this.note('open', socket) }
    onSocketClose(socket) { this.note('close', socket) }
    onSocketError(error, socket) { this.note('error', socket, error.code) }
  }
`
/** The same, but its start() waits at the gate. */
const SLOW = HOOKS.replace(
  'notes = []',
  `notes = []
    start() { return this.threads.get('gate').enter() }
    open() { return this.node.sockets.length }`
)
const GATE = `
  const { Thread } = require('trustp2p')
  module.exports = class Gate extends Thread {
    static manifest = { handles: [] }
    enter() { return new Promise((resolve) => { this.release = resolve }) }
    hasSomebody() { return this.release !== undefined }
    open() { this.release() }
  }
`
/** A frame that is no package. */
const GARBAGE = new Uint8Array([0xff])
const BAD = 'ERR_TRUSTP2P_WIRE_TRUNCATED'

afterEach(disposeAll)

/** What the hooks of a node noted since the last look. */
function notesOf(node: P2pNode): Promise<unknown> {
  return node.threads.get('hooks')['take']?.() ?? Promise.resolve('no thread')
}

function createHooksProject(): string {
  const project = createProject()
  project.thread('hooks.js', HOOKS)
  return project.cwd
}

describe.each(ISOLATIONS)('T5 the hooks of a thread, %s,', (isolation) => {
  const threads = runningIn(isolation, ['hooks'])

  it('of a connection and its close fire on both sides, and tell inbound from outbound', async () => {
    const pair = await createPair({ 'hooks.js': HOOKS }, threads)
    await expect(notesOf(pair.server)).resolves.toEqual([['connection', true, false, 'open']])
    await expect(notesOf(pair.client)).resolves.toEqual([['open', false, true, 'open']])
    const closes = [once(pair.server, 'socket:close'), once(pair.client, 'socket:close')]
    pair.out.close(1000, 'bye')
    expect(await Promise.all(closes)).toEqual([
      [pair.in, 1000, 'bye'],
      [pair.out, 1000, 'bye']
    ])
    await expect(notesOf(pair.server)).resolves.toEqual([['close', true, false, 'closed']])
    await expect(notesOf(pair.client)).resolves.toEqual([['close', false, true, 'closed']])
  })

  it('tell each of two directions of one node from the other', async () => {
    const middle = await closing(createServer({ cwd: createHooksProject(), ...LISTEN, threads }))
    const far = await closing(createServer({ cwd: createProject().cwd, ...LISTEN }))
    const near = await closing(createNode({ cwd: createProject().cwd, ...QUIET }))
    const connected = once(middle, 'socket:connection')
    const inbound = await near.connect(addressOf(middle))
    await connected
    const outbound = await middle.connect(addressOf(far))
    expect(middle.sockets.map(({ bInbound, bOutbound }) => [bInbound, bOutbound])).toEqual([
      [true, false],
      [false, true]
    ])
    const gone = once(middle, 'socket:close', ({ bOutbound }: { bOutbound: boolean }) => bOutbound)
    outbound.close(1000, 'bye')
    await gone
    const left = once(middle, 'socket:close')
    inbound.close(1000, 'bye')
    await left
    await expect(notesOf(middle)).resolves.toEqual([
      ['connection', true, false, 'open'],
      ['open', false, true, 'open'],
      ['close', false, true, 'closed'],
      ['close', true, false, 'closed']
    ])
  })

  it('of a socket that came and went while start() ran fire after it, and the socket is in no list', async () => {
    const project = createProject()
    project.thread('gate.js', GATE)
    project.write('threads-available/hooks.js', SLOW)
    const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, threads }))
    const enabled = server.threads.enable('hooks')
    const gate = server.threads.get('gate')
    while ((await gate['hasSomebody']?.()) !== true) await new Promise((resolve) => setTimeout(resolve, 5))
    const closed = once(server, 'socket:close')
    const peer = await createNode({ cwd: createProject().cwd, ...QUIET })
    await peer.connect(addressOf(server))
    await peer.close()
    await closed
    await gate['open']?.()
    await enabled
    await expect(notesOf(server)).resolves.toEqual([
      ['connection', true, false, 'closed'],
      ['close', true, false, 'closed']
    ])
    await expect(server.threads.get('hooks')['open']?.()).resolves.toBe(0)
  })

  it('of an error fire for an inbound socket, before its close', async () => {
    const server = await closing(createServer({ cwd: createHooksProject(), ...LISTEN, threads }))
    const peer = new WebSocket(addressOf(server))
    disposeLater(() => peer.terminate())
    await onceEmitted(peer, 'open')
    const failed = once(server, 'socket:error')
    const closed = once(server, 'socket:close')
    peer.send(GARBAGE)
    expect(await failed).toMatchObject([{ code: BAD }, { bInbound: true }])
    expect((await closed).slice(1)).toEqual([1002, 'undecodable frames'])
    await expect(notesOf(server)).resolves.toEqual([
      ['connection', true, false, 'open'],
      ['error', true, false, 'open', BAD],
      ['close', true, false, 'closed']
    ])
  })

  it('of an error fire for an outbound socket, before its close', async () => {
    const url = await startRawServer((socket) => socket.send(GARBAGE))
    const client = await closing(createNode({ cwd: createHooksProject(), ...QUIET, auth: 'off', threads }))
    const failed = once(client, 'socket:error')
    const closed = once(client, 'socket:close')
    await client.connect(url)
    expect(await failed).toMatchObject([{ code: BAD }, { bOutbound: true }])
    await closed
    await expect(notesOf(client)).resolves.toEqual([
      ['open', false, true, 'open'],
      ['error', false, true, 'open', BAD],
      ['close', false, true, 'closed']
    ])
  })
})
