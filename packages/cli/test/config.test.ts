import { join } from 'node:path'
import { createServer } from 'trustp2p'
import { checkConfig, explainKeys, showConfig } from '../src/commands/config'
import type { ConfigOptions } from '../src/commands/config'
import { cleanUp, runCommand, startCommand, temporaryFolder } from './command'
import { createMemoryTerminal } from './memory-terminal'

jest.setTimeout(120_000)
afterEach(cleanUp)

const FILE = 'trustp2p.config.json'

/** Each key on a line of its own. */
function folderWith(value: unknown): string {
  return temporaryFolder({ [FILE]: JSON.stringify(value, undefined, 2) })
}

function optionsFor(cwd: string, more: Partial<ConfigOptions> = {}): ConfigOptions {
  return { cwd, ...more }
}

async function show(options: ConfigOptions): Promise<unknown> {
  const terminal = createMemoryTerminal()
  expect(await showConfig(options, terminal)).toBe(0)
  return JSON.parse(terminal.out.lines.join('\n'))
}

async function explain(key: string | undefined, options: ConfigOptions): Promise<readonly string[]> {
  const terminal = createMemoryTerminal()
  expect(await explainKeys(key, options, terminal)).toBe(0)
  return terminal.out.lines
}

async function check(
  options: ConfigOptions
): Promise<{ status: number; out: readonly string[]; err: readonly string[] }> {
  const terminal = createMemoryTerminal()
  const status = await checkConfig(options, terminal)
  return { status, out: terminal.out.lines, err: terminal.err.lines }
}

describe('config show', () => {
  it('prints what a server would run with, from file, environment and flags', async () => {
    const cwd = folderWith({ limits: { frameBytes: 5, badFrames: 5 }, name: 'mine' })
    const options = optionsFor(cwd, { set: [{ path: 'limits.badFrames', text: '6' }], logLevel: 'warn' })
    const expected = {
      name: 'mine',
      listen: ['ws://127.0.0.1:1107'],
      control: true,
      limits: { frameBytes: 5, badFrames: 6 },
      log: { level: 'warn' }
    }
    expect(await show(options)).toMatchObject(expected)
    expect(await show({ ...options, json: true })).toMatchObject(expected)
  })

  it('prints what a client or a node would run with', async () => {
    const cwd = temporaryFolder()
    expect(await show(optionsFor(cwd, { role: 'node' }))).toMatchObject({ name: 'node', listen: [], connect: [] })
    const connect = ['ws://127.0.0.1:1']
    expect(await show(optionsFor(cwd, { connect }))).toMatchObject({ name: 'client', listen: [], connect })
    expect(await show(optionsFor(cwd, { connect, role: 'server' }))).toMatchObject({ name: 'server', connect })
  })

  it('reads the file that is named, from where the command was called', async () => {
    const cwd = folderWith({ name: 'mine' })
    const other = join(temporaryFolder({ 'other.yaml': 'name: other' }), 'other.yaml')
    expect(await show(optionsFor(cwd, { config: other }))).toMatchObject({ name: 'other' })
  })
})

describe('config explain (N1)', () => {
  it('prints each value with its origin, and what it stands in place of', async () => {
    const cwd = folderWith({ limits: { frameBytes: 5 } })
    const lines = await explain('limits', optionsFor(cwd, { set: [{ path: 'limits.frameBytes', text: '6' }] }))
    expect(lines).toEqual(
      expect.arrayContaining([
        'limits.inboundSockets           100                       the defaults',
        'limits.frameBytes               6                         the flag --set',
        `                                instead of 5 (${FILE}:3:5), 1048576 (the defaults)`
      ])
    )
    expect((await explain(undefined, optionsFor(cwd))).length).toBeGreaterThan(lines.length)
  })

  it('prints all about a single key', async () => {
    expect(await explain('limits.frameBytes', optionsFor(folderWith({ limits: { frameBytes: 5 } })))).toEqual([
      'limits.frameBytes is 5',
      `  from        ${FILE}:3:5`,
      '  instead of  1048576 (the defaults)',
      '  meaning     Longest frame, in bytes.',
      '  takes       a whole number from 1 to 1073741824 (bytes)',
      '  set by      the configuration file, TRUSTP2P_LIMITS__FRAME_BYTES=…, or --set limits.frameBytes=…'
    ])
    expect(await explain('threads.a.config.b', optionsFor(temporaryFolder()))).toEqual([
      'threads.a.config.b is not set'
    ])
  })

  it('prints a list for programs', async () => {
    const [line = ''] = await explain('request.timeoutMs', optionsFor(temporaryFolder(), { json: true }))
    expect(JSON.parse(line)).toEqual([
      {
        path: 'request.timeoutMs',
        value: 300_000,
        origin: 'the defaults',
        overridden: [],
        default: 300_000,
        description: 'Longest wait for an answer, in ms. 0: for ever.',
        expected: 'a whole number from 0 to 2147483647 (ms)',
        variable: 'TRUSTP2P_REQUEST__TIMEOUT_MS'
      }
    ])
  })

  it('lets nothing of a file reach the terminal as it stands there', async () => {
    const cwd = folderWith({ threads: { a: { config: { '\u001b[2J': '\u009b31m' } } } })
    const printed = (await explain('threads', optionsFor(cwd))).join('\n')
    expect(printed).toContain('\\u001b[2J')
    expect(printed).toContain('\\u009b31m')

    expect(printed).not.toMatch(/[\u001b\u009b]/)
  })
})

