import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { checkClock } from '../src/doctor/check-clock'
import { checkNodeVersion, checkPackages } from '../src/doctor/check-machine'
import { cleanUp, runCommand, startCommand, temporaryFolder } from './command'

jest.setTimeout(120_000)
afterEach(cleanUp)

const THREAD = 'module.exports = class { get eventMap() { return { 30: { a() {} } } } }'
const LISTEN = ['--listen', 'ws://127.0.0.1:0']

function project(files: Readonly<Record<string, string>> = {}): string {
  return temporaryFolder({ 'threads-enabled/a.js': THREAD, ...files })
}

const doctor = (cwd: string, ...args: string[]) => runCommand(['doctor', ...LISTEN, ...args], { cwd })

describe('doctor', () => {
  it('finds nothing wrong where nothing is, and changes nothing', async () => {
    const cwd = project()
    const { code, out, err } = await doctor(cwd)
    expect([code, err]).toEqual([0, ''])
    for (const text of [
      `ok       ${cwd} can be read and written`,
      `ok       Node ${process.versions.node} (20.19 or later is needed)`,
      'ok       the clock shows ',
      'ok       no node runs here',
      'ok       trustp2p-cli, trustp2p, @trustp2p/threads ',
      'ok       no configuration file: the defaults serve',
      'ok       threads: a',
      'ok       ws://127.0.0.1:0 is free to listen on',
      'all is well\n'
    ]) {
      expect(out).toContain(text)
    }
    expect(existsSync(join(cwd, '.trustp2p'))).toBe(false)
  })

  it('tells each problem with its code and what to do, and ends with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const busy = `ws://127.0.0.1:${(other.address() as AddressInfo).port}`
    const cwd = project({ 'trustp2p.config.json': JSON.stringify({ listen: [busy, 'ws://127.0.0.1:99999'] }) })
    symlinkSync('nowhere.js', join(cwd, 'threads-enabled/lost.js'))
    mkdirSync(join(cwd, '.trustp2p/server'), { recursive: true, mode: 0o755 })
    const { code, out } = await runCommand(['doctor'], { cwd })
    other.close()
    expect(code).toBe(1)
    expect(out).toMatch(/^problem .*lost\.js .*mend or remove the link \(ERR_TRUSTP2P_THREAD_DANGLING\)$/m)
    expect(out).toMatch(/^problem .*server may be used by others .*chmod go= .*\(ERR_TRUSTP2P_STATE_FOLDER_INVALID\)$/m)
    expect(out).toMatch(/^problem .* in use; choose another port, .*\(ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE\)$/m)
    expect(out).toMatch(/^problem .*\(ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID\)\n {9}mend the address$/m)
    expect(out).toMatch(/^4 problems, no warnings\n$/m)
    writeFileSync(join(cwd, 'trustp2p.config.json'), '{"limits":{"frameByts":1}}')
    const wrong = await runCommand(['doctor', '--json'], { cwd })
    expect(wrong.code).toBe(1)
    expect(JSON.parse(wrong.out)).toMatchObject({
      ok: false,
      findings: expect.arrayContaining([
        expect.objectContaining({
          level: 'problem',
          code: 'ERR_TRUSTP2P_CONFIG_INVALID',
          text: expect.stringContaining('did you mean limits.frameBytes?') as string
        })
      ]) as unknown
    })
  })

  it('says that a folder is none, and looks no further', async () => {
    const cwd = temporaryFolder()
    const { code, out } = await doctor(cwd, '--cwd', 'nowhere')
    expect(code).toBe(1)
    expect(out).toMatch(
      /^problem {2}.*nowhere is no folder\n {9}give another one with --cwd\nok {7}Node .*\n1 problem, no warnings\n$/
    )
  })

  it('knows a running node, its addresses and its threads', async () => {
    const cwd = project({ 'threads-enabled/broken.js': 'class {' })
    const start = startCommand(['start', ...LISTEN], { cwd })
    const address = await start.address()
    const healthy = await runCommand(['doctor', '--listen', address], { cwd })
    expect(healthy.out).toContain(`ok       the node server runs as process ${start.child.pid}, up `)
    expect(healthy.out).toContain(`ok       ${address} is listened on by the node server\n`)
    expect(healthy.out).toMatch(/^problem {2}thread broken in the node server: .*\(ERR_TRUSTP2P_THREAD_SYNTAX\)$/m)
    expect(healthy.code).toBe(1)
    rmSync(join(cwd, 'threads-enabled/broken.js'))
    const other = await runCommand(['doctor', '--listen', address, '--name', 'other'], { cwd })
    expect(other.out).toContain('is in use')
    start.signal('SIGSTOP')
    const stopped = await doctor(cwd)
    expect(stopped.code).toBe(1)
    expect(stopped.out).toMatch(
      /^problem {2}the node server does not answer: it is stopped, or busy \(ERR_TRUSTP2P_REQUEST_TIMEOUT\)$/m
    )
    start.signal('SIGKILL')
    await start.ended
    const killed = await doctor(cwd)
    expect(killed.out).toContain('ok       the node server was killed: its next start removes what it left\n')
  })

  it('warns of a folder without threads', async () => {
    const { code, out } = await doctor(temporaryFolder())
    expect(code).toBe(0)
    expect(out).toMatch(/^warning {2}no thread is enabled: .*\n {9}see `trustp2p-cli threads available`/m)
    expect(out).toMatch(/^no problems, 1 warning\n$/m)
  })
})

