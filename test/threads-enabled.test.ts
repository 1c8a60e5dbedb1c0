import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, createServer } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { addressOf, createPair, ISOLATIONS, LISTEN, QUIET, runningIn } from './pair'
import { closing, createProject, disposeAll, once } from './project'
import type { Project } from './project'

afterEach(disposeAll)

/** What the threads of a project noted: `<step> <name>`, one in a line. */
function stepsIn({ cwd }: Project): readonly string[] {
  const file = join(cwd, 'steps.txt')
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
}

/** A thread that notes each step of its life, and answers with its name. */
function notingThread({ cwd }: Project, name: string, kind: 'require' | 'import'): string {
  const file = JSON.stringify(join(cwd, 'steps.txt'))
  const [head, made] =
    kind === 'require'
      ? [
          `const { appendFileSync } = require('node:fs'); const { Thread, PackageType } = require('trustp2p')`,
          'module.exports ='
        ]
      : [`import { appendFileSync } from 'node:fs'; import { Thread, PackageType } from 'trustp2p'`, 'export default']
  return `${head}
    const note = (step) => appendFileSync(${file}, step + ' ${name}\\n')
    note('loaded')
    ${made} class Noting extends Thread {
      constructor(...values) {
        super(...values)
        note('constructed')
      }
      get eventMap() { return { [PackageType.REQUEST]: { '${name}': () => '${name}' } } }
      start() { note('started') }
      stop() { note('stopped') }
    }`
}

/** What lies in the folder of a person who works in it, and is no thread. */
const PASSED_OVER = ['.chat.js', '.chat.js.swp', 'chat.js~', '#chat.js#', 'chat.js.bak', 'README.md', 'chat.d.ts']

describe.each(ISOLATIONS)('T2 the modules in threads-enabled/, %s,', (isolation) => {
  /** Six modules, by link and by file, of every kind, among names that are no thread. */
  function fill(project: Project): readonly string[] {
    project.thread('common.cjs', notingThread(project, 'common', 'require'))
    project.thread('CThreadScript.js', notingThread(project, 'script', 'require'))
    project.thread('typed.ts', notingThread(project, 'typed', 'import'))
    project.write('threads-enabled/module.mjs', notingThread(project, 'module', 'import'))
    project.write('threads-available/folder/index.js', notingThread(project, 'folder', 'require'))
    project.link('folder', 'threads-available/folder')
    project.write('threads-enabled/own/index.ts', notingThread(project, 'own', 'import'))
    for (const name of PASSED_OVER) project.write(`threads-enabled/${name}`, notingThread(project, name, 'require'))
    return ['common', 'folder', 'module', 'own', 'script', 'typed']
  }

  async function ask(server: P2pNode, names: readonly string[]): Promise<unknown[]> {
    const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: [addressOf(server)] }))
    const [socket] = client.sockets as [P2pSocket]
    return Promise.all(names.map((name) => client.request(socket, name)))
  }

  it('are loaded, constructed and started once each, and answer; other names are passed over', async () => {
    const project = createProject()
    const names = fill(project)
    const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, threads: runningIn(isolation, names) }))
    expect(server.threads.list()).toMatchObject(names.map((name) => ({ name, state: 'running', isolation })))
    await expect(ask(server, names)).resolves.toEqual(names)
    expect([...stepsIn(project)].sort()).toEqual(
      ['constructed', 'loaded', 'started'].flatMap((step) => names.map((name) => `${step} ${name}`))
    )
    expect(readdirSync(join(project.cwd, 'threads-enabled'))).toEqual(expect.arrayContaining(PASSED_OVER))
  })

  it('are stopped once: the one whose link goes at once, the others when the node closes, in reverse order', async () => {
    const project = createProject()
    const names = fill(project)
    const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, threads: runningIn(isolation, names) }))
    const stopped = () => stepsIn(project).filter((step) => step.startsWith('stopped '))
    const gone = once(server, 'thread:stopped')
    project.remove('threads-enabled/typed.ts')
    expect(await gone).toMatchObject([{ name: 'typed' }])
    expect(stopped()).toEqual(['stopped typed'])
    await server.close()
    const rest = names.filter((name) => name !== 'typed').map((name) => `stopped ${name}`)
    expect(stopped()).toEqual(['stopped typed', ...rest.reverse()])
    expect(stepsIn(project)).toHaveLength(4 * names.length)
  })
})

