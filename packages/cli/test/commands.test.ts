import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { PackageType, createServer } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { createThreadList } from 'trustp2p'
import { cleanUp, runCommand, startCommand, temporaryFolder } from './command'

jest.setTimeout(120_000)
afterEach(cleanUp)

describe('the command line', () => {
  it('explains itself with 0, and a wrong use of it ends with 2', async () => {
    const cwd = temporaryFolder()
    const help = await runCommand(['--help'], { cwd })
    expect(help).toMatchObject({ code: 0, err: '' })
    for (const command of ['init', 'start', 'threads', 'config', 'request', 'talk'])
      expect(help.out).toContain(`  ${command} `)
    expect((await runCommand(['threads', 'enable', '--help'], { cwd })).code).toBe(0)
    expect(await runCommand(['--version'], { cwd })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+/) as string
    })
    for (const args of [[], ['strt'], ['start', '--nix'], ['threads', 'enable'], ['request', 'ws://127.0.0.1:1']]) {
      expect(await runCommand(args, { cwd })).toMatchObject({ code: 2, out: '' })
    }
  })

  it.each([
    ['start --nix --json', "unknown option '--nix'"],
    ['--json strt', "unknown command 'strt'\n(Did you mean start?)"],
    ['threads enable --json', "missing required argument 'name'"],
    ['threads --json', 'no command is given'],
    ['--json', 'no command is given']
  ])('tells a program of the wrong use `%s` in one line of JSON', async (line, message) => {
    const { code, out, err } = await runCommand(line.split(' '), { cwd: temporaryFolder() })
    expect([code, out]).toEqual([2, ''])
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(err)).toEqual({
      error: { message, remedy: 'add --help for commands, arguments and options' }
    })
  })

  it('takes --cwd and --json before a command, too; those behind it are stronger', async () => {
    const cwd = temporaryFolder()
    const folder = temporaryFolder({ 'threads-enabled/a.js': '' })
    for (const args of [
      ['--cwd', folder, '--json', 'threads', 'list'],
      ['threads', '--json', '--cwd', 'nowhere', 'list', '--cwd', folder],
      ['--cwd', 'nowhere', 'threads', '--cwd', folder, 'list', '--json']
    ]) {
      const { code, out } = await runCommand(args, { cwd })
      expect([code, JSON.parse(out)]).toEqual([0, [{ name: 'a', linked: true, path: 'threads-enabled/a.js' }]])
    }
    const completion = await runCommand(['completion', 'bash', '--cwd', folder, '--json'], { cwd })
    expect(completion).toMatchObject({ code: 0, err: '' })
  })

  it('takes -- for the end of options: what follows asks for no JSON', async () => {
    const { code, err } = await runCommand(['request', '--', 'ws://127.0.0.1:1', 'a', '--json'], {
      cwd: temporaryFolder()
    })
    expect(code).toBe(2)
    expect(err).toContain('It is no JSON.')
    expect(err).not.toContain('{"error"')
  })
})

