import { createClient, createServer } from 'trustp2p'
import type { P2pSocket } from 'trustp2p'
import { runFixture } from './child'
import { closing, createProject, disposeAll, once, until } from './project'

const QUIET = { log: { level: 'silent' } } as const
const LISTEN = { ...QUIET, listen: ['ws://127.0.0.1:0'] }

const SLOW = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Slow extends Thread {
    get eventMap() {
      return { [PackageType.REQUEST]: { slow: this.onSlow, stubborn: this.onStubborn } }
    }
    onSlow() { return new Promise((resolve) => setTimeout(resolve, 150, 'done')) }
    onStubborn(socket, message) {
      return new Promise((resolve) => message.signal.addEventListener('abort', () => resolve('too late')))
    }
  }
`

afterEach(disposeAll)

async function createPair() {
  const project = createProject()
  project.thread('slow.js', SLOW)
  const server = await closing(createServer({ cwd: project.cwd, ...LISTEN }))
  const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: server.addresses }))
  return { server, client, socket: client.sockets[0] as P2pSocket }
}

describe('T1 close', () => {
  it('lets running handlers finish and refuses new requests meanwhile; the sockets close with 1001', async () => {
    const { server, client, socket } = await createPair()
    const answer = client.request(socket, 'slow')
    await until(() => server.status().runningRequests === 1, 'a running request')
    const closed = once(client, 'socket:close')
    const done = server.close()
    await expect(client.request(socket, 'slow')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_NODE_CLOSED' })
    await expect(answer).resolves.toBe('done')
    await done
    expect((await closed).slice(1)).toEqual([1001, 'node stopping'])
  })

  it('aborts what runs longer than timeoutMs, and its caller gets ERR_TRUSTP2P_THREAD_STOPPED', async () => {
    const { server, client, socket } = await createPair()
    const answer = client.request(socket, 'stubborn')
    await until(() => server.status().runningRequests === 1, 'a running request')
    await Promise.all([
      expect(answer).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_STOPPED' }),
      server.close({ timeoutMs: 50 })
    ])
  })

  it('settles our own requests with ERR_TRUSTP2P_NODE_CLOSED, and refuses what is sent afterwards', async () => {
    const { client, server, socket } = await createPair()
    const answer = client.request(socket, 'stubborn')
    await until(() => server.status().runningRequests === 1, 'a running request')
    const gone = expect(answer).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_NODE_CLOSED' })
    await client.close()
    await gone
    const closed = expect.objectContaining({ code: 'ERR_TRUSTP2P_NODE_CLOSED' }) as unknown
    await expect(client.request(socket, 'slow')).rejects.toEqual(closed)
    await expect(client.connect(String(server.addresses[0]))).rejects.toEqual(closed)
    expect(() => client.talk(socket, 'note')).toThrow(closed as Error)
    await until(() => server.sockets.length === 0, 'the server sees it go')
  })

  it('called twice gives the same promise', async () => {
    const { server } = await createPair()
    const first = server.close()
    expect(server.close()).toBe(first)
    await first
    expect(server.status().state).toBe('closed')
  })

  it('during the start, by the signal, rejects the start with ERR_TRUSTP2P_NODE_CLOSED', async () => {
    const project = createProject()
    project.thread(
      'slow.js',
      `${SLOW}; module.exports.prototype.start = () => new Promise((resolve) => setTimeout(resolve, 100))`
    )
    for (const delayMs of [0, 10, 50]) {
      const controller = new AbortController()
      const starting = createServer({ cwd: project.cwd, ...LISTEN, signal: controller.signal })
      if (delayMs === 0) controller.abort()
      else setTimeout(() => controller.abort(), delayMs)
      await expect(starting).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_NODE_CLOSED' })
    }
  })

  it('after the start, by the signal, closes the node', async () => {
    const controller = new AbortController()
    const server = await createServer({ cwd: createProject().cwd, ...LISTEN, signal: controller.signal })
    controller.abort()
    await until(() => server.status().state === 'closed', 'a closed node')
  })

  it('of 200 servers and clients in one process leaves no handle, listener or timer', async () => {
    const result = await runFixture('start-and-close.ts', [createProject().cwd, '200'])
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(result.stdout)).toEqual({ rounds: 200, answered: 200, resources: [], listeners: 0 })
  }, 120_000)
})
