import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createClient, createServer } from 'trustp2p'
import type { P2pSocket } from 'trustp2p'
import { runFixture } from './child'
import { LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'

const SLOW = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Slow extends Thread {
    get eventMap() {
      return { [PackageType.REQUEST]: { slow: this.onSlow, stubborn: this.onStubborn } }
    }
    onSlow() { return globalThis.gate }
    onStubborn(socket, message) {
      return new Promise((resolve) => message.signal.addEventListener('abort', () => resolve('too late')))
    }
  }
`

afterEach(disposeAll)

/** Makes the gate that the threads of a test wait at; gives what opens it. */
function createGate(): (value: string) => void {
  let open: (value: string) => void = () => undefined
  Object.assign(globalThis, { gate: new Promise<string>((resolve) => (open = resolve)) })
  return open
}

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
    const open = createGate()
    const answer = client.request(socket, 'slow')
    await until(() => server.status().runningRequests === 1, 'a running request')
    const closed = once(client, 'socket:close')
    const done = server.close()
    await expect(client.request(socket, 'slow')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_NODE_CLOSED' })
    open('done')
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

  describe('during the start, by the signal, rejects the start with ERR_TRUSTP2P_NODE_CLOSED', () => {
    const closed = { code: 'ERR_TRUSTP2P_NODE_CLOSED' }

    it('before anything was opened', async () => {
      await expect(
        createServer({ cwd: createProject().cwd, ...LISTEN, signal: AbortSignal.abort() })
      ).rejects.toMatchObject(closed)
    })

    it.each(['during the load', 'during start()'])('%s of a thread', async (place) => {
      const open = createGate()
      const stopper = new AbortController()
      Object.assign(globalThis, { reached: () => stopper.abort() })
      const wait = `globalThis.reached(); await globalThis.gate`
      const project = createProject()
      project.thread(
        'waiting.mjs',
        `import { Thread } from 'trustp2p'
        ${place === 'during the load' ? wait : ''}
        export default class extends Thread {
          static manifest = { handles: [] }
          async start() { ${place === 'during the load' ? '' : wait} }
        }`
      )
      await expect(createServer({ cwd: project.cwd, ...LISTEN, signal: stopper.signal })).rejects.toMatchObject(closed)
      open('too late')
    })

    it('during a dial', async () => {
      const stopper = new AbortController()
      const mute = createTcpServer(() => stopper.abort())
      await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
      disposeLater(() => mute.close())
      const connect = [`ws://127.0.0.1:${(mute.address() as AddressInfo).port}`]
      const starting = createClient({ cwd: createProject().cwd, ...QUIET, connect, signal: stopper.signal })
      await expect(starting).rejects.toMatchObject(closed)
    })
  })

  it('after the start, by the signal, closes the node', async () => {
    const controller = new AbortController()
    const server = await createServer({ cwd: createProject().cwd, ...LISTEN, signal: controller.signal })
    controller.abort()
    await until(() => server.status().state === 'closed', 'a closed node')
  })

  it('of 200 servers and clients in one process, whenever it comes, leaves no handle, listener or timer', async () => {
    const result = await runFixture('start-and-close.ts', [createProject().cwd, '200'])
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const { unstarted, ...rest } = JSON.parse(result.stdout) as { unstarted: number }
    expect(rest).toEqual({ answered: 150, failed: 250, resources: [], listeners: 0 })
    expect(unstarted).toBeGreaterThan(0)
  }, 120_000)
})
