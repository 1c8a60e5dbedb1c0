import { createClient, createServer, errorCode } from 'trustp2p'
import type { ConfigInput, P2pNode, P2pSocket } from 'trustp2p'
import { LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, once, until } from './project'

afterEach(disposeAll)

const NAP_MS = 400

/** Stands still when it is asked, so that what comes meanwhile is not taken. */
const SLEEPER = `
  const { Thread, PackageType } = require('trustp2p')
  let talks = 0
  const held = []
  const MEBIBYTE = 1024 * 1024 / 8
  module.exports = class Sleeper extends Thread {
    get eventMap() {
      return {
        [PackageType.REQUEST]: {
          nap: () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${NAP_MS}); return 'awake' },
          ping: () => 'pong',
          talks: () => talks,
          hold: (socket, { body }) => {
            for (let count = 0; count < body; count++) held.push(new Array(MEBIBYTE).fill(count / 3))
            return held.length
          },
          askBodies: async (socket, { body }) => {
            const all = await Promise.allSettled(body.map((bytes) => this.node.request(socket, 'answer', new Uint8Array(bytes))))
            return all.map(({ value, reason }) => value ?? reason.code)
          },
          askAll: async (socket, { body }) => {
            const all = await Promise.allSettled(Array.from({ length: body }, () => this.node.request(socket, 'answer')))
            return all.map(({ value, reason }) => value ?? reason.code)
          },
          talkAll: (socket, { body }) => Array.from({ length: body }, () => {
            try { return this.node.talk(socket, 'told') } catch (error) { return error.code }
          }),
          callAll: async (socket, { body }) => {
            const all = await Promise.allSettled(Array.from({ length: body }, () => this.threads.get('other').one()))
            return all.map(({ value, reason }) => value ?? reason.code)
          }
        },
        [PackageType.TALK]: { talk: () => { talks += 1 } }
      }
    }
    one() { return 1 }
  }
`
const OTHER = `
  const { Thread } = require('trustp2p')
  module.exports = class Other extends Thread { static manifest = { handles: [] }; one() { return 1 } }
`
const ANSWERS = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Answers extends Thread {
    get eventMap() { return { [PackageType.REQUEST]: { answer: () => 'yes' }, [PackageType.TALK]: { told: () => undefined } } }
  }
`
const BUSY = 'ERR_TRUSTP2P_LIMIT_BUSY'

async function start(worker: object): Promise<{ server: P2pNode; client: P2pNode; socket: P2pSocket }> {
  const [project, peer] = [createProject(), createProject()]
  project.thread('sleeper.js', SLEEPER)
  project.thread('other.js', OTHER)
  peer.thread('answers.js', ANSWERS)
  const threads: ConfigInput['threads'] = { sleeper: { isolation: 'worker', worker } }
  const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, threads }))
  const client = await closing(createClient({ cwd: peer.cwd, ...QUIET, connect: server.addresses }))
  return { server, client, socket: client.sockets[0] as P2pSocket }
}

const counts = (outcomes: readonly unknown[]): [good: number, busy: number] => {
  const busy = outcomes.filter((outcome) => typeof outcome === 'string' && outcome.startsWith('ERR_')).length
  return [outcomes.length - busy, busy]
}

describe('U4 the queue to a thread in a worker', () => {
  it('takes worker.queue messages, and answers the next with ERR_TRUSTP2P_LIMIT_BUSY at once', async () => {
    const { server, client, socket } = await start({ queue: 4 })
    const nap = client.request(socket, 'nap')
    const asked = [1, 2, 3, 4].map((index) =>
      client.request(socket, 'ping').catch((error: unknown) => `${errorCode(error) ?? ''} ${index}`)
    )
    expect(await Promise.race([nap, asked[3]])).toBe(`${BUSY} 4`)
    expect(await Promise.all([nap, ...asked.slice(0, 3)])).toEqual(['awake', 'pong', 'pong', 'pong'])
    expect(server.threads.list().find(({ name }) => name === 'sleeper')).toMatchObject({ dropped: 1, state: 'running' })
    await expect(client.request(socket, 'ping')).resolves.toBe('pong')
  })

  it('drops and counts the talks beyond it', async () => {
    const { server, client, socket } = await start({ queue: 4 })
    const nap = client.request(socket, 'nap')
    for (let index = 0; index < 5; index++) client.talk(socket, 'talk')
    await nap
    expect(await client.request(socket, 'talks')).toBe(3)
    expect(server.threads.list().find(({ name }) => name === 'sleeper')).toMatchObject({ dropped: 2 })
  })

  it('takes worker.queueBytes of bodies', async () => {
    const { client, socket } = await start({ queueBytes: 4096 })
    const nap = client.request(socket, 'nap')
    const ask = (bytes: number) => client.request(socket, 'ping', new Uint8Array(bytes)).then(String, errorCode)
    const [first, second, third] = [ask(3000), ask(2000), ask(500)]
    expect(await Promise.all([nap, first, second, third])).toEqual(['awake', 'pong', BUSY, 'pong'])
  })

  it('takes as many calls of other threads', async () => {
    const { server, client, socket } = await start({ queue: 4 })
    const nap = client.request(socket, 'nap')
    await until(() => server.threads.list().some(({ active }) => active > 0), 'the nap')
    const sleeper = server.threads.get('sleeper')
    const called = Array.from({ length: 5 }, () => Promise.resolve(sleeper['one']?.()).catch(errorCode))
    expect(counts(await Promise.all(called))).toEqual([3, 2])
    await nap
  })
})

describe('U4 the queue from a thread in a worker', () => {
  it.each([
    ['requests', 'askAll', BUSY],
    ['talks', 'talkAll', 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE'],
    ['calls', 'callAll', BUSY]
  ])('takes worker.queue %s of one turn, and refuses the next', async (_what, event, code) => {
    const { client, socket } = await start({ queue: 4 })
    const atLimit = (await client.request(socket, event, 4)) as unknown[]
    expect(counts(atLimit)).toEqual([4, 0])
    const beyond = (await client.request(socket, event, 5)) as unknown[]
    expect([counts(beyond), beyond.at(-1)]).toEqual([[4, 1], code])
    expect(counts((await client.request(socket, event, 4)) as unknown[])).toEqual([4, 0])
  })

  it('takes worker.queueBytes of bodies, and not one more; one that is alone may be of any size', async () => {
    const { client, socket } = await start({ queueBytes: 4096 })
    expect(await client.request(socket, 'askBodies', [3000, 1096])).toEqual(['yes', 'yes'])
    expect(await client.request(socket, 'askBodies', [3000, 1097, 1000])).toEqual(['yes', BUSY, 'yes'])
    expect(await client.request(socket, 'askBodies', [9000])).toEqual(['yes'])
  })
})

describe('U4 the heap of a thread in a worker', () => {
  it('holds what is below worker.heapMb, and ends the worker beyond it', async () => {
    const { server, client, socket } = await start({ heapMb: 64 })
    await expect(client.request(socket, 'hold', 40)).resolves.toBe(40)
    const failed = once(server, 'thread:failed')
    await expect(client.request(socket, 'hold', 40)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_CRASHED' })
    expect(await failed).toMatchObject([{ name: 'sleeper', error: { details: { reason: 'memory' } } }])
  })
})
