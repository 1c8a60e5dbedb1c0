import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { P2pNode } from 'trustp2p'
import { createClient, createServer } from 'trustp2p'
import { status } from '../src/commands/status'
import { cleanUp, runCommand, startCommand, temporaryFolder } from './command'
import { createMemoryTerminal } from './memory-terminal'

jest.setTimeout(120_000)
afterEach(cleanUp)

const THREAD = 'module.exports = class { get eventMap() { return { 30: { a: (_, { body }) => body } } } }'
const LISTEN = ['--listen', 'ws://127.0.0.1:0']

function project(threads: Readonly<Record<string, string>> = {}): string {
  const files = Object.entries(threads).map(([name, text]) => [`threads-available/${name}`, text])
  const cwd = temporaryFolder(Object.fromEntries(files))
  mkdirSync(join(cwd, 'threads-enabled'))
  for (const name of Object.keys(threads))
    symlinkSync(`../threads-available/${name}`, join(cwd, 'threads-enabled', name))
  return cwd
}

describe('status', () => {
  it('of a folder without a node says so, what to do, and ends with 1', async () => {
    const cwd = temporaryFolder()
    const said = `error: no node runs in ${cwd} (ERR_TRUSTP2P_CONTROL_NOT_RUNNING)\n  start one: \`trustp2p-cli start\`, `
    expect(await runCommand(['status'], { cwd })).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining(said) as string
    })
    const json = await runCommand(['status', '--name', 'x', '--json'], { cwd })
    expect([json.code, json.out]).toEqual([1, ''])
    expect(JSON.parse(json.err)).toMatchObject({ error: { code: 'ERR_TRUSTP2P_CONTROL_NOT_RUNNING' } })
    expect((await runCommand(['status', '--cwd', 'nowhere'], { cwd })).err).toContain(
      'ERR_TRUSTP2P_NODE_FOLDER_INVALID'
    )
    expect(existsSync(join(cwd, '.trustp2p'))).toBe(false)
  })

  it('prints lines of fields in a pipe, and one line of JSON for a program', async () => {
    const cwd = project({ 'a.js': THREAD, 'broken.js': 'class {' })
    const start = startCommand(['start', ...LISTEN], { cwd })
    const address = await start.address()
    const plain = await runCommand(['status'], { cwd })
    expect(plain).toMatchObject({ code: 0, err: '' })
    const lines = plain.out.split('\n').map((line) => line.split('\t'))
    expect(lines[0]).toEqual(expect.arrayContaining(['node', 'server', 'state=running', `pid=${start.child.pid}`]))
    expect(lines).toContainEqual(['listen', address])
    expect(lines.find(([kind, name]) => kind === 'thread' && name === 'a')).toEqual(
      expect.arrayContaining(['state=running', 'linked=true', 'isolation=inline', 'restarts=0'])
    )
    expect(lines.find(([, name]) => name === 'broken')).toEqual(
      expect.arrayContaining(['state=failed', 'error=ERR_TRUSTP2P_THREAD_SYNTAX'])
    )
    expect(lines).toContainEqual(['counter', 'framesIn', 'value=0'])
    const json = await runCommand(['status', '--name', 'server', '--json', '--cwd', cwd], { cwd: temporaryFolder() })
    expect(JSON.parse(json.out)).toMatchObject({ name: 'server', cwd, addresses: [address], openSockets: 0 })
  })

  it('tells of every node of a folder, in name order', async () => {
    const cwd = project()
    const server = startCommand(['start', ...LISTEN], { cwd })
    const client = startCommand(['start', '--connect', await server.address()], { cwd })
    await client.prints('Ctrl-C ends it')
    expect((await runCommand(['status', '--name', 'client'], { cwd })).out).toMatch(/^socket\t.*\tbufferedAmount=0$/m)
    const { out } = await runCommand(['status', '--json'], { cwd })
    const [first, second] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(first).toMatchObject({ name: 'client', connect: [{ open: true }], sockets: [{ inbound: false }] })
    expect(second).toMatchObject({ name: 'server', sockets: [{ inbound: true }] })
  })

  it('tells of the others where a node is stopped or a state folder cannot be used, and ends with 1', async () => {
    const cwd = project({ 'a.js': THREAD })
    const stopped = startCommand(['start', ...LISTEN, '--name', 'a-stopped'], { cwd })
    const healthy = startCommand(['start', ...LISTEN, '--name', 'healthy'], { cwd })
    await Promise.all([stopped.address(), healthy.address()])
    mkdirSync(join(cwd, '.trustp2p/open'), { mode: 0o755 })
    stopped.signal('SIGSTOP')
    const [plain, json, list] = await Promise.all([
      runCommand(['status'], { cwd }),
      runCommand(['status', '--json'], { cwd }),
      runCommand(['threads', 'list'], { cwd })
    ])
    expect([plain.code, json.code, list.code]).toEqual([1, 1, 1])
    expect(plain.out).toMatch(/^node\thealthy\t/m)
    for (const { err } of [plain, list]) {
      expect(err).toMatch(/^error: the node a-stopped does not answer: .*\(ERR_TRUSTP2P_REQUEST_TIMEOUT\)$/m)
      expect(err).toMatch(/^error: .*open may be used by others .*\(ERR_TRUSTP2P_STATE_FOLDER_INVALID\)$/m)
    }
    expect(JSON.parse(json.out)).toMatchObject({ name: 'healthy' })
    const errors = json.err.trim().split('\n')
    expect(errors.map((line) => (JSON.parse(line) as { error: { code: string } }).error.code).sort()).toEqual([
      'ERR_TRUSTP2P_REQUEST_TIMEOUT',
      'ERR_TRUSTP2P_STATE_FOLDER_INVALID'
    ])
    expect(list.out).toMatch(/^a +yes +running .*threads-available\/a\.js$/m)
  })

  it('says within 5 s that a node is stopped', async () => {
    const start = startCommand(['start', ...LISTEN], { cwd: project() })
    await start.address()
    start.signal('SIGSTOP')
    const { code, err } = await runCommand(['status'], { cwd: start.cwd })
    expect(code).toBe(1)
    expect(err).toMatch(
      /^error: the node server does not answer: it is stopped, or busy \(ERR_TRUSTP2P_REQUEST_TIMEOUT\)/
    )
    start.signal('SIGCONT')
    expect((await runCommand(['status'], { cwd: start.cwd })).code).toBe(0)
  })
})

