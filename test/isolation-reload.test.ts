import { createClient, createServer } from 'trustp2p'
import type { ConfigInput, P2pNode, P2pSocket } from 'trustp2p'
import { LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, once } from './project'
import type { Project } from './project'

afterEach(disposeAll)

const FILE = 'threads-available/chat.js'

/** Counts over its versions, or for itself alone. */
const chat = (version: string, more = '') => `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Chat extends Thread {
    static manifest = { isolation: 'worker', ${more.includes('exclusive') ? 'exclusive: true' : ''} }
    asked = 0
    ${more.replace('exclusive', '')}
    get eventMap() {
      return {
        [PackageType.REQUEST]: {
          count: () => ['${version}', ++this.asked],
          slow: async () => { await new Promise((resolve) => this.setTimeout(resolve, 30)); return '${version}' },
          config: () => this.config
        }
      }
    }
  }
`
const KEEPS = 'snapshot() { return { asked: this.asked } } restore({ asked }) { this.asked = asked }'

async function start(
  text: string,
  threads: ConfigInput['threads'] = {}
): Promise<{ project: Project; server: P2pNode; ask(event: string): Promise<unknown> }> {
  const project = createProject()
  project.thread('chat.js', text)
  const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, threads }))
  const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: server.addresses }))
  const [socket] = client.sockets as [P2pSocket]
  return { project, server, ask: (event) => client.request(socket, event) }
}

describe('U4 a thread in a worker is replaced', () => {
  it('without losing a call: the version that took a request answers it', async () => {
    const { project, server, ask } = await start(chat('one'))
    const slow = ask('slow')
    await ask('count')
    project.replace(FILE, chat('two'))
    await server.threads.reload('chat')
    await expect(slow).resolves.toBe('one')
    await expect(ask('count')).resolves.toEqual(['two', 1])
  })

  it('when its file is saved, and goes on where the file is broken', async () => {
    const { project, server, ask } = await start(chat('one'))
    const reloaded = once(server, 'thread:reloaded')
    project.replace(FILE, chat('two'))
    await reloaded
    await expect(ask('count')).resolves.toEqual(['two', 1])
    const failed = once(server, 'thread:failed')
    project.replace(FILE, `${chat('three')} )`)
    expect(await failed).toMatchObject([{ error: { code: 'ERR_TRUSTP2P_THREAD_SYNTAX' }, state: 'running' }])
    await expect(ask('count')).resolves.toEqual(['two', 2])
  })

  it('with its state', async () => {
    const { project, server, ask } = await start(chat('one', KEEPS))
    await ask('count')
    project.replace(FILE, chat('two', KEEPS))
    await server.threads.reload('chat')
    await expect(ask('count')).resolves.toEqual(['two', 2])
  })

  it('one after the other where it is exclusive; what was stopped is back where the next one fails', async () => {
    const { project, server, ask } = await start(chat('one', `exclusive ${KEEPS}`))
    await ask('count')
    project.replace(FILE, chat('two', `exclusive ${KEEPS} start() { throw new Error('no') }`))
    await expect(server.threads.reload('chat')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_START_FAILED' })
    await expect(ask('count')).resolves.toEqual(['one', 2])
    project.replace(FILE, chat('three', `exclusive ${KEEPS}`))
    await server.threads.reload('chat')
    await expect(ask('count')).resolves.toEqual(['three', 3])
  })

  it('by one that runs in the node, and back, as the manifest says', async () => {
    const { project, server, ask } = await start(chat('one'))
    project.replace(FILE, chat('two').replace("'worker'", "'inline'"))
    await server.threads.reload('chat')
    expect(server.threads.list()).toMatchObject([{ isolation: 'inline' }])
    project.replace(FILE, chat('three'))
    await server.threads.reload('chat')
    expect(server.threads.list()).toMatchObject([{ isolation: 'worker' }])
    await expect(ask('count')).resolves.toEqual(['three', 1])
  })
})

describe('U4 where a thread runs', () => {
  it('is what the configuration says, before the manifest', async () => {
    const { server } = await start(chat('one'), { chat: { isolation: 'inline' } })
    expect(server.threads.list()).toMatchObject([{ isolation: 'inline', state: 'running' }])
  })

  it('ends with it: a worker that was disabled is gone, its callers are answered', async () => {
    const { server, ask } = await start(chat('one'))
    const slow = ask('slow')
    await ask('count')
    await server.threads.disable('chat')
    await expect(slow).resolves.toBe('one')
    await expect(ask('count')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
    expect(server.threads.list()).toEqual([])
  })
})
