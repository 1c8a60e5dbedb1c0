import { renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { TS_NODE, cleanUp, runCommand, startCommand, temporaryFolder } from './command'
import type { RunningCommand } from './command'
import { repeatUntil } from './repeat-until'

jest.setTimeout(120_000)
afterEach(cleanUp)

const REDIAL = ['--set', 'redial.firstMs=20', '--set', 'redial.longestMs=100']
const LISTEN = ['--listen', 'ws://127.0.0.1:0']

function thread(members: string): string {
  return `const { PackageType, Thread } = require('trustp2p')
    module.exports = class extends Thread {
      ${members}
    }`
}

const HELLO = thread(`get eventMap() { return { [PackageType.REQUEST]: { hello: () => 'one' } } }`)
/** Answers when the file \`answer\` of the project is there; never before. */
const SLOW = thread(`
  get eventMap() { return { [PackageType.REQUEST]: { slow: this.onSlow } } }
  onSlow() {
    this.log.info({}, 'slow begins')
    const { existsSync } = require('node:fs')
    return new Promise((resolve) => {
      this.setInterval(() => existsSync(__dirname + '/../answer') && resolve('at last'), 20)
    })
  }`)

function project(threads: Readonly<Record<string, string>>): string {
  const files = Object.entries(threads).map(([name, text]) => [`threads-available/${name}`, text])
  const cwd = temporaryFolder({ ...Object.fromEntries(files), 'threads-enabled/README': '' })
  for (const name of Object.keys(threads)) link(cwd, name)
  return cwd
}

function link(cwd: string, name: string): void {
  symlinkSync(`../threads-available/${name}`, join(cwd, 'threads-enabled', name))
}

async function askSlowly(start: RunningCommand, cwd: string): Promise<RunningCommand> {
  const request = startCommand(['request', await start.address(), 'slow'], { cwd })
  await start.prints('slow: slow begins')
  return request
}

describe('start', () => {
  it('prints addresses, threads and a request that works, and ends with 0 at Ctrl-C (T1)', async () => {
    const cwd = project({ 'hello.js': HELLO })
    const start = startCommand(['start', ...LISTEN], { cwd, flags: TS_NODE })
    const address = await start.address()
    expect(start.out).toContain('trustp2p server runs')
    expect(start.out).toContain('threads: hello')
    const suggested = /npx trustp2p-cli (request .+)/.exec(start.out)?.[1]
    expect(suggested).toBe(`request ${address} hello`)
    expect(await runCommand(suggested?.split(' ') ?? [], { cwd })).toMatchObject({ code: 0, out: '"one"\n', err: '' })
    start.signal('SIGINT')
    expect(await start.ended).toMatchObject({ code: 0, signal: null, err: '' })
    expect(start.out).toMatch(/stopping: .*\nstopped\n$/)
  })

  it('ends with 1 and says why when a critical thread is given up (T24)', async () => {
    const manifest = 'static manifest = { critical: true, restart: { most: 0 } }'
    const leaves = `get eventMap() { return { [PackageType.REQUEST]: { leave: () => void Promise.reject(new Error('lost')) } } }`
    const cwd = project({ 'hello.js': HELLO, 'needed.js': thread(`${manifest}\n${leaves}`) })
    const start = startCommand(['start', ...LISTEN], { cwd })
    const address = await start.address()
    expect(await runCommand(['request', address, 'leave'], { cwd })).toMatchObject({ code: 0, out: 'null\n' })
    expect(await start.ended).toMatchObject({ code: 1, signal: null })
    expect(start.err).toContain('the node ends: a thread that is critical was given up\n')
    expect(start.err).toMatch(/^error: the thread needed failed 1 time and is given up: .*lost.*QUARANTINED\)$/m)
    writeFileSync(
      join(cwd, 'threads-available/needed.js'),
      thread(`${manifest}\nstart() { throw new Error('no') }\n${leaves}`)
    )
    const again = await runCommand(['start', ...LISTEN, '--json'], { cwd })
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('ERR_TRUSTP2P_THREAD_QUARANTINED')])
  })

  it('suggests commands for a folder whose name a shell would take apart', async () => {
    const cwd = temporaryFolder({ 'my node/README': '' })
    const start = startCommand(['start', ...LISTEN, '--cwd', 'my node'], { cwd })
    await start.address()
    expect(start.out).toMatch(/^ {2}npx trustp2p-cli threads enable \w+ --cwd 'my node'$/m)
  })

  it('suggests a ping where no thread answers, and the ping is answered', async () => {
    const cwd = temporaryFolder()
    const start = startCommand(['start', ...LISTEN], { cwd })
    await start.address()
    const suggested = /npx trustp2p-cli (request .+)/.exec(start.out)?.[1]?.split(' ') ?? []
    expect(await runCommand([...suggested, '--json'], { cwd })).toMatchObject({
      code: 0,
      out: '{"body":{"sleep":false}}\n'
    })
  })

  it('reports a broken thread with file, code and remedy, and runs the others (T3)', async () => {
    const cwd = project({ 'hello.js': HELLO, 'broken.js': 'module.exports = class {', 'empty.js': thread('') })
    const start = startCommand(['start', ...LISTEN], { cwd })
    await start.address()
    expect(start.out).toContain('threads: hello')
    await start.prints(/^thread broken failed: .*threads-available\/broken\.js.*\(ERR_TRUSTP2P_THREAD_SYNTAX\)$/m)
    await start.prints(/^thread empty failed: .*empty\.js.*\(ERR_TRUSTP2P_THREAD_EVENT_MAP_EMPTY\)$/m)
    expect(start.err).not.toMatch(/^ +at /m)
  })

  it('tells of threads that come, change, fail and go (U1)', async () => {
    const cwd = project({ 'hello.js': HELLO })
    const start = startCommand(['start', ...LISTEN], { cwd })
    await start.address()
    const file = join(cwd, 'threads-available/hello.js')
    writeFileSync(file, HELLO.replace('one', 'two'))
    await start.prints('thread hello runs in its new version')
    writeFileSync(file, 'not code')
    await start.prints(/^thread hello runs on in its old version, the new one failed: .*ERR_TRUSTP2P_THREAD_SYNTAX/m)
    unlinkSync(join(cwd, 'threads-enabled/hello.js'))
    await start.prints('thread hello stopped')
    writeFileSync(`${file}.tmp~`, HELLO)
    renameSync(`${file}.tmp~`, file)
    link(cwd, 'hello.js')
    await start.prints('thread hello runs\n')
  })

  it('tells of connections that it opens and loses; --connect alone listens nowhere (T18)', async () => {
    const server = startCommand(['start', ...LISTEN], { cwd: temporaryFolder() })
    const address = await server.address()
    const client = startCommand(['start', '--connect', address, ...REDIAL], {
      cwd: temporaryFolder()
    })
    await client.prints('Ctrl-C ends it')
    expect(client.out).toContain(`trustp2p client runs\n  connected to ${address}\n`)
    expect(client.out).not.toContain('listens on')
    server.signal('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 0 })
    await client.prints(`lost ${address} (1001, node stopping)`)
    await client.prints(/^warning: cannot reach .*\(ERR_TRUSTP2P_DRIVER_DIAL_FAILED\)$/m)
    startCommand(['start', '--listen', address], { cwd: temporaryFolder() })
    await client.prints(/^connected to /m)
    client.signal('SIGINT')
    expect(await client.ended).toMatchObject({ code: 0 })
  })

  it('listens and dials where both are given, by the name that is given', async () => {
    const server = startCommand(['start', ...LISTEN], { cwd: temporaryFolder() })
    const address = await server.address()
    const both = startCommand(['start', ...LISTEN, '--connect', address, '--name', 'both'], { cwd: temporaryFolder() })
    await both.prints('Ctrl-C ends it')
    expect(both.out).toMatch(/^trustp2p both runs\n {2}listens on ws:.*\n {2}connected to ws:/)
  })

  it('prints lines of JSON for programs, and its log to standard error', async () => {
    const cwd = project({ 'hello.js': HELLO })
    const start = startCommand(['start', ...LISTEN, '--json'], { cwd })
    await start.prints('"started"')
    unlinkSync(join(cwd, 'threads-enabled/hello.js'))
    await start.prints('thread:stopped')
    start.signal('SIGINT')
    const { code, out, err } = await start.ended
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string })
    expect(code).toBe(0)
    expect(lines.map(({ event }) => event)).toEqual(['started', 'thread:stopped', 'stopping', 'stopped'])
    expect(lines[0]).toMatchObject({ name: 'server', threads: [{ name: 'hello', state: 'running' }] })
    for (const line of err.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level')
  })

  it('goes on when the reader of its output is gone', async () => {
    const cwd = project({ 'hello.js': HELLO })
    const start = startCommand(['start', ...LISTEN], { cwd })
    const address = await start.address()
    start.child.stdout.destroy()
    start.child.stderr.destroy()
    const ask = (body: string) => runCommand(['request', address, 'hello', body], { cwd })
    unlinkSync(join(cwd, 'threads-enabled/hello.js'))
    while ((await ask('1')).code === 0);
    expect((await ask('2')).err).toContain('ERR_TRUSTP2P_THREAD_NO_HANDLER')
    start.signal('SIGINT')
    expect(await start.ended).toMatchObject({ code: 0 })
  })
})