describe('status on a terminal', () => {
  const nodes: P2pNode[] = []
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.close({ timeoutMs: 0 })
  })

  it('prints tables no wider than the terminal, and nothing that a terminal obeys', async () => {
    const cwd = project({ 'a.js': THREAD, 'broken.js': '// \u001b[2J\nclass {' })
    writeFileSync(join(cwd, 'threads-available/x.js'), '')
    const quiet = { cwd, log: { level: 'silent' } } as const
    const server = await createServer({ ...quiet, control: true, listen: ['ws://127.0.0.1:0'] })
    nodes.push(server)
    const client = await createClient({ ...quiet, connect: server.addresses })
    nodes.push(client)
    const [socket] = client.sockets
    if (socket !== undefined) await client.request(socket, 'a', 1)
    const terminal = createMemoryTerminal(70)
    expect(await status({ cwd }, terminal)).toBe(0)
    const text = terminal.out.lines.join('\n')
    expect(terminal.out.lines[0]).toMatch(/^trustp2p server running, pid \d+, up \d+\.\d s$/)
    expect(text).toMatch(/^ {2}listens on +ws:/m)
    expect(text).toMatch(/^ {2}frames +\d+ in, \d+ out$/m)
    expect(text).toMatch(/^thread +state +up +events +calls +failed +active +file$/m)
    expect(text).toMatch(/^a +running +\d\.\d s +1 +1 +0 +0 +threads-/m)
    expect(text).toMatch(/^broken +failed .*\n {2}.*\(ERR_TRUSTP2P_THREAD_SYNTAX\)/m)
    expect(text).toMatch(/^s1 +in +127\.0\.0\.1:\d+ +\d\.\d s +0 B$/m)
    const tables = terminal.out.lines.filter((line) => !line.startsWith('  '))
    expect(Math.max(...tables.map((line) => line.length))).toBeLessThanOrEqual(70)
    expect(text).not.toMatch(/\u001b/)
  })
})
