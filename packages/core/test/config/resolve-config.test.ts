import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { FROM_SOURCE } from '../../../../test/from-source'
import type { NodeConfig } from '../../src/config/config'
import type { ConfigFile } from '../../src/config/config-file'
import { defaultConfig } from '../../src/config/defaults'
import type { ConfigSources } from '../../src/config/resolve-config'
import { resolveConfig } from '../../src/config/resolve-config'
import { threadConfig } from '../../src/config/thread-config'
import { P2pError } from '../../src/errors'

const ROOT = resolve(__dirname, '../../../..')

function resolved(sources: Omit<ConfigSources, 'role'>): NodeConfig {
  return resolveConfig({ role: 'node', ...sources })
}

function refused(sources: Omit<ConfigSources, 'role'>): P2pError {
  try {
    resolved(sources)
  } catch (error) {
    if (error instanceof P2pError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** A file whose keys all stand on line 7. */
function fileWith(value: unknown): ConfigFile {
  return { name: 'a.json', value, place: ({ length }) => ({ line: 7, column: length }) }
}

function isDeepFrozen(value: unknown): boolean {
  return (
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isDeepFrozen))
  )
}

describe('defaults', () => {
  it('differ by role in name, listen and connect alone (N1)', () => {
    const [server, client, node] = (['server', 'client', 'node'] as const).map((role) => resolveConfig({ role }))
    expect(server).toMatchObject({ name: 'server', listen: ['ws://127.0.0.1:1107'], connect: [] })
    expect(client).toMatchObject({ name: 'client', listen: [], connect: ['ws://127.0.0.1:1107'] })
    expect(node).toMatchObject({ name: 'node', listen: [], connect: [] })
    expect({ ...server, name: 'node', listen: [] }).toEqual(node)
    expect({ ...client, name: 'node', connect: [] }).toEqual(node)
  })

  it('are valid by their own schema', () => {
    for (const role of ['server', 'client', 'node'] as const) {
      expect(resolveConfig({ role, code: { ...defaultConfig(role) } })).toEqual(defaultConfig(role))
    }
  })

  it('are given without loading the schema where nothing is to be checked', () => {
    const program = `
      const { resolveConfig } = require('./packages/core/src/config/resolve-config')
      const loaded = () => Object.keys(require.cache).some((name) => /node_modules.zod/.test(name))
      const file = { name: 'a.json', value: {}, place: () => undefined }
      resolveConfig({ role: 'server', file, environment: { PATH: '/' }, flags: [], code: { listen: undefined } })
      const before = loaded()
      resolveConfig({ role: 'server', code: { listen: [] } })
      process.stdout.write(JSON.stringify([before, loaded()]))`
    const flags = [...FROM_SOURCE, '-e', program]
    expect(execFileSync(process.execPath, flags, { cwd: ROOT, encoding: 'utf8' })).toBe('[false,true]')
  })
})

describe('the effective configuration', () => {
  it('is frozen at every depth, and what the program gave is not', () => {
    const code = { limits: { frameBytes: 5 }, listen: ['ws://127.0.0.1:0'], threads: { a: { config: { list: [{}] } } } }
    expect(isDeepFrozen(resolved({}))).toBe(true)
    expect(isDeepFrozen(resolved({ code }))).toBe(true)
    expect(Object.isFrozen(code.limits)).toBe(false)
    expect(Object.isFrozen(code.threads.a.config.list)).toBe(false)
  })

  it('leaves bytes and instances of classes in settings of threads as they are', () => {
    const config = { key: new Uint8Array([1]), at: new Map([['a', 1]]) }
    const { key, at } = resolved({ code: { threads: { a: { config } } } }).threads['a']?.config as typeof config
    expect(key).toBe(config.key)
    expect(at).toBe(config.at)
  })

  it('goes defaults < file < environment < flags < code', () => {
    const file = fileWith({ limits: { handshakeMs: 1, frameBytes: 1, badFrames: 1, bodyDepth: 1 } })
    const environment = { TRUSTP2P_LIMITS: '{"frameBytes":2,"badFrames":2,"bodyDepth":2}' }
    const flags = [
      { flag: '--set', path: 'limits.badFrames', value: '3' },
      { flag: '--set', path: 'limits.bodyDepth', value: '3' }
    ]
    const code = { limits: { bodyDepth: 4 } }
    expect(resolved({ file, environment, flags, code }).limits).toEqual({
      ...defaultConfig('node').limits,
      handshakeMs: 1,
      frameBytes: 2,
      badFrames: 3,
      bodyDepth: 4
    })
  })

  it('replaces lists, merges objects by key, and ignores undefined', () => {
    const environment = { TRUSTP2P_LISTEN: '["ws://a:1","ws://b:2"]', TRUSTP2P_LOG__LEVEL: 'debug' }
    const code = { listen: ['ws://c:3'], connect: undefined, log: { level: undefined }, limits: { frameBytes: 7 } }
    const config = resolveConfig({ role: 'client', environment, code })
    expect(config.listen).toEqual(['ws://c:3'])
    expect(config.connect).toEqual(['ws://127.0.0.1:1107'])
    expect(config.log.level).toBe('debug')
    expect(config.limits).toEqual({ ...defaultConfig('client').limits, frameBytes: 7 })
  })

  it('opens nothing where an empty list is given (N1)', () => {
    expect(resolveConfig({ role: 'server', code: { listen: [] } }).listen).toEqual([])
    expect(resolveConfig({ role: 'client', environment: { TRUSTP2P_CONNECT: '[]' } }).connect).toEqual([])
  })

  it('gives each thread its settings over the defaults, whatever its name', () => {
    const config = resolved({
      code: { threads: { constructor: { stopTimeoutMs: 7 }, heartbeat: { config: { a: 1 } } } }
    })
    const defaults = {
      config: {},
      startTimeoutMs: 10_000,
      stopTimeoutMs: 5_000,
      drainTimeoutMs: 10_000,
      handlerTimeoutMs: 0,
      restart: {},
      quotas: {},
      worker: {}
    }
    expect(threadConfig(config, 'constructor')).toEqual({ ...defaults, stopTimeoutMs: 7 })
    expect(threadConfig(config, 'heartbeat')).toEqual({ ...defaults, config: { a: 1 } })
    expect(threadConfig(config, 'toString')).toEqual(defaults)
  })
})

describe('a file', () => {
  it('is told of by the place of the wrong key (N4)', () => {
    const error = refused({ file: fileWith({ limits: { frameByts: 5 } }) })
    expect(error.message).toBe(
      'the configuration is wrong: limits.frameByts (from a.json:7:2) is no key: did you mean limits.frameBytes?'
    )
    expect(error.details).toMatchObject({ path: 'limits.frameByts', value: 5, origin: 'a.json:7:2' })
  })

  it('whose keys have no places is told of by its name', () => {
    const file: ConfigFile = { ...fileWith({ name: 5 }), place: () => undefined }
    expect(refused({ file }).message).toContain('name is 5 (from a.json): expected')
  })

  it('is told of together with what is wrong in the other layers', () => {
    const file = fileWith({ name: 5 })
    const [environment, flags] = [{ TRUSTP2P_NAM: 'a' }, [{ flag: '--set', path: 'log.level', value: 'loud' }]]
    expect(refused({ file, environment, flags, code: { colour: 1 } }).message.split('\n')).toEqual([
      'the configuration is wrong in 4 places:',
      expect.stringContaining('name is 5 (from a.json:7:1)'),
      expect.stringContaining('TRUSTP2P_NAM names no key: did you mean TRUSTP2P_NAME?'),
      expect.stringContaining('log.level is "loud" (from the flag --set)'),
      expect.stringContaining('colour (from code) is no key')
    ])
  })

  it('and another layer that do not fit together are told of both', () => {
    const file = fileWith({ redial: { firstMs: 20 } })
    expect(refused({ file, code: { redial: { longestMs: 10 } } }).message).toContain(
      'redial.firstMs is 20 (from a.json:7:2) and redial.longestMs is 10 (from code)'
    )
  })
})

describe('environment variables', () => {
  it('name a key by levels parted by "__", without regard to case and single underscores', () => {
    for (const name of ['LIMITS__FRAMEBYTES', 'LIMITS__FRAME_BYTES', 'limits__frameBytes']) {
      expect(resolved({ environment: { [`TRUSTP2P_${name}`]: '9' } }).limits.frameBytes).toBe(9)
    }
  })

  it('are JSON where the key accepts that, else text, else a list of one text', () => {
    const environment = {
      TRUSTP2P_NAME: '1107',
      TRUSTP2P_LOG__LEVEL: '"debug"',
      TRUSTP2P_LISTEN: 'ws://127.0.0.1:0',
      TRUSTP2P_CONNECT: '["ws://127.0.0.1:1"]',
      TRUSTP2P_DRIVERS__WS__COMPRESSION: 'true'
    }
    expect(resolved({ environment })).toMatchObject({
      name: '1107',
      log: { level: 'debug' },
      listen: ['ws://127.0.0.1:0'],
      connect: ['ws://127.0.0.1:1'],
      drivers: { ws: { compression: true } }
    })
  })

  it('reach the settings of threads, whose names are in small letters unless the variable has some', () => {
    const environment = {
      TRUSTP2P_THREADS__HEARTBEAT__CONFIG__silentMs: '5',
      TRUSTP2P_THREADS__myThread__STOP_TIMEOUT_MS: '6'
    }
    expect(resolved({ environment }).threads).toEqual({
      heartbeat: { config: { silentMs: 5 } },
      myThread: { stopTimeoutMs: 6 }
    })
  })

  it('let the longer path win in whatever order they stand', () => {
    const [section, key] = [{ TRUSTP2P_LIMITS: '{"frameBytes":1}' }, { TRUSTP2P_LIMITS__FRAME_BYTES: '2' }]
    expect(resolved({ environment: { ...section, ...key } }).limits.frameBytes).toBe(2)
    expect(resolved({ environment: { ...key, ...section } }).limits.frameBytes).toBe(2)
  })

  it('that name no key are refused with the nearest name; those of others are passed over (N4)', () => {
    const error = refused({ environment: { TRUSTP2P_LOG__LEVL: 'debug', TRUSTP2PX: '1', LOG__LEVL: '2' } })
    expect(error.code).toBe('ERR_TRUSTP2P_CONFIG_INVALID')
    expect(error.message).toBe(
      'the configuration is wrong: the environment variable TRUSTP2P_LOG__LEVL names no key: did you mean TRUSTP2P_LOG__LEVEL?'
    )
    expect(error.details).toMatchObject({ path: 'log.levl', value: 'debug', nearest: 'log.level' })
  })

  it('that name a key of another section, or too many levels, or none are refused', () => {
    const text = (name: string) => refused({ environment: { [name]: '1' } }).message
    expect(text('TRUSTP2P_FRAME_BYTES')).toContain('did you mean TRUSTP2P_LIMITS__FRAME_BYTES?')
    expect(text('TRUSTP2P_NAME__X')).toContain('name has no keys')
    expect(text('TRUSTP2P_')).toContain('the configuration has name, listen,')
    expect(text('TRUSTP2P_THREADS____PROTO____CONFIG')).toContain('names no key')
    expect(text('TRUSTP2P_THREADS__A__DRAIN_TIMEOUT')).toContain('TRUSTP2P_THREADS__A__DRAIN_TIMEOUT_MS?')
  })

  it('that name one key twice are refused', () => {
    const environment = { TRUSTP2P_LIMITS__FRAMEBYTES: '1', TRUSTP2P_LIMITS__FRAME_BYTES: '1' }
    expect(refused({ environment }).message).toContain('name the same key: remove one of them')
  })

  it('with a wrong value are named, also where code covers them', () => {
    const environment = { TRUSTP2P_LIMITS__FRAME_BYTES: 'much' }
    const error = refused({ environment, code: { limits: { frameBytes: 5 } } })
    expect(error.message).toBe(
      'the configuration is wrong: limits.frameBytes is "much" (from the environment variable TRUSTP2P_LIMITS__FRAME_BYTES): ' +
        'expected a whole number from 1 to 1073741824 (bytes)'
    )
  })
})

describe('flags', () => {
  const flag = (path: string, value: unknown) => ({ flags: [{ flag: '--set', path, value }] })

  it('are read like variables, a later one over an earlier one', () => {
    const flags = [...flag('listen', ['ws://a:1']).flags, ...flag('listen', 'ws://b:2').flags]
    expect(resolved({ flags }).listen).toEqual(['ws://b:2'])
    expect(resolved(flag('threads.A.config.x', '{"y":[1]}')).threads).toEqual({ A: { config: { x: { y: [1] } } } })
  })

  it('that name no key, or hold a wrong value are refused by name', () => {
    expect(refused(flag('log.levels', 'info')).message).toContain(
      'log.levels (from the flag --set) is no key: did you mean log.level?'
    )
    expect(refused(flag('log.level', 'loud')).message).toContain(
      'log.level is "loud" (from the flag --set): expected one of trace, debug, info, warn, error, fatal, silent'
    )
    expect(refused(flag('', '1')).message).toContain('an empty key (from the flag --set) is no key')
  })
})

describe('code', () => {
  it('with a wrong key is refused with path, value, origin and the nearest name (N4)', () => {
    const error = refused({ code: { limits: { frameByts: 3 } } })
    expect(error.message).toBe(
      'the configuration is wrong: limits.frameByts (from code) is no key: did you mean limits.frameBytes?'
    )
    expect(error.details).toMatchObject({
      path: 'limits.frameByts',
      value: 3,
      origin: 'code',
      nearest: 'limits.frameBytes'
    })
  })

  it('with several faults is refused with all of them', () => {
    const { message, details } = refused({ code: { listen: ['x', 4], limits: 5, colour: 'red' } })
    expect(message.split('\n')).toEqual([
      'the configuration is wrong in 4 places:',
      '  listen.0 is "x" (from code): expected an address, such as "ws://127.0.0.1:1107"',
      '  listen.1 is 4 (from code): expected an address, such as "ws://127.0.0.1:1107"',
      '  limits is 5 (from code): expected an object',
      expect.stringMatching(/^ {2}colour \(from code\) is no key: the configuration has name, listen, /)
    ])
    expect(details?.['problems']).toHaveLength(4)
  })

  it('with more than 100 faults is refused with the first 100 of them', () => {
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]))
    const hundred = refused({ code: keys(100) })
    expect(hundred.message.split('\n')).toHaveLength(101)
    expect(hundred.details).toMatchObject({ untold: 0 })
    expect(refused({ code: keys(101) }).details).toMatchObject({ untold: 1 })
    const more = refused({ code: keys(300) })
    expect(more.message).toMatch(/^the configuration is wrong in 300 places:\n/)
    expect(more.message).toMatch(/\n {2}k99 [^\n]*\n {2}and 200 more$/)
    expect(more.details).toMatchObject({ untold: 200 })
  })

  it.each([[5], [null], ['text'], [[1]], [[]], [new Map()]])('that is %j and no object is refused', (code) => {
    expect(refused({ code }).message).toContain('(from code): expected an object')
  })

  it('cannot reach a prototype', () => {
    for (const text of ['{"__proto__":{"polluted":1}}', '{"threads":{"__proto__":{"config":1}}}']) {
      expect(refused({ code: JSON.parse(text) }).message).toContain('is no name that a key may have')
    }
    expect(refused({ flags: [{ flag: '--set', path: 'threads.__proto__.config', value: '1' }] }).message).toContain(
      'threads.__proto__ (from the flag --set) is no name that a key may have'
    )
    expect(Object.prototype).not.toHaveProperty('polluted')
    expect(Object.prototype).not.toHaveProperty('config')
  })

  it('is refused deeper than 64 levels, and in a circle', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) })
    const ring: Record<string, unknown> = {}
    Object.assign(ring, { one: ring, other: ring })
    expect(resolved({ code: { threads: { a: { config: nested(61) } } } }).threads['a']?.config).toEqual(nested(61))
    for (const config of [nested(62), ring]) {
      expect(refused({ code: { threads: { a: { config } } } }).message).toContain(
        'threads.a.config (from code) is nested deeper than 64 levels'
      )
    }
  })

  it('with a value that JSON cannot show is refused all the same', () => {
    for (const frameBytes of [1n, () => 1, Symbol('x'), NaN]) {
      expect(refused({ code: { limits: { frameBytes } } }).message).toContain('expected a whole number')
    }
  })

  it('with a name that no thread may have is refused', () => {
    expect(refused({ code: { threads: { '1a': {} } } }).message).toContain(
      '"1a" in threads (from code) is not a thread'
    )
  })
})