it.each(ISOLATIONS)(
  'T3 a thread without an eventMap is refused by name and remedy, and the others answer: %s',
  async (isolation) => {
    const project = createProject()
    project.thread(
      'bare.js',
      `module.exports = class extends require('trustp2p').Thread { get eventMap() { return {} } }`
    )
    project.thread('good.js', notingThread(project, 'good', 'require'))
    const threads = runningIn(isolation, ['bare', 'good'])
    const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, threads }))
    expect(server.threads.list()).toMatchObject([
      { name: 'bare', state: 'failed', error: { code: 'ERR_TRUSTP2P_THREAD_EVENT_MAP_EMPTY' } },
      { name: 'good', state: 'running' }
    ])
    expect(server.threads.list()[0]?.error?.message).toMatch(/bare\.js.*handles: \[\]/s)
    const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: server.addresses }))
    await expect(client.request(client.sockets[0] as P2pSocket, 'good')).resolves.toBe('good')
  }
)

it('T3 a folder without threads-enabled/ is a node without threads', async () => {
  const server = await closing(createServer({ cwd: createProject().cwd, ...LISTEN }))
  const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: server.addresses }))
  const answer = client.request(client.sockets[0] as P2pSocket, 'anything')
  await expect(answer).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
  expect(server.threads.list()).toEqual([])
})

describe('T4 several threads that handle one type and event', () => {
  /** Notes, in a list that the threads of a process share, that it was called; answers as it is told. */
  const sharing = (name: string, answer: string) => `
    const { Thread, PackageType } = require('trustp2p')
    const calls = (globalThis.sharedCalls ??= [])
    module.exports = class extends Thread {
      own = '${name}'
      count = 0
      get eventMap() {
        return {
          [PackageType.REQUEST]: { share: this.onShare, ['count-${name}']: this.onCount },
          [PackageType.TALK]: { share: this.onShare }
        }
      }
      onCount() { return [this.own, this.count] }
      onShare() {
        calls.push(this.own)
        this.count++
        ${answer}
      }
    }`

  const NAMES = ['alpha', 'middle', 'zebra']
  /** Linked in another order than that of their names. */
  const THREADS = {
    'zebra.js': sharing('zebra', `return 'late'`),
    'alpha.js': sharing('alpha', 'return undefined'),
    'middle.js': sharing('middle', `return new Promise((resolve) => setImmediate(resolve, 'slow'))`)
  }

  it('are all called, in name order', async () => {
    const calls: string[] = []
    Object.assign(globalThis, { sharedCalls: calls })
    const pair = await createPair(THREADS)
    calls.length = 0
    await expect(pair.client.request(pair.out, 'share')).resolves.toBe('late')
    expect(calls).toEqual(NAMES)
    pair.client.talk(pair.out, 'share')
    await pair.client.request(pair.out, 'count-zebra')
    expect(calls).toEqual([...NAMES, ...NAMES])
  })

  it.each<readonly [where: string, inline: readonly string[], worker: readonly string[]]>([
    ['inline', NAMES, []],
    ['in workers', [], NAMES],
    ['one of them in a worker', ['alpha', 'zebra'], ['middle']]
  ])('are all called, each with its own this, and answer once: %s', async (_where, inline, worker) => {
    const settings = { ...runningIn('inline', inline), ...runningIn('worker', worker) }
    const pair = await createPair(THREADS, settings)
    expect(['late', 'slow']).toContain(await pair.client.request(pair.out, 'share'))
    pair.client.talk(pair.out, 'share')
    const counts = NAMES.map((name) => pair.client.request(pair.out, `count-${name}`))
    await expect(Promise.all(counts)).resolves.toEqual(NAMES.map((name) => [name, 2]))
    expect(pair.client.status().counters).toMatchObject({ strayAnswers: 0 })
  })
})
