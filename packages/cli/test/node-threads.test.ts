import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cleanUp, runCommand, startCommand, temporaryFolder } from './command'
import type { RunningCommand } from './command'

jest.setTimeout(120_000)
afterEach(cleanUp)

const THREAD = (answer: string) =>
  `module.exports = class { get eventMap() { return { 30: { a: () => '${answer}' } } } }`

const MANY = `module.exports = class {
  static manifest = { version: '1.2.3', after: ['a', 'nix'] }
  get eventMap() { return { 20: { told() {} } } }
}`
const FAILING = `module.exports = class {
  static manifest = { handles: [], restart: { firstMs: 20, most: 2 }, critical: process.argv.includes('critical') }
  start() { throw new Error('no luck') }
}`

let cwd: string
let start: RunningCommand
let address: string

beforeEach(async () => {
  cwd = temporaryFolder({ 'threads-available/a.js': THREAD('one'), 'threads-available/broken.js': 'class {' })
  mkdirSync(join(cwd, 'threads-enabled'))
  start = startCommand(['start', '--listen', 'ws://127.0.0.1:0'], { cwd })
  address = await start.address()
})

const threads = (...args: string[]) => runCommand(['threads', ...args], { cwd })
const ask = async () => (await runCommand(['request', address, 'a'], { cwd })).out