describe('init', () => {
  it('writes a project that runs, and changes nothing when called again', async () => {
    const cwd = temporaryFolder()
    const first = await runCommand(['init', 'my-node'], { cwd })
    expect(first).toMatchObject({ code: 0, err: '' })
    expect(first.out).toContain('cd my-node')
    const folder = join(cwd, 'my-node')
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as unknown
    const version =
      '^' + (JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string }).version
    expect(manifest).toMatchObject({
      name: 'my-node',
      private: true,
      dependencies: { trustp2p: version, 'trustp2p-cli': version }
    })
    expect(readlinkSync(join(folder, 'threads-enabled/hello.mjs'))).toBe('../threads-available/hello.mjs')
    // The standard threads are taken as they were built, where they were, else from their sources.
    const heartbeat: unknown = expect.stringMatching(/^heartbeat\.(cjs|ts)$/)
    expect(readdirSync(join(folder, 'threads-enabled')).sort()).toEqual([heartbeat, 'hello.mjs'])
    writeFileSync(join(folder, 'README.md'), 'mine')

    const second = await runCommand(['init', '--json'], { cwd: folder })
    expect(second.code).toBe(0)
    expect(JSON.parse(second.out)).toEqual({
      folder,
      files: ['package.json', 'trustp2p.config.json', 'README.md', '.gitignore', 'threads-available/hello.mjs'].map(
        (path) => ({
          path,
          status: 'kept'
        })
      ),
      threads: ['hello', 'heartbeat'].map((name) => ({ name, status: 'enabled already' }))
    })
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('mine')
    expect((await runCommand(['init', '.'], { cwd: folder })).out).toContain('Next:\n  npx trustp2p-cli start\n')

    const start = startCommand(['start', '--listen', 'ws://127.0.0.1:0'], { cwd: folder })
    const address = await start.address()
    expect(start.out).toContain('threads: heartbeat, hello')
    expect(await runCommand(['request', address, 'hello', '{"name":"Ada"}'], { cwd })).toMatchObject({
      code: 0,
      out: '{\n  "greeting": "Hello, Ada!"\n}\n'
    })
    expect(await runCommand(['request', address, 'hello', '--json'], { cwd })).toMatchObject({
      out: '{"body":{"greeting":"Hello, stranger!"}}\n'
    })
  })

  it('writes a configuration file that is valid, and none beside one that is there', async () => {
    const cwd = temporaryFolder({ 'old/trustp2p.config.yaml': 'name: mine' })
    await runCommand(['init', 'new'], { cwd })
    const folder = join(cwd, 'new')
    expect(JSON.parse(readFileSync(join(folder, 'trustp2p.config.json'), 'utf8'))).toEqual({
      $schema: './node_modules/trustp2p/trustp2p.config.schema.json',
      log: { level: 'info' }
    })
    expect(await runCommand(['config', 'check'], { cwd: folder })).toMatchObject({ code: 0, err: '' })
    expect((await runCommand(['init', 'old'], { cwd })).out).toContain('trustp2p.config.yaml was there and is kept')
    expect(existsSync(join(cwd, 'old/trustp2p.config.json'))).toBe(false)
  })

  it('prints commands that can be pasted, whatever the folder is called', async () => {
    const cwd = temporaryFolder()
    const { out } = await runCommand(['init', `it's $(mine)`], { cwd })
    expect(out).toContain(`\n  cd 'it'\\''s $(mine)'\n`)
    expect((await runCommand(['init', '--', '-x'], { cwd })).out).toContain('\n  cd ./-x\n')
  })

  it('links a thread that the configuration of the project allows, and no other', async () => {
    const parent = temporaryFolder({ 'out/hello.mjs': 'export default class { get eventMap() { return {} } }' })
    const cwd = join(parent, 'node')
    mkdirSync(join(cwd, 'threads-available'), { recursive: true })
    symlinkSync('../../out/hello.mjs', join(cwd, 'threads-available/hello.mjs'))
    const refused = await runCommand(['init'], { cwd })
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('ERR_TRUSTP2P_THREAD_FORBIDDEN')])
    writeFileSync(join(cwd, 'trustp2p.config.json'), '{"allowedFolders":["../out"]}')
    expect(await runCommand(['init'], { cwd })).toMatchObject({ code: 0, err: '' })
  })

  it('keeps a file that is a link to nothing', async () => {
    const cwd = temporaryFolder()
    symlinkSync('nowhere', join(cwd, 'README.md'))
    expect((await runCommand(['init'], { cwd })).out).toContain('README.md was there and is kept')
    expect(existsSync(join(cwd, 'nowhere'))).toBe(false)
  })

  it('refuses a path that is a file, or leads through one', async () => {
    const cwd = temporaryFolder({ file: '', 'other/threads-available': '' })
    for (const dir of ['file', 'file/below', 'other']) {
      const { code, err } = await runCommand(['init', dir], { cwd })
      expect(code).toBe(1)
      expect(err).toMatch(
        /^error: .* cannot become a project: .*\(ERR_TRUSTP2P_NODE_FOLDER_INVALID\)\n {2}mend the path\n$/
      )
    }
  })
})

