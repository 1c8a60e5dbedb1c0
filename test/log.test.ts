import { once as onceEmitted } from 'node:events'
import { WebSocket } from 'ws'
import { CP2pPackage, createLog, createServer, PackageType } from 'trustp2p'
import type { NodeConfig, P2pNode } from 'trustp2p'
import { closing, createProject, disposeAll, disposeLater, once } from './project'

const HOSTILE = 'x\u001b[2J\u009b31m\r\n{"level":60}\u2028\u202e'
const ECHO = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Echo extends Thread {
    get eventMap() {
      return { [PackageType.REQUEST]: { echo: (socket, message) => message.body } }
    }
    onSocketConnection() { this.log.info({}, 'met') }
  }
`

afterEach(disposeAll)

async function startLogging(level: NodeConfig['log']['level']): Promise<{ server: P2pNode; written: string[] }> {
  const written: string[] = []
  const logger = createLog({ level, destination: { write: (line) => written.push(line) } })
  const project = createProject()
  project.thread('echo.js', ECHO)
  const server = await closing(createServer({ cwd: project.cwd, logger, auth: 'off', listen: ['ws://127.0.0.1:0'] }))
  return { server, written }
}

async function dial(server: P2pNode): Promise<WebSocket> {
  const socket = new WebSocket(String(server.addresses[0]))
  disposeLater(() => socket.terminate())
  await onceEmitted(socket, 'open')
  return socket
}

it('T24 a peer cannot forge a line or a sequence that a terminal obeys', async () => {
  const { server, written } = await startLogging('trace')
  const peer = await dial(server)
  const closed = once(server, 'socket:close')
  peer.send(CP2pPackage.encode({ type: PackageType.TALK, event: 'version', body: { program: HOSTILE } }))
  peer.send(CP2pPackage.encode({ type: PackageType.REQUEST, event: HOSTILE, body: HOSTILE, tag: HOSTILE }))
  peer.send(new Uint8Array([0x22, 0x01, 0x1b]))
  await closed
  const again = await dial(server)
  const left = once(server, 'socket:close')
  again.close(4000, HOSTILE)
  await left
  for (const line of written) expect(line).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*\n$/u)
  const lines = written.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'socket closed', code: 4000, reason: HOSTILE }))
})

it('each socket and each thread has a log of its own', async () => {
  const { server, written } = await startLogging('debug')
  const opened = once(server, 'socket:connection')
  await dial(server)
  await opened
  const [socket] = server.sockets
  const lines = written.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 20, socket: socket?.id, peer: socket?.peer, msg: 'socket open', inbound: true })
  )
  expect(lines).toContainEqual(expect.objectContaining({ level: 30, thread: 'echo', msg: 'met' }))
})

it('no line is written for a frame above debug, whether it is good or bad', async () => {
  const { server, written } = await startLogging('info')
  const peer = await dial(server)
  const before = written.length
  for (let index = 0; index < 500; index++) {
    peer.send(CP2pPackage.encode({ type: PackageType.REQUEST, event: 'echo', body: index, tag: `a${index}` }))
    peer.send(CP2pPackage.encode({ type: PackageType.REQUEST, event: 'nobody', body: index, tag: `b${index}` }))
    peer.send(CP2pPackage.encode({ type: PackageType.TALK, event: 'nobody', body: index }))
  }
  const closed = once(server, 'socket:close')
  peer.send(new Uint8Array([0xff]))
  await closed
  expect(server.status().counters.framesIn).toBe(1501)
  expect(written.slice(before)).toEqual([])
})