describe('threads of a running node', () => {
  it('have switched when the command ends (T6)', async () => {
    expect(await threads('list')).toMatchObject({ code: 0, out: 'no thread is enabled\n' })
    expect(await threads('enable', 'a')).toMatchObject({ code: 0, out: 'a: enabled\n', err: '' })
    expect(await ask()).toBe('"one"\n')
    expect(await threads('enable', 'a')).toMatchObject({ code: 0, out: 'a: enabled already\n' })
    expect((await threads('list')).out).toMatch(
      /^thread {2}linked {2}state {4}up {5,}calls {2}failed {2}file\na {7}yes {5}running {2}\d+\.\d s {2,}1 {6}0 {7}threads-available\/a\.js\n$/
    )
    expect(JSON.parse((await threads('list', '--json')).out)).toMatchObject([
      { node: 'server', name: 'a', state: 'running', calls: 1 }
    ])
    expect(await threads('reload', 'a', '--json')).toMatchObject({
      code: 0,
      out: '[{"name":"a","status":"reloaded"}]\n'
    })
    expect(start.out).toContain('thread a runs in its new version')
    expect(await threads('disable', 'a')).toMatchObject({ code: 0, out: 'a: disabled\n' })
    expect(await ask()).toBe('')
    expect(await threads('disable', 'a')).toMatchObject({ code: 0, out: 'a: not enabled\n' })
  })

  it('are listed with their handlers, their times and who waits for whom', async () => {
    writeFileSync(join(cwd, 'threads-available/b.js'), MANY)
    expect(await threads('enable', 'b', 'a')).toMatchObject({ code: 0 })
    await ask()
    const { code, out } = await threads('list', '--long')
    expect(code).toBe(0)
    const [table = '', handlers = '', starts = ''] = out.split('\n\n')
    expect(table.split('\n')[0]).toMatch(/^thread +linked +state +version +up +calls +failed +file$/)
    expect(table).toMatch(/^b +yes +running +1\.2\.3 /m)
    expect(handlers).toMatch(/^thread +type +event +calls +p50 +p99$/m)
    expect(handlers).toMatch(/^a +REQUEST +a +1 +\d+\.\d ms +\d+\.\d ms$/m)
    expect(handlers).toMatch(/^b +TALK +told +0 +- +-$/m)
    expect(starts).toMatch(/^a +[\d.]+ ms +[\d.]+ ms +[\d.]+ ms$\n^ {2}b +[\d.]+ ms +[\d.]+ ms +[\d.]+ ms +a, nix$/m)
    expect(JSON.parse((await threads('list', '--json')).out)).toMatchObject([
      { name: 'a', linked: true, restarts: 0, events: [{ event: 'a', calls: 1 }] },
      { name: 'b', version: '1.2.3', isolation: 'inline', waitsFor: ['a', 'nix'] }
    ])
  })

  it('that do not run are reported one by one, with 1', async () => {
    const { code, out, err } = await threads('enable', 'broken', 'nix', 'a', '../up')
    expect([code, out]).toEqual([1, 'a: enabled\n'])
    expect(err).toMatch(/^error: .*broken\.js.*\(ERR_TRUSTP2P_THREAD_SYNTAX\)$/m)
    expect(err).toMatch(/^error: no thread 'nix' .*\(ERR_TRUSTP2P_THREAD_NOT_FOUND\)$/m)
    expect(err).toMatch(/^error: .*'\.\.\/up'.*\(ERR_TRUSTP2P_THREAD_NAME_INVALID\)$/m)
    expect((await threads('list')).out).toMatch(/^broken +yes +failed .*\n {2}.*\(ERR_TRUSTP2P_THREAD_SYNTAX\)$/m)
    writeFileSync(join(cwd, 'threads-available/a.js'), 'class {')
    const reload = await threads('reload', 'a', 'missing')
    expect([reload.code, reload.out]).toEqual([1, ''])
    expect(reload.err).toContain('ERR_TRUSTP2P_THREAD_SYNTAX')
    expect(reload.err).toContain('ERR_TRUSTP2P_THREAD_NOT_FOUND')
    expect(await ask()).toBe('"one"\n')
  })

  it('start again by reset, where they wait or were given up', async () => {
    const failing = `static manifest = { restart: { most: 0 } }
      start() { if (require('node:fs').existsSync('fail')) throw new Error('not now') }`
    writeFileSync(
      join(cwd, 'threads-available/c.js'),
      THREAD('c').replace(
        'class {',
        `class {
${failing}
`
      )
    )
    writeFileSync(join(cwd, 'fail'), '')
    expect((await threads('enable', 'c')).code).toBe(1)
    expect((await threads('list')).out).toMatch(/^c +yes +quarantined /m)
    const again = await threads('reset', 'c', 'nix')
    expect([again.code, again.out]).toEqual([1, ''])
    expect(again.err).toMatch(/^error: .*not now.*\(ERR_TRUSTP2P_THREAD_QUARANTINED\)$/m)
    expect(again.err).toContain('ERR_TRUSTP2P_THREAD_NOT_FOUND')
    rmSync(join(cwd, 'fail'))
    expect(await threads('reset', 'c')).toMatchObject({ code: 0, out: 'c: started again\n', err: '' })
    expect(await threads('reset', 'c')).toMatchObject({ code: 0, out: 'c: runs already\n' })
  })

  it('are switched in every node of the folder, or in the one that is named', async () => {
    const other = startCommand(['start', '--listen', 'ws://127.0.0.1:0', '--name', 'other'], { cwd })
    await other.address()
    expect(await threads('enable', 'a')).toMatchObject({ code: 0, out: 'a: enabled\n' })
    const { out } = await threads('list', '--long')
    expect(out.split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(/^node +thread +linked +state +up +calls +failed +file$/),
      expect.stringMatching(/^other +a +yes +running .*threads-available\/a\.js$/),
      expect.stringMatching(/^server +a +yes +running .*threads-available\/a\.js$/)
    ])
    expect(out).toMatch(/^thread +type +event +calls +p50 +p99 +node server$/m)
    expect(await threads('reload', 'a', '--name', 'other')).toMatchObject({ code: 0 })
    await other.prints('thread a runs in its new version')
    expect(start.out).not.toContain('new version')
    const missing = await threads('list', '--name', 'third')
    expect([missing.code, missing.out]).toEqual([1, ''])
    expect(missing.err).toContain(`no node third runs in ${cwd} (ERR_TRUSTP2P_CONTROL_NOT_RUNNING)`)
  })

  it('are switched in the other nodes where one fails', async () => {
    const failing = `if (process.argv.includes('other') && require('node:fs').existsSync('fail')) throw new Error('not here')`
    writeFileSync(join(cwd, 'threads-available/b.js'), `${failing}\n${THREAD('b')}`)
    const other = startCommand(['start', '--listen', 'ws://127.0.0.1:0', '--name', 'other'], { cwd })
    await other.address()
    expect(await threads('enable', 'b')).toMatchObject({ code: 0, out: 'b: enabled\n' })
    writeFileSync(join(cwd, 'fail'), '')
    const { code, out, err } = await threads('reload', 'b')
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^error: .*not here.*$/m)
    expect(start.out).toContain('thread b runs in its new version')
  })

  it('are files again once the node has ended, or was killed', async () => {
    start.signal('SIGKILL')
    await start.ended
    expect(await threads('enable', 'a')).toMatchObject({ code: 0, out: 'a: enabled\n' })
    expect((await threads('list')).out).toBe('thread  linked  file\na       yes     threads-available/a.js\n')
    expect(await threads('reload', 'a')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining(`no node runs in ${cwd} (ERR_TRUSTP2P_CONTROL_NOT_RUNNING)`) as string
    })
    const again = startCommand(['start', '--listen', 'ws://127.0.0.1:0'], { cwd })
    await again.address()
    again.signal('SIGINT')
    await again.ended
    expect(readdirSync(join(cwd, '.trustp2p/server'))).toEqual(['identity'])
  })
})

