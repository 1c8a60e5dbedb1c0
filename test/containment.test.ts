import { once as onceEmitted } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createClient } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { startFixture } from './child'
import { QUIET } from './pair'
import { closing, createProject, disposeAll, until } from './project'
import type { Project } from './project'

/** What a thread leaves floating when it is asked to; Node's own timers, since those of its file are undone with it. */
const LEFT = {
  timer: `require('node:timers').setTimeout(() => { throw new Error('timer') }, 1)`,
  promise: `Promise.reject(new Error('promise'))`,
  emitter: `require('node:timers').setImmediate(() => new (require('node:events'))().emit('error', new Error('emitter')))`,
  stream: `require('node:fs').createReadStream('/no/such/file')`,
  tick: `process.nextTick(() => { throw new Error('tick') })`
} as const

const BAD = `
const { PackageType, Thread } = require('trustp2p')
module.exports = class Bad extends Thread {
  static manifest = { restart: { firstMs: 1, most: 100 } }
  number = (globalThis.instances = (globalThis.instances ?? 0) + 1)
  get eventMap() {
    return { [PackageType.REQUEST]: { bad: (socket, { body }) => void this[body](), instance: () => this.number } }
  }
  ${Object.entries(LEFT)
    .map(([name, text]) => `${name}() { ${text} }`)
    .join('\n')}
}`

const GOOD = `
const { PackageType, Thread } = require('trustp2p')
let asked = 0
module.exports = class Good extends Thread {
  get eventMap() {
    return { [PackageType.REQUEST]: { good: () => ++asked, slowly: () => new Promise((resolve) => this.setTimeout(() => resolve(++asked), 5)) } }
  }
}`

jest.setTimeout(60_000)
afterEach(disposeAll)

interface Asked {
  readonly client: P2pNode
  readonly socket: P2pSocket
  /** Ends the server in order; gives how its process ended. */
  end(): Promise<unknown>
}

async function startServer(project: Project): Promise<Asked> {
  const child = startFixture('server.ts', [project.cwd])
  const [address] = (await onceEmitted(createInterface({ input: child.stdout }), 'line')) as [string]
  const client = await closing(createClient({ cwd: project.cwd, source: NONE, ...QUIET, connect: [address] }))
  const [socket] = client.sockets
  if (socket === undefined) throw new Error('the client reached nobody')
  const end = async (): Promise<unknown> => {
    const ended = onceEmitted(child, 'exit')
    child.stdin.end()
    return (await ended)[0]
  }
  return { client, socket, end }
}

const NONE = {
  open: () => Promise.resolve([]),
  close: () => Promise.resolve(),
  enable: () => Promise.resolve(false),
  disable: () => Promise.resolve(false),
  nameOf: (text: string) => text,
  available: () => Promise.resolve([])
}

/** Asks without end, several at a time; what it gives ends that and tells how many answers came, each once. */
function askOn({ client, socket }: Asked): () => Promise<{ answers: number[]; failures: unknown[] }> {
  const answers: number[] = []
  const failures: unknown[] = []
  let ended = false
  const ask = async (event: string): Promise<void> => {
    while (!ended && failures.length === 0) {
      await client.request(socket, event).then(
        (answer) => answers.push(Number(answer)),
        (error: unknown) => failures.push(error)
      )
    }
  }
  const asking = Promise.all(['good', 'slowly', 'good', 'slowly'].map(ask))
  return async () => {
    ended = true
    await asking
    return { answers, failures }
  }
}

/** Which instance of the thread serves, counted from 1; 0 while none does. */
function instance({ client, socket }: Asked): Promise<number> {
  return client.request(socket, 'instance').then(Number, () => 0)
}

async function untilInstance(asked: Asked, number: number): Promise<void> {
  while ((await instance(asked)) !== number) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('T24 a thread that leaves something floating', () => {
  it('ends alone and comes back, while its neighbour answers every request of a peer', async () => {
    const project = createProject()
    project.thread('bad.js', BAD)
    project.thread('good.js', GOOD)
    const server = await startServer(project)
    const stop = askOn(server)
    for (const [index, kind] of Object.keys(LEFT).entries()) {
      await untilInstance(server, index + 1)
      expect(await server.client.request(server.socket, 'bad', kind)).toBeNull()
    }
    await untilInstance(server, Object.keys(LEFT).length + 1)
    const { answers, failures } = await stop()
    expect(failures).toEqual([])
    expect(new Set(answers).size).toBe(answers.length)
    expect(await server.end()).toBe(0)
  })
})

describe('U2 a new version that leaves something floating', () => {
  it.each([
    ['while its module loads', `Promise.reject(new Error('no'))\n`, ''],
    ['while it starts', '', `async start() { Promise.reject(new Error('no')); await new Promise(() => undefined) }`]
  ])('%s never takes over, and the next one does', async (_when, above, within) => {
    const version = (number: number, before: string, members: string): string => `${before}
      const { PackageType, Thread } = require('trustp2p')
      module.exports = class extends Thread {
        get eventMap() { return { [PackageType.REQUEST]: { version: () => ${number} } } }
        ${members}
      }`
    const project = createProject()
    project.thread('a.js', version(1, '', ''))
    const { client, socket, end } = await startServer(project)
    const seen = new Set<unknown>()
    let ended = false
    const asking = (async () => {
      while (!ended) seen.add(await client.request(socket, 'version'))
    })()
    const failed = project.write('failed', '')
    const told = `require('node:fs').appendFileSync(${JSON.stringify(failed)}, 'ran')\n`
    project.replace('threads-available/a.js', version(2, told + above, within))
    await until(() => readFileSync(failed, 'utf8').includes('ran'), 'the new version')
    project.replace('threads-available/a.js', version(3, '', ''))
    await until(() => seen.has(3), 'the version after it')
    ended = true
    await asking
    expect([...seen]).toEqual([1, 3])
    expect(await end()).toBe(0)
  })
})
