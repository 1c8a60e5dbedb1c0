import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cleanUp, runCommand, startCommand, temporaryFolder } from './command'
import type { RunningCommand } from './command'

jest.setTimeout(120_000)
afterEach(cleanUp)

const THREAD = (answer: string) =>
  `module.exports = class { get eventMap() { return { 30: { a: () => '${answer}' } } } }`

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
    expect(await threads('list')).toMatchObject({
      code: 0,
      out: 'a  running  threads-enabled/a.js -> threads-available/a.js\n'
    })
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

  it('that do not run are reported one by one, with 1', async () => {
    const { code, out, err } = await threads('enable', 'broken', 'nix', 'a', '../up')
    expect([code, out]).toEqual([1, 'a: enabled\n'])
    expect(err).toMatch(/^error: .*broken\.js.*\(ERR_TRUSTP2P_THREAD_SYNTAX\)$/m)
    expect(err).toMatch(/^error: no thread 'nix' .*\(ERR_TRUSTP2P_THREAD_NOT_FOUND\)$/m)
    expect(err).toMatch(/^error: .*'\.\.\/up'.*\(ERR_TRUSTP2P_THREAD_NAME_INVALID\)$/m)
    expect((await threads('list')).out).toMatch(/^broken +failed .*\n {2}.*\(ERR_TRUSTP2P_THREAD_SYNTAX\)$/m)
    writeFileSync(join(cwd, 'threads-available/a.js'), 'class {')
    const reload = await threads('reload', 'a', 'missing')
    expect([reload.code, reload.out]).toEqual([1, ''])
    expect(reload.err).toContain('ERR_TRUSTP2P_THREAD_SYNTAX')
    expect(reload.err).toContain('ERR_TRUSTP2P_THREAD_NOT_FOUND')
    expect(await ask()).toBe('"one"\n')
  })

  it('are switched in every node of the folder, or in the one that is named', async () => {
    const other = startCommand(['start', '--listen', 'ws://127.0.0.1:0', '--name', 'other'], { cwd })
    await other.address()
    expect(await threads('enable', 'a')).toMatchObject({ code: 0, out: 'a: enabled\n' })
    expect((await threads('list')).out.replaceAll(/ +/g, ' ')).toBe(
      ['other', 'server'].map((name) => `${name} a running threads-enabled/a.js -> threads-available/a.js\n`).join('')
    )
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
    expect((await threads('list')).out).toBe('a  threads-enabled/a.js -> threads-available/a.js\n')
    expect(await threads('reload', 'a')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining(`no node runs in ${cwd} (ERR_TRUSTP2P_CONTROL_NOT_RUNNING)`) as string
    })
    const again = startCommand(['start', '--listen', 'ws://127.0.0.1:0'], { cwd })
    await again.address()
    again.signal('SIGINT')
    await again.ended
    expect(readdirSync(join(cwd, '.trustp2p/server'))).toEqual([])
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

  it('starts without a control socket where that is switched off, and makes no folder', async () => {
    const folder = temporaryFolder()
    const off = startCommand(['start', '--listen', 'ws://127.0.0.1:0', '--set', 'control=false'], { cwd: folder })
    await off.address()
    expect(existsSync(join(folder, '.trustp2p'))).toBe(false)
    expect((await runCommand(['status'], { cwd: folder })).code).toBe(1)
  })
})