describe('a thread that fails again and again', () => {
  it('is told of with the time of the next try, and what to do once it is given up', async () => {
    writeFileSync(join(cwd, 'threads-available/c.js'), FAILING)
    expect((await threads('enable', 'c')).code).toBe(1)
    await start.prints('threads reset')
    expect(start.err).toMatch(/^thread c failed: .*no luck.*\(ERR_TRUSTP2P_THREAD_START_FAILED\)$/m)
    expect(start.err).toMatch(/^thread c is started again in 0\.0 s \(restart 1\)$/m)
    expect(start.err).toMatch(
      /^error: the thread c failed 3 times .*\(ERR_TRUSTP2P_THREAD_QUARANTINED\)\n {2}start it again with `trustp2p-cli threads reset <name>`/m
    )
    const list = await threads('list')
    expect(list.out).toMatch(/^c +yes +quarantined +2 /m)
    const again = startCommand(['start', '--listen', 'ws://127.0.0.1:0', '--name', 'other', '--json'], { cwd })
    await again.prints('"event":"thread:backoff"')
    const line = again.out.split('\n').find((one) => one.includes('thread:backoff')) ?? ''
    expect(JSON.parse(line)).toMatchObject({
      thread: { name: 'c', state: 'backoff', retryInMs: expect.any(Number) as number }
    })
  })

  it('ends the node where it is critical, with 1', async () => {
    writeFileSync(join(cwd, 'threads-available/c.js'), FAILING)
    expect((await threads('enable', 'c')).code).toBe(1)
    const critical = startCommand(['start', '--listen', 'ws://127.0.0.1:0', '--name', 'critical'], { cwd })
    expect(await critical.ended).toMatchObject({
      code: 1,
      err: expect.stringContaining('(ERR_TRUSTP2P_THREAD_QUARANTINED)') as string
    })
  })
})

describe('start in a folder whose node runs', () => {
  it('names its pid and what to do, with 1; another name starts (ERR_TRUSTP2P_STATE_LOCKED)', async () => {
    const second = await runCommand(['start', '--listen', 'ws://127.0.0.1:0'], { cwd })
    expect(second).toMatchObject({
      code: 1,
      out: '',
      err:
        `error: a node with the state folder ${join(cwd, '.trustp2p/server')} runs already, as process ` +
        `${start.child.pid}: end it, or give this one another name (--name) (ERR_TRUSTP2P_STATE_LOCKED)\n`
    })
    expect(await threads('list')).toMatchObject({ code: 0 })
  })

  it('starts without a control socket where that is switched off, and makes no folder where it has no identity', async () => {
    const folder = temporaryFolder()
    const off = startCommand(['start', '--listen', 'ws://127.0.0.1:0', '--set', 'control=false', '--set', 'auth=off'], {
      cwd: folder
    })
    await off.address()
    expect(existsSync(join(folder, '.trustp2p'))).toBe(false)
    expect((await runCommand(['status'], { cwd: folder })).code).toBe(1)
  })
})