describe('Ctrl-C', () => {
  it('lets running handlers finish, also where npm sends it twice (D: drain)', async () => {
    const cwd = project({ 'slow.js': SLOW })
    const start = startCommand(['start', ...LISTEN], { cwd })
    const request = await askSlowly(start, cwd)
    start.signal('SIGINT')
    start.signal('SIGINT')
    await start.prints('stopping')
    writeFileSync(join(cwd, 'answer'), '')
    expect(await request.ended).toMatchObject({ code: 0, out: '"at last"\n' })
    expect(await start.ended).toMatchObject({ code: 0, signal: null })
    expect(start.out).toMatch(/stopped\n$/)
  })

  it('pressed again ends at once with 130', async () => {
    const cwd = project({ 'slow.js': SLOW })
    const start = startCommand(['start', ...LISTEN], { cwd })
    await askSlowly(start, cwd)
    start.signal('SIGINT')
    await start.prints('stopping')
    const result = await repeatUntil(() => start.signal('SIGINT'), start.ended)
    expect(result).toMatchObject({ code: 130, signal: null })
    expect(start.out).not.toContain('stopped')
  })
})

describe('start fails with 1, a code and no stack', () => {
  async function failure(args: readonly string[], env = {}): Promise<string> {
    const { code, out, err } = await runCommand(['start', ...args], { cwd: temporaryFolder(), env })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^error: /)
    expect(err).not.toMatch(/^ +at /m)
    return err
  }

  it('where its port is in use (T18)', async () => {
    const other = createTcpServer()
    await new Promise<void>((settle) => other.listen(0, '127.0.0.1', settle))
    const { port } = other.address() as AddressInfo
    expect(await failure(['--listen', `ws://127.0.0.1:${port}`])).toContain('(ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE)')
    await new Promise((settle) => other.close(settle))
  })

  it('where its folder is not there', async () => {
    expect(await failure(['--cwd', 'nowhere'])).toMatch(/nowhere.*\(ERR_TRUSTP2P_NODE_FOLDER_INVALID\)/)
  })

  it('where a flag or a variable is wrong, and names it (N4)', async () => {
    expect(await failure(['--set', 'limits.frameByts=3'])).toContain('did you mean limits.frameBytes?')
    expect(await failure(['--log-level', 'loud'])).toContain('log.level is "loud" (from the flag --log-level)')
    expect(await failure([], { TRUSTP2P_LOG__LEVL: 'debug' })).toContain('did you mean TRUSTP2P_LOG__LEVEL?')
  })
})

describe('configuration', () => {
  it('of flags wins over that of the environment (N1)', async () => {
    const env = { TRUSTP2P_NAME: 'ada', TRUSTP2P_LISTEN: 'ws://127.0.0.1:0' }
    const named = startCommand(['start'], { cwd: temporaryFolder(), env })
    await named.prints('trustp2p ada runs')
    const renamed = startCommand(['start', '--name', 'grace', '--set', 'listen=[]'], { cwd: temporaryFolder(), env })
    await renamed.prints('trustp2p grace runs\n  listens nowhere and dials nobody')
  })
})