describe('the version of Node', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['20.18.9', 'problem'],
    ['9.99.0', 'problem'],
    ['22.0.0', 'ok']
  ])('%s is %s', (version, level) => {
    expect(checkNodeVersion(version)).toMatchObject([{ level }])
  })
})

describe('the packages', () => {
  it('of a project are compared with this one', async () => {
    const cwd = project({
      'package.json': '{"dependencies":{"trustp2p":"*"},"devDependencies":{"trustp2p-cli":"*"}}',
      'node_modules/trustp2p/package.json': '{"name":"trustp2p","version":"0.0.1"}'
    })
    const { code, out } = await doctor(cwd)
    expect(code).toBe(0)
    expect(out).toMatch(/^warning {2}the project has trustp2p 0\.0\.1, this command is .*\n {9}run `npx trustp2p-cli`/m)
    expect(out).toMatch(/^warning {2}package\.json names trustp2p-cli, which is not installed\n {9}npm install$/m)
  })

  it('of a running node are compared, too', () => {
    const report = { name: 'server', version: '0.0.2' } as Parameters<typeof checkPackages>[0]['reports'][number]
    expect(checkPackages({ folder: temporaryFolder(), reports: [report] })).toContainEqual({
      level: 'warning',
      text: expect.stringContaining('the node server runs trustp2p 0.0.2') as string,
      remedy: 'restart the node'
    })
  })
})

describe('the clock', () => {
  it('is a problem where it was never set', async () => {
    expect(await checkClock(temporaryFolder(), { now: () => 1000 })).toMatchObject([
      { level: 'problem', text: expect.stringContaining('1970-01-01') as string }
    ])
  })

  it('is told of where files are dated more than a minute ahead of it, or where it jumps', async () => {
    const folder = temporaryFolder({ 'package.json': '' })
    const ahead = (seconds: number) => utimesSync(join(folder, 'package.json'), 0, Date.now() / 1000 + seconds)
    ahead(50)
    expect(await checkClock(folder)).toMatchObject([{ level: 'ok' }])
    ahead(3700)
    expect(await checkClock(folder)).toMatchObject([
      { level: 'warning', text: expect.stringMatching(/^package\.json is dated 1 h 1 min ahead/) as string }
    ])
    let now = Date.now()
    const jumping = { now: () => (now += 10_000) }
    expect(await checkClock(temporaryFolder(), jumping)).toMatchObject([
      { level: 'warning', text: expect.stringMatching(/^the clock jumped by \d+ ms/) as string }
    ])
  })
})
