import type { ExplainedValue } from '../../src/config/explain-config'
import type { ConfigSources } from '../../src/config/resolve-config'
import { explainConfig, resolveConfig } from '../../src/config/resolve-config'
import { variableName } from '../../src/config/environment'
import { P2pError } from '../../src/errors'

const DEFAULTS = 'the defaults'

/** Every layer says something. */
const sources = {
  role: 'server',
  file: {
    name: 'trustp2p.config.json',
    value: {
      limits: { frameBytes: 2, bodyDepth: 2, badFrames: 2 },
      listen: ['ws://127.0.0.1:0'],
      threads: { chat: { stopTimeoutMs: 7, config: { rooms: { small: 1 } } } }
    },
    place: (path: readonly string[]) => ({ line: path.length, column: 3 })
  },
  environment: { TRUSTP2P_LIMITS: '{"bodyDepth":3,"badFrames":3}', TRUSTP2P_THREADS__CHAT__CONFIG__rooms__large: '2' },
  flags: [
    { flag: '--set', path: 'limits.badFrames', value: '4' },
    { flag: '--set', path: 'limits.badFrames', value: '5' }
  ],
  code: { limits: { badFrames: 6, unknownEvents: undefined } }
} as const satisfies ConfigSources

function explained(path: string, from: ConfigSources = sources): ExplainedValue {
  const found = explainConfig(from, path).find((one) => one.path === path)
  if (found === undefined) throw new Error(`${path} is not explained`)
  return found
}