describe('threads', () => {
  const THREAD = 'module.exports = class { get eventMap() { return { 30: { a() {} } } } }'

  it('are enabled, listed and disabled by their files; what is so already is done (T6)', async () => {
    const cwd = temporaryFolder({ 'threads-available/a.js': THREAD, 'threads-available/b.js': THREAD })
    const run = (...args: string[]) => runCommand(['threads', ...args], { cwd })
    expect(await run('list')).toMatchObject({ code: 0, out: 'no thread is enabled\n' })
    expect(await run('enable', 'a', 'b', 'a')).toMatchObject({ code: 0, out: 'a: enabled\nb: enabled\n', err: '' })
    expect(await run('enable', 'a')).toMatchObject({ code: 0, out: 'a: enabled already\n', err: '' })
    expect(readlinkSync(join(cwd, 'threads-enabled/a.js'))).toBe('../threads-available/a.js')
    expect((await run('list')).out).toBe(
      'thread  linked  file\na       yes     threads-available/a.js\nb       yes     threads-available/b.js\n'
    )
    expect(await run('disable', 'b', '--json')).toMatchObject({ code: 0, out: '[{"name":"b","status":"disabled"}]\n' })
    expect(await run('disable', 'b')).toMatchObject({ code: 0, out: 'b: not enabled\n' })
    expect(JSON.parse((await run('available', '--json')).out)).toEqual(
      expect.arrayContaining([
        { name: 'a', enabled: true },
        { name: 'b', enabled: false }
      ])
    )
    expect((await run('available')).out).toMatch(/^a {2}enabled\nb\n/)
  })

  it('that fail are reported one by one, and the others are done', async () => {
    const cwd = temporaryFolder({ 'threads-available/a.js': THREAD, 'threads-enabled/real.js': THREAD })
    const enabled = await runCommand(['threads', 'enable', 'nix', 'a', '../up'], { cwd })
    expect(enabled).toMatchObject({ code: 1, out: 'a: enabled\n' })
    expect(enabled.err).toMatch(/^error: no thread 'nix' .*\(ERR_TRUSTP2P_THREAD_NOT_FOUND\)$/m)
    expect(enabled.err).toMatch(/^error: .*'\.\.\/up'.*\(ERR_TRUSTP2P_THREAD_NAME_INVALID\)$/m)
    const disabled = await runCommand(['threads', 'disable', 'real', 'a'], { cwd })
    expect(disabled).toMatchObject({ code: 1, out: 'a: disabled\n' })
    expect(disabled.err).toMatch(/^error: .*real\.js.*\(ERR_TRUSTP2P_THREAD_NOT_A_LINK\)$/m)
    expect(lstatSync(join(cwd, 'threads-enabled/real.js')).isFile()).toBe(true)
  })

  it('come from the folders that the configuration allows', async () => {
    const parent = temporaryFolder({ 'out/ext.js': THREAD })
    const cwd = join(parent, 'node')
    mkdirSync(join(cwd, 'threads-available'), { recursive: true })
    symlinkSync('../../out/ext.js', join(cwd, 'threads-available/ext.js'))
    const run = (...args: string[]) => runCommand(['threads', ...args], { cwd })
    const refused = await run('enable', 'ext')
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('ERR_TRUSTP2P_THREAD_FORBIDDEN')])
    await run('disable', 'ext')
    writeFileSync(
      join(cwd, 'trustp2p.config.json'),
      JSON.stringify({ allowedFolders: ['../out'], threads: { ext: { stopTimeoutMs: 1 } } })
    )
    expect((await run('available')).out).toMatch(/^ext$/m)
    expect(await run('enable', 'ext')).toMatchObject({ code: 0, out: 'ext: enabled\n', err: '' })
    const listed = await run('list')
    expect(listed).toMatchObject({ code: 0, err: '' })
    expect(listed.out).toMatch(/^ext +yes +.*ext\.js.*\n$/m)
    expect(await runCommand(['config', 'check'], { cwd })).toMatchObject({ code: 0, err: '' })
    const examined = await runCommand(['doctor', '--listen', 'ws://127.0.0.1:0'], { cwd })
    expect([examined.code, examined.out]).toEqual([0, expect.stringContaining('ok       threads: ext\n')])
  })

  it('are not looked for by a configuration that is wrong', async () => {
    const cwd = temporaryFolder({ 'trustp2p.config.json': '{"allowedFolders":5}' })
    const { code, out, err } = await runCommand(['threads', 'list'], { cwd })
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('(ERR_TRUSTP2P_CONFIG_INVALID)')
  })

  it('of a folder that is not there are an error', async () => {
    const cwd = temporaryFolder()
    for (const args of [['list'], ['available'], ['enable', 'heartbeat'], ['disable', 'x']]) {
      const { code, err } = await runCommand(['threads', ...args, '--cwd', 'nowhere'], { cwd })
      expect({ code, err }).toEqual({
        code: 1,
        err: `error: ${join(cwd, 'nowhere')} is no folder: mend the path, or make the folder (ERR_TRUSTP2P_NODE_FOLDER_INVALID)\n`
      })
    }
    expect(existsSync(join(cwd, 'nowhere'))).toBe(false)
  })

  it('that cannot be loaded as they are linked are listed with the reason', async () => {
    const cwd = temporaryFolder({ 'threads-enabled/README': '' })
    symlinkSync('nowhere.js', join(cwd, 'threads-enabled/lost.js'))
    const { code, out } = await runCommand(['threads', 'list'], { cwd })
    expect(code).toBe(0)
    expect(out).toMatch(/^lost +yes +.*nowhere\.js\n {2}.*\(ERR_TRUSTP2P_THREAD_DANGLING\)\n/m)
    const listed = await runCommand(['threads', 'list', '--json'], { cwd })
    expect(JSON.parse(listed.out)).toMatchObject([{ name: 'lost', error: { code: 'ERR_TRUSTP2P_THREAD_DANGLING' } }])
    expect(await runCommand(['threads', 'enable', 'lost'], { cwd })).toMatchObject({ code: 1, out: '' })
  })
})