describe('relations between keys', () => {
  it('take a queue as long as the longest frame, and none shorter', () => {
    const limits = { frameBytes: 10, sendQueueBytes: 10 }
    expect(resolved({ code: { limits } }).limits).toMatchObject(limits)
    expect(refused({ code: { limits: { ...limits, sendQueueBytes: 9 } } }).message).toContain(
      'limits.frameBytes is 10 (from code) and limits.sendQueueBytes is 9 (from code): the longest frame must fit'
    )
  })

  it('take a certificate with its key, and neither alone', () => {
    const tls = { certFile: 'a.pem', keyFile: 'a.key' }
    const give = (one: Partial<typeof tls>) => ({ code: { drivers: { ws: { tls: one } } } })
    expect(resolved(give(tls)).drivers.ws.tls).toMatchObject(tls)
    expect(refused(give({ certFile: 'a.pem' })).message).toContain(
      'drivers.ws.tls.certFile is "a.pem" (from code) and drivers.ws.tls.keyFile is "" (from the defaults): a certificate is of no use'
    )
    expect(refused(give({ keyFile: 'a.key' })).message).toContain('drivers.ws.tls.keyFile is "a.key" (from code)')
  })

  it('take a longest redial as long as the first, and none shorter', () => {
    const redial = { firstMs: 10, longestMs: 10 }
    expect(resolved({ code: { redial } }).redial).toMatchObject(redial)
    expect(refused({ environment: { TRUSTP2P_REDIAL__LONGEST_MS: '999' } }).message).toContain(
      'redial.longestMs is 999 (from the environment variable TRUSTP2P_REDIAL__LONGEST_MS)'
    )
  })
})

