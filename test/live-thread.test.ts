import { createClient, createServer, errorCode } from 'trustp2p'
import type { P2pNode, P2pSocket, ThreadInfo } from 'trustp2p'
import { closing, createProject, disposeAll, once, until } from './project'
import type { Project } from './project'

const QUIET = { log: { level: 'silent' } } as const
const LISTEN = { ...QUIET, listen: ['ws://127.0.0.1:0'] }

function versionThread(version: string, kind: 'js' | 'ts' | 'mjs' = 'js'): string {
  const start =
    kind === 'js'
      ? `const { Thread, PackageType } = require('trustp2p')`
      : `import { Thread, PackageType } from 'trustp2p'`
  const made = kind === 'js' ? 'module.exports =' : 'export default'
  const type = kind === 'ts' ? ': string' : ''
  return `${start}
    const version${type} = '${version}'
    ${made} class Version extends Thread {
      get eventMap() { return { [PackageType.REQUEST]: { version: () => version } } }
    }`
}

async function createPair(project: Project): Promise<{ server: P2pNode; client: P2pNode; socket: P2pSocket }> {
  const server = await closing(createServer({ cwd: project.cwd, ...LISTEN }))
  const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: server.addresses }))
  return { server, client, socket: client.sockets[0] as P2pSocket }
}

/** A peer that asks about 1,000 times a second, and notes what each answer was. */
class Asker {
  readonly answers: string[] = []
  asked = 0
  readonly #timer: NodeJS.Timeout

  constructor(client: P2pNode, socket: P2pSocket) {
    this.#timer = setInterval(() => {
      for (let index = 0; index < 10; index++) this.#ask(client, socket)
    }, 10)
  }

  /** Settles when the peer sees that answer; the answers so far are forgotten. */
  async sees(answer: string): Promise<void> {
    this.answers.length = 0
    await until(() => this.answers.includes(answer), answer)
  }

  /** Settles when that many more questions were answered; gives the different answers. */
  async next(count: number): Promise<string[]> {
    this.answers.length = 0
    await until(() => this.answers.length >= count, `${count} answers`)
    return [...new Set(this.answers)]
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await until(() => this.settled === this.asked, 'every answer')
  }

  settled = 0

  #ask(client: P2pNode, socket: P2pSocket): void {
    this.asked++
    const note = (answer: string) => {
      this.settled++
      this.answers.push(answer)
    }
    client.request(socket, 'version').then(
      (answer) => note(String(answer)),
      (error: unknown) => note(String(errorCode(error)))
    )
  }
}

afterEach(disposeAll)

describe('U1 T6 a running node, asked 1,000 times a second', () => {
  it('answers every request while its thread is linked, edited, broken, mended, retargeted and removed', async () => {
    const project = createProject()
    const { server, client, socket } = await createPair(project)
    const asker = new Asker(client, socket)
    const NO_HANDLER = 'ERR_TRUSTP2P_THREAD_NO_HANDLER'
    expect(await asker.next(50)).toEqual([NO_HANDLER])

    project.write('threads-available/version.js', versionThread('one'))
    project.link('version.js', 'threads-available/version.js')
    await asker.sees('one')
    expect(await asker.next(200)).toEqual(['one'])

    project.write('threads-available/version.js', versionThread('two'))
    await asker.sees('two')
    expect(await asker.next(200)).toEqual(['two'])

    const failed = once(server, 'thread:failed')
    project.write('threads-available/version.js', `${versionThread('broken')} )`)
    const [info] = (await failed) as [ThreadInfo]
    expect(info).toMatchObject({ name: 'version', state: 'running', error: { code: 'ERR_TRUSTP2P_THREAD_SYNTAX' } })
    expect(info.error?.message).toContain('version.js')
    expect(await asker.next(500)).toEqual(['two'])

    project.replace('threads-available/version.js', versionThread('mended'))
    await asker.sees('mended')
    expect(await asker.next(200)).toEqual(['mended'])

    project.write('threads-available/version@2.ts', versionThread('typescript', 'ts'))
    project.retarget('version.js', 'threads-available/version@2.ts')
    await asker.sees('typescript')
    expect(await asker.next(200)).toEqual(['typescript'])

    project.remove('threads-enabled/version.js')
    await asker.sees(NO_HANDLER)
    expect(await asker.next(200)).toEqual([NO_HANDLER])
    await asker.stop()
    expect(server.threads.list()).toEqual([])
  }, 60_000)
})