describe('request and talk', () => {
  let server: P2pNode
  let address: string
  const heard: unknown[] = []

  beforeAll(async () => {
    class Peer {
      get eventMap() {
        return {
          [PackageType.REQUEST]: {
            echo: (_: unknown, { body }: { body: unknown }) => body,
            bytes: () => new Uint8Array([1, 2, 255]),
            evil: () => ({ '\u001b[2J': '\u009b31m\u202e' }),
            fail: () => {
              throw Object.assign(new Error('\u001b[31mno\nerror: x'), { code: 'E_MINE' })
            },
            never: () => new Promise(() => {})
          },
          [PackageType.TALK]: { tell: (_: unknown, { body }: { body: unknown }) => void heard.push(body) },
          [PackageType.SYSTEM]: { tell: (_: unknown, { body }: { body: unknown }) => void heard.push(['system', body]) }
        }
      }
    }
    server = await createServer({
      cwd: __dirname,
      listen: ['ws://127.0.0.1:0'],
      log: { level: 'silent' },
      source: createThreadList({ peer: Peer })
    })
    address = server.addresses[0] ?? ''
  })
  afterAll(() => server.close({ timeoutMs: 0 }))

  const run = (...args: string[]) => runCommand(args, { cwd: temporaryFolder() })

  it('print the answer as JSON; a body that is not given is null (T9)', async () => {
    expect(await run('request', address, 'echo', '{"a":[1,"x"]}')).toMatchObject({
      code: 0,
      out: '{\n  "a": [\n    1,\n    "x"\n  ]\n}\n',
      err: ''
    })
    expect(await run('request', address, 'echo', '--json')).toMatchObject({ code: 0, out: '{"body":null}\n' })
  })

  it('print bytes as base64', async () => {
    expect(await run('request', address, 'bytes')).toMatchObject({ code: 0, out: 'AQL/\n' })
    expect(await run('request', address, 'bytes', '--json')).toMatchObject({ code: 0, out: '{"bytes":"AQL/"}\n' })
  })

  it('let nothing of a peer reach the terminal as it came', async () => {
    const answer = await run('request', address, 'evil')
    expect(answer.out).toBe('{\n  "\\u001b[2J": "\\u009b31m\\u202e"\n}\n')
    const failure = await run('request', address, 'fail')
    expect(failure).toMatchObject({ code: 1, out: '' })
    expect(failure.err).toBe('error: the peer answered: \\u001b[31mno (E_MINE)\n')
  })

  it('load no thread of the folder', async () => {
    const cwd = temporaryFolder({ 'threads-enabled/loud.js': 'console.log("loud"); module.exports = class {}' })
    expect(await runCommand(['request', address, 'echo', '1'], { cwd })).toMatchObject({ code: 0, out: '1\n', err: '' })
  })

  it('end with 1 and a coded error where the peer cannot be reached or does not answer in time (T13)', async () => {
    const dead = await run('request', 'ws://127.0.0.1:1', 'echo')
    expect(dead).toMatchObject({ code: 1, out: '' })
    expect(dead.err).toMatch(/^error: cannot reach ws:\/\/127\.0\.0\.1:1: .*\(ERR_TRUSTP2P_DRIVER_DIAL_FAILED\)\n/)
    const late = await run('request', address, 'never', '--timeout', '20', '--json')
    expect(late).toMatchObject({ code: 1, out: '' })
    expect(JSON.parse(late.err)).toMatchObject({ error: { code: 'ERR_TRUSTP2P_REQUEST_TIMEOUT' } })
    expect((await run('request', address, 'nix')).err).toContain('(ERR_TRUSTP2P_THREAD_NO_HANDLER)')
    expect((await run('request', 'gopher://x', 'nix')).err).toContain('(ERR_TRUSTP2P_DRIVER_SCHEME_UNKNOWN)')
  })

  it('end with 2 where the body is no JSON, and tell how to quote', async () => {
    const result = await run('request', address, 'echo', '{a:1}')
    expect(result).toMatchObject({ code: 2, out: '' })
    expect(result.err).toContain(`'{"name":"you"}'`)
  })

  it('tell a peer, by TALK or SYSTEM', async () => {
    const told = await run('talk', address, 'tell', '{"a":1}')
    expect(told).toMatchObject({ code: 0, out: `sent to ${address}: tell {"a":1}\n`, err: '' })
    expect((await run('talk', address, 'tell', '2', '--type', 'system', '--json')).out).toBe(
      `{"sent":{"url":"${address}","event":"tell","body":2}}\n`
    )
    expect(heard).toEqual([{ a: 1 }, ['system', 2]])
  })
})