describe('config check (N4)', () => {
  it('says that all is well', async () => {
    expect(await check(optionsFor(folderWith({ name: 'a' })))).toEqual({
      status: 0,
      out: [`${FILE} is valid`],
      err: []
    })
    expect(await check(optionsFor(temporaryFolder()))).toMatchObject({
      status: 0,
      out: ['valid; there is no configuration file']
    })
  })

  it('tells every problem of file, environment and flags, each with its place', async () => {
    const cwd = folderWith({ limits: { frameByts: 5 }, listen: 'ws://127.0.0.1:0' })
    expect(await check(optionsFor(cwd, { logLevel: 'loud' }))).toEqual({
      status: 1,
      out: [],
      err: [
        `error: listen is "ws://127.0.0.1:0" (from ${FILE}:5:3): expected a list of addresses, such as ["ws://127.0.0.1:1107"] (ERR_TRUSTP2P_CONFIG_INVALID)`,
        `error: limits.frameByts (from ${FILE}:3:5) is no key: did you mean limits.frameBytes? (ERR_TRUSTP2P_CONFIG_INVALID)`,
        'error: log.level is "loud" (from the flag --log-level): expected one of trace, debug, info, warn, error, fatal, silent (ERR_TRUSTP2P_CONFIG_INVALID)'
      ]
    })
  })

  it('tells the first hundred problems of a file that is none of ours', async () => {
    const cwd = folderWith(Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key${index}`, index])))
    const { status, err } = await check(optionsFor(cwd))
    expect(status).toBe(1)
    expect(err).toHaveLength(101)
    expect(err.at(-1)).toBe('error: and 49900 more (ERR_TRUSTP2P_CONFIG_INVALID)')
  })

  it('tells of a file that cannot be taken together with what is wrong beside it', async () => {
    const cwd = temporaryFolder({ [FILE]: '{"name": "a",}' })
    const { status, out } = await check(optionsFor(cwd, { json: true, logLevel: 'loud' }))
    expect(status).toBe(1)
    expect(JSON.parse(out.join(''))).toEqual({
      problems: [
        {
          code: 'ERR_TRUSTP2P_CONFIG_FILE_INVALID',
          origin: FILE,
          text: `${FILE}:1:13: no comma may stand before "}": remove it`
        },
        {
          code: 'ERR_TRUSTP2P_CONFIG_INVALID',
          path: 'log.level',
          origin: 'the flag --log-level',
          text: expect.stringContaining('log.level is "loud"')
        }
      ],
      warnings: []
    })
  })

  it('warns of settings for a thread that is not there', async () => {
    const cwd = folderWith({ threads: { heartbeet: { stopTimeoutMs: 1 }, heartbeat: {} } })
    expect(await check(optionsFor(cwd))).toEqual({
      status: 0,
      out: [`${FILE} is valid`],
      err: [
        expect.stringMatching(
          /^warning: threads\.heartbeet \(from trustp2p\.config\.json:4:7\) is for a thread .*: there are .*heartbeat/
        )
      ]
    })
  })

  it.each([
    [100, 100, /is for a thread that is neither/],
    [101, 101, /^warning: and 1 more\b/],
    [2_000, 101, /^warning: and 1900 more\b/]
  ])('of settings for %d threads that are not there warns in %d lines', async (count, lines, last) => {
    const settings = Array.from({ length: count }, (_, index) => [`t${index}`, { stopTimeoutMs: 1 }])
    const { status, err } = await check(optionsFor(folderWith({ threads: Object.fromEntries(settings) })))
    expect([status, err.length]).toEqual([0, lines])
    expect(err.at(-1)).toMatch(last)
    expect(err[99]).toMatch(/^warning: threads\.t99 \(from trustp2p\.config\.json:301:7\)/)
  })

  it('of a folder that is not there is an error', async () => {
    await expect(checkConfig(optionsFor('nowhere'), createMemoryTerminal())).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_NODE_FOLDER_INVALID'
    })
  })
})

describe('the command', () => {
  it('ends with 0, 1 where the configuration or the key is wrong, 2 where the arguments are', async () => {
    const cwd = folderWith({ nam: 'a' })
    const run = (...args: string[]) => runCommand(['config', ...args], { cwd })
    expect(await run('check')).toEqual({
      code: 1,
      signal: null,
      out: '',
      err: `error: nam (from ${FILE}:2:3) is no key: did you mean name? (ERR_TRUSTP2P_CONFIG_INVALID)\n`
    })
    const shown = await run('show', '--json')
    expect(shown).toMatchObject({ code: 1, out: '' })
    expect(JSON.parse(shown.err)).toMatchObject({ error: { code: 'ERR_TRUSTP2P_CONFIG_INVALID' } })
    const other = temporaryFolder({ 'a.yaml': 'log: {level: debug}' })
    const explained = await runCommand(['config', 'explain', 'log.level', '--config', 'a.yaml'], { cwd: other })
    expect(explained).toMatchObject({ code: 0, err: '' })
    expect(explained.out).toContain('log.level is "debug"\n  from        a.yaml:1:7\n')
    expect(await runCommand(['config', 'explain', 'log.levl'], { cwd: other })).toMatchObject({
      code: 1,
      out: '',
      err: 'error: log.levl is no key: did you mean log.level? (ERR_TRUSTP2P_CONFIG_KEY_UNKNOWN)\n'
    })
    for (const args of [[], ['nix'], ['show', '--role', 'king'], ['show', 'a']]) {
      expect(await run(...args)).toMatchObject({ code: 2, out: '' })
    }
  })

  it('start runs by the file, and a node of a program does', async () => {
    const cwd = temporaryFolder({ 'trustp2p.config.yaml': 'listen: ["ws://127.0.0.1:0/by-file"]\nname: mine\n' })
    const start = startCommand(['start'], { cwd })
    expect(await start.address()).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/by-file$/)
    start.signal('SIGINT')
    expect(await start.ended).toMatchObject({ code: 0 })
    const server = await createServer({ cwd, log: { level: 'silent' } })
    expect(server.config).toMatchObject({
      name: 'mine',
      listen: ['ws://127.0.0.1:0/by-file'],
      log: { level: 'silent' }
    })
    await server.close()
    const plain = await createServer({ cwd, configFile: false, listen: [] })
    expect(plain.config.name).toBe('server')
    await plain.close()
  })

  it('start ends with 1 before anything is opened where the file is wrong', async () => {
    const cwd = temporaryFolder({ 'a.json': '{\n  "listen": [', [FILE]: '{"listen": 5}' })
    expect(await runCommand(['start', '--config', 'a.json'], { cwd })).toEqual({
      code: 1,
      signal: null,
      out: '',
      err: 'error: a.json:2:14: expected a value, found the end of the file (ERR_TRUSTP2P_CONFIG_FILE_INVALID)\n'
    })
    const wrong = await runCommand(['start', '--json'], { cwd })
    expect(wrong).toMatchObject({ code: 1, out: '' })
    expect(JSON.parse(wrong.err)).toMatchObject({
      error: { code: 'ERR_TRUSTP2P_CONFIG_INVALID', message: expect.stringContaining(`listen is 5 (from ${FILE}:1:2)`) }
    })
  })

  it('request takes drivers and limits from the file, and opens nothing that it lists', async () => {
    const server = await createServer({
      cwd: temporaryFolder(),
      listen: ['ws://127.0.0.1:0'],
      log: { level: 'silent' }
    })
    const [address = ''] = server.addresses
    try {
      const cwd = folderWith({
        listen: [address],
        connect: ['ws://127.0.0.1:1'],
        control: true,
        limits: { frameBytes: 300 }
      })
      const { code, err } = await runCommand(['request', address, 'a', JSON.stringify('x'.repeat(300))], { cwd })
      expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('ERR_TRUSTP2P_WIRE_TOO_LARGE') })
    } finally {
      await server.close()
    }
  })
})
