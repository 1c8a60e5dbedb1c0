import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { resolveConfig } from 'trustp2p'
import type { NodeReport } from 'trustp2p/control'
import { checkAddresses } from '../src/doctor/check-addresses'
import { checkClock } from '../src/doctor/check-clock'
import { checkNodeVersion, checkPackages } from '../src/doctor/check-machine'
import { checkDisk, checkOpenFiles } from '../src/doctor/check-resources'
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
      'ok       the disk of the folder has ',
      'ok       no node runs here',
      'ok       what a node remembers is kept by @trustp2p/store\n',
      'ok       trustp2p-cli, trustp2p, @trustp2p/threads, @trustp2p/store ',
      'ok       no configuration file: the defaults serve',
      process.platform === 'linux' ? ' files may be open: enough for ' : 'the limit of open files was not looked at',
      'ok       threads: a',
      'ok       ws://127.0.0.1:0 is free to listen on',
      'all is well\n'
    ]) {
      expect(out).toContain(text)
    }
    expect(existsSync(join(cwd, '.trustp2p'))).toBe(false)
  })

  it('refuses the state folders that start refuses', async () => {
    const refused: readonly ((path: string) => void)[] = [
      (path) => {
        mkdirSync(path)
        chmodSync(path, 0o777)
      },
      (path) => symlinkSync(temporaryFolder(), path),
      (path) => writeFileSync(path, ''),
      (path) => {
        mkdirSync(path, { mode: 0o700 })
        writeFileSync(join(path, 'server'), '')
      }
    ]
    for (const spoil of refused) {
      const cwd = project()
      spoil(join(cwd, '.trustp2p'))
      const start = await runCommand(['start', ...LISTEN], { cwd })
      const { code, out } = await doctor(cwd)
      expect([start.code, code]).toEqual([1, 1])
      expect(start.err).toContain('(ERR_TRUSTP2P_STATE_FOLDER_INVALID)')
      expect(out).toMatch(/^problem .*\(ERR_TRUSTP2P_STATE_FOLDER_INVALID\)$/m)
      expect((await doctor(cwd, '--set', 'control=false', '--set', 'auth=off')).code).toBe(0)
    }
  })

  it('finds an identity that start refuses', async () => {
    const cwd = project()
    mkdirSync(join(cwd, '.trustp2p'), { mode: 0o700 })
    mkdirSync(join(cwd, '.trustp2p/server'), { mode: 0o700 })
    writeFileSync(join(cwd, '.trustp2p/server/identity'), 'nonsense', { mode: 0o600 })
    const { code, out } = await doctor(cwd)
    expect(code).toBe(1)
    expect(out).toMatch(/^problem .*\(ERR_TRUSTP2P_IDENTITY_FILE_INVALID\)$/m)
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
        }),
        { level: 'skipped', text: 'the limit of open files was not looked at: the configuration is wrong' },
        { level: 'skipped', text: 'the addresses were not looked at: the configuration is wrong' }
      ]) as unknown
    })
  })

  it('says that a folder is none, and looks no further', async () => {
    const cwd = temporaryFolder()
    const { code, out } = await doctor(cwd, '--cwd', 'nowhere')
    expect(code).toBe(1)
    expect(out).toMatch(
      /^problem {2}.*nowhere is no folder: mend the path, .*\(ERR_TRUSTP2P_NODE_FOLDER_INVALID\)\nok {7}Node .*\n1 problem, no warnings\n$/
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

  it('knows the addresses of a node by what was written and by what is bound', async () => {
    const port = await freePort()
    const cwd = project({
      'trustp2p.config.json': JSON.stringify({
        listen: [`ws://localhost:${port}`],
        drivers: { ws: { path: '/p2p' } }
      })
    })
    const start = startCommand(['start'], { cwd })
    const bound = await start.address()
    expect(bound).toMatch(/\d\/p2p$/)
    const { code, out } = await runCommand(['doctor'], { cwd })
    expect([code, out]).toEqual([
      0,
      expect.stringContaining(`ok       ws://localhost:${port} is listened on by the node server\n`)
    ])
    const plain = bound.replace('/p2p', '')
    expect((await runCommand(['doctor', '--listen', plain], { cwd })).out).toContain(
      `ok       ${plain} is listened on by the node server\n`
    )
  })

  it('says nothing of a thread that only a wrong configuration could allow', async () => {
    const parent = temporaryFolder({ 'out/ext.js': THREAD, 'node/trustp2p.config.json': '{"nam":1}' })
    const cwd = join(parent, 'node')
    mkdirSync(join(cwd, 'threads-enabled'))
    symlinkSync('../../out/ext.js', join(cwd, 'threads-enabled/ext.js'))
    const wrong = await doctor(cwd)
    expect(wrong.out).not.toContain('ERR_TRUSTP2P_THREAD_FORBIDDEN')
    writeFileSync(join(cwd, 'trustp2p.config.json'), '{}')
    expect((await doctor(cwd)).out).toContain('ERR_TRUSTP2P_THREAD_FORBIDDEN')
  })

  it('warns of a folder without threads', async () => {
    const { code, out } = await doctor(temporaryFolder())
    expect(code).toBe(0)
    expect(out).toMatch(/^warning {2}no thread is enabled: .*\n {9}see `trustp2p-cli threads available`/m)
    expect(out).toMatch(/^no problems, 1 warning\n$/m)
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('the addresses', () => {
  const report = (listen: string[], addresses: string[]) =>
    ({ name: 'server', pid: 1, listen, addresses }) as unknown as NodeReport
  const look = (url: string, one: NodeReport) => {
    const config = resolveConfig({ role: 'server', code: { listen: [url] } })
    return checkAddresses({ config, options: { cwd: '.' }, folder: temporaryFolder(), reports: [one] })
  }

  it.each([
    ['wss://127.0.0.9', 'wss://127.0.0.9:443'],
    ['ws://127.0.0.9', 'ws://127.0.0.9:80/path'],
    ['WS://LOCALHOST:1107/', 'ws://localhost:1107']
  ])('%s is that of a node at %s', async (url, bound) => {
    expect(await look(url, report([bound], [bound]))).toEqual([
      { level: 'ok', text: `${url} is listened on by the node server` }
    ])
  })

  it('with a port that the system chooses belong to nobody', async () => {
    const url = 'ws://127.0.0.1:0'
    expect(await look(url, report([url], []))).toEqual([{ level: 'ok', text: `${url} is free to listen on` }])
  })

  it('of another node are a warning', async () => {
    const other = { ...report(['ws://localhost:1107'], []), name: 'other' }
    expect(await look('ws://localhost:1107', other)).toMatchObject([{ level: 'warning' }])
  })
})

describe('the disk', () => {
  it('is a problem where less than 16 MiB is free', async () => {
    const free = (bavail: number) => checkDisk('.', () => Promise.resolve({ bavail, bsize: 4096 }))
    expect(await free(4096)).toEqual([{ level: 'ok', text: 'the disk of the folder has 16 MiB free' }])
    expect(await free(4095)).toMatchObject([{ level: 'problem' }])
  })
})

describe('the limit of open files', () => {
  const config = resolveConfig({ role: 'server', code: { limits: { inboundSockets: 1000 } } })
  const look = (limit: string | undefined) =>
    checkOpenFiles(config, () =>
      Promise.resolve(
        limit === undefined ? undefined : `Limit  Soft\nMax open files            ${limit}      4096      files\n`
      )
    )

  it('holds the sockets of peers and a hundred other files', async () => {
    expect(await look('1100')).toMatchObject([{ level: 'ok' }])
    expect(await look('1099')).toMatchObject([
      {
        level: 'warning',
        text: '1,099 files may be open, too few for 1,000 sockets of peers (limits.inboundSockets) and 100 others'
      }
    ])
    expect(await look('unlimited')).toMatchObject([{ level: 'ok' }])
  })

  it('is not looked at where the system does not tell it', async () => {
    expect(await look(undefined)).toMatchObject([{ level: 'skipped' }])
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