describe('numbers that are not finite', () => {
  it('are shown as what they are', () => {
    for (const value of [Infinity, -Infinity, NaN]) {
      expect(refused({ file: fileWith({ limits: { frameBytes: value } }) }).message).toBe(
        `the configuration is wrong: limits.frameBytes is ${value} (from a.json:7:2): expected a whole number from 1 to 1073741824 (bytes)`
      )
    }
    expect(refused({ file: fileWith({ limits: [1, Infinity] }) }).message).toContain('limits is [1,"Infinity"]')
  })

  it('are refused in the settings of a thread, wherever text was read', () => {
    const config = { a: [{ b: 1 }, { b: Infinity }] }
    const text = 'threads.x.config.a.1.b is Infinity (from'
    expect(refused({ file: fileWith({ threads: { x: { config } } }) }).message).toContain(`${text} a.json:7:6)`)
    const json = '{"a":[{"b":1},{"b":1e999}]}'
    expect(refused({ environment: { TRUSTP2P_THREADS__X__CONFIG: json } }).message).toContain(text)
    expect(refused({ environment: { TRUSTP2P_THREADS__X: `{"config":${json}}` } }).message).toContain(text)
    expect(refused({ flags: [{ flag: '--set', path: 'threads.x.config', value: '1e999' }] }).message).toContain(
      'threads.x.config is Infinity (from the flag --set): expected a finite number'
    )
  })

  it('are taken from a program', () => {
    expect(resolved({ code: { threads: { x: { config: Infinity } } } }).threads['x']).toEqual({ config: Infinity })
  })
})

describe('a name of a megabyte', () => {
  const long = 'k'.repeat(1024 * 1024)

  it.each([
    ['a key', { file: fileWith({ [long]: 1 }) }],
    ['a section', { file: fileWith({ limits: { [long]: { a: 1 } } }) }],
    ['a thread', { file: fileWith({ threads: { [long]: { config: 1, [long]: 1 } } }) }],
    ['no thread', { file: fileWith({ threads: { [`-${long}`]: { config: 1 } } }) }],
    ['a setting of a thread', { file: fileWith({ threads: { x: { config: { [long]: Infinity } } } }) }],
    ['a variable', { environment: { [`TRUSTP2P_${long}`]: '1' } }],
    ['a variable of a thread', { environment: { [`TRUSTP2P_THREADS__${long}__A`]: '1' } }],
    ['a flag', { flags: [{ flag: '--set', path: `limits.${long}`, value: '1' }] }]
  ])('that is %s is cut in the report', (_, sources) => {
    expect(refused(sources).message.length).toBeLessThan(1000)
  })
})