function refusal(path: string): P2pError {
  try {
    explainConfig(sources, path)
  } catch (error) {
    if (error instanceof P2pError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('an explanation (N1)', () => {
  it('tells of every value of the effective configuration, and of no other', () => {
    const rebuilt: Record<string, unknown> = {}
    for (const { path, value } of explainConfig(sources)) put(rebuilt, path.split('.'), value)
    const { threads, ...config } = resolveConfig(sources)
    expect(rebuilt).toMatchObject(config)
    expect(rebuilt['threads']).toEqual({
      chat: {
        ...threads['chat'],
        startTimeoutMs: 10_000,
        drainTimeoutMs: 10_000,
        handlerTimeoutMs: 0,
        restart: {},
        quotas: {},
        worker: {}
      }
    })
  })

  it('names the place of a file, the variable, the flag, code, or the defaults', () => {
    expect(explained('limits.frameBytes')).toMatchObject({ value: 2, origin: 'trustp2p.config.json:2:3' })
    expect(explained('limits.bodyDepth')).toMatchObject({
      value: 3,
      origin: 'the environment variable TRUSTP2P_LIMITS'
    })
    expect(explained('limits.badFrames')).toMatchObject({ value: 6, origin: 'code' })
    expect(explained('limits.unknownEvents')).toMatchObject({ value: 1000, origin: DEFAULTS, overridden: [] })
    const { flags } = sources
    expect(explained('limits.badFrames', { role: 'node', flags })).toMatchObject({ value: 5, origin: 'the flag --set' })
  })

  it('tells what is overridden, the strongest first, the default last', () => {
    expect(explained('limits.badFrames').overridden).toEqual([
      { value: 5, origin: 'the flag --set' },
      { value: 4, origin: 'the flag --set' },
      { value: 3, origin: 'the environment variable TRUSTP2P_LIMITS' },
      { value: 2, origin: 'trustp2p.config.json:2:3' },
      { value: 1, origin: DEFAULTS }
    ])
    expect(explained('listen').overridden).toEqual([{ value: ['ws://127.0.0.1:1107'], origin: DEFAULTS }])
  })

  it('reaches the settings of threads, each with its own origin', () => {
    expect(explained('threads.chat.config.rooms.small')).toMatchObject({ value: 1, origin: 'trustp2p.config.json:5:3' })
    expect(explained('threads.chat.config.rooms.large')).toMatchObject({
      value: 2,
      origin: 'the environment variable TRUSTP2P_THREADS__CHAT__CONFIG__rooms__large',
      default: undefined
    })
    expect(explained('threads.chat.stopTimeoutMs')).toMatchObject({ value: 7, default: 5000 })
    expect(explained('threads.other.stopTimeoutMs')).toMatchObject({ value: 5000, origin: DEFAULTS })
  })

  it('reaches a thread whose name holds a dot', () => {
    const code = { threads: { 'chat.v2': { stopTimeoutMs: 7 } } }
    expect(explained('threads.chat.v2.stopTimeoutMs', { role: 'node', code })).toMatchObject({
      value: 7,
      origin: 'code'
    })
  })

  it('tells what a key means, what it takes, its default and its variable', () => {
    expect(explained('limits.frameBytes')).toMatchObject({
      default: 1_048_576,
      description: 'Longest frame, in bytes.',
      expected: 'a whole number from 1 to 1073741824 (bytes)',
      variable: 'TRUSTP2P_LIMITS__FRAME_BYTES'
    })
    for (const { description, expected, path } of explainConfig({ role: 'node' })) {
      expect([path, typeof description, typeof expected]).toEqual([path, 'string', 'string'])
    }
  })

  it('is given of a section, or of one key', () => {
    expect(explainConfig(sources, 'redial').map(({ path }) => path)).toEqual([
      'redial.firstMs',
      'redial.factor',
      'redial.longestMs',
      'redial.jitter'
    ])
    expect(explainConfig(sources, 'name')).toHaveLength(1)
    expect(explainConfig({ role: 'node' }, 'threads')).toMatchObject([{ path: 'threads', value: {}, origin: DEFAULTS }])
    expect(explainConfig(sources, 'threads.chat.config.absent')).toEqual([])
  })

  it('of a key that is none is refused with the nearest name (N4)', () => {
    const error = refusal('limits.frameByts')
    expect(error.code).toBe('ERR_TRUSTP2P_CONFIG_KEY_UNKNOWN')
    expect(error.message).toBe('limits.frameByts is no key: did you mean limits.frameBytes?')
    expect(error.details).toEqual({ path: 'limits.frameByts', nearest: 'limits.frameBytes' })
    expect(refusal('frameBytes').message).toContain('did you mean limits.frameBytes?')
    expect(refusal('').message).toContain('an empty key is no key: the configuration has name, listen,')
    expect(refusal('limits.').message).toContain('limits. is no key: limits has inboundSockets,')
  })

  it('of a wrong configuration is refused as the configuration is', () => {
    expect(() => explainConfig({ role: 'node', code: { nam: 'x' } })).toThrow('nam (from code) is no key')
  })

  it('counts what a program chose for control as the default', () => {
    expect(explained('control', { role: 'server', defaultControl: true })).toMatchObject({
      value: true,
      origin: DEFAULTS,
      default: true
    })
    const file = { name: 'a.json', value: { control: false }, place: () => undefined }
    expect(explained('control', { role: 'server', defaultControl: true, file })).toMatchObject({
      value: false,
      origin: 'a.json',
      overridden: [{ value: true, origin: DEFAULTS }]
    })
  })
})

describe('the variable of a key', () => {
  it('sets it, whatever the key', () => {
    const code = { threads: { chat: {}, myChat: {} } }
    for (const { path, variable, value } of explainConfig({ role: 'node', code })) {
      const environment = { [variable]: JSON.stringify(value) }
      const origin = `the environment variable ${variable}`
      expect(explained(path, { role: 'node', environment })).toMatchObject({ path, value, origin })
    }
    expect(variableName(['threads', 'myChat', 'stopTimeoutMs'])).toBe('TRUSTP2P_THREADS__myChat__STOP_TIMEOUT_MS')
  })
})

function put(into: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) into[key] = value
  else put((into[key] ??= {}) as Record<string, unknown>, rest, value)
}
