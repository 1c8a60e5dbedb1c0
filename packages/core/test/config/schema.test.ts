import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import fc from 'fast-check'
import ts from 'typescript'
import { z } from 'zod'
import { nodeSchema } from '../../src/config/schema'
import { threadSchema } from '../../src/config/thread-schema'
import { resolveConfig } from '../../src/config/resolve-config'
import { isThreadName } from '../../src/thread/names'

const CONFIG_FILE = resolve(__dirname, '../../src/config/config.ts')

interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly unit?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, JsonSchema>>
}

const schema = z.toJSONSchema(nodeSchema) as JsonSchema
const sections: Readonly<Record<string, JsonSchema | undefined>> = {
  NodeConfig: schema,
  DriversConfig: schema.properties?.['drivers'],
  TlsConfig: schema.properties?.['drivers']?.properties?.['ws']?.properties?.['tls'],
  WsConfig: schema.properties?.['drivers']?.properties?.['ws'],
  LimitsConfig: schema.properties?.['limits'],
  RequestConfig: schema.properties?.['request'],
  RedialConfig: schema.properties?.['redial'],
  WatchdogConfig: schema.properties?.['watchdog'],
  LogConfig: schema.properties?.['log'],
  ThreadConfig: z.toJSONSchema(threadSchema) as JsonSchema
}

/** The interfaces of config.ts with the comment of each key. */
function interfaceComments(): Record<string, Record<string, string>> {
  const file = ts.createSourceFile(CONFIG_FILE, readFileSync(CONFIG_FILE, 'utf8'), ts.ScriptTarget.ES2022, true)
  const interfaces = file.statements.filter(ts.isInterfaceDeclaration)
  return Object.fromEntries(interfaces.map((one) => [one.name.text, memberComments(one)]))
}

function memberComments(one: ts.InterfaceDeclaration): Record<string, string> {
  const comment = (member: ts.TypeElement) =>
    ts
      .getJSDocCommentsAndTags(member)
      .map((doc) => (ts.isJSDoc(doc) ? (ts.getTextOfJSDocComment(doc.comment) ?? '').replaceAll('\n', ' ') : ''))
      .join('')
  return Object.fromEntries(one.members.map((member) => [member.name?.getText() ?? '', comment(member)]))
}

function leaves(section: JsonSchema, path: string): [path: string, leaf: JsonSchema][] {
  return Object.entries(section.properties ?? {}).flatMap(([key, child]) =>
    child.properties === undefined ? [[`${path}${key}`, child]] : leaves(child, `${path}${key}.`)
  )
}

function settingOf(path: string, value: number): unknown {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
}

const numbers = leaves(schema, '').filter(([, { type }]) => type === 'integer' || type === 'number')

function quotas(quota: object): object {
  return { chat: { quotas: { 'chat/*': quota } } }
}

describe('the schema', () => {
  it.each(Object.keys(sections))('describes each key of %s with the words of its type', (name) => {
    const described = Object.entries(sections[name]?.properties ?? {}).map(([key, child]) => [key, child.description])
    expect(described.length).toBeGreaterThan(0)
    expect(Object.fromEntries(described)).toEqual(interfaceComments()[name])
  })

  it('gives unit and range of every whole number', () => {
    const whole = numbers.filter(([, { type }]) => type === 'integer')
    expect(whole.length).toBeGreaterThan(10)
    for (const [, leaf] of whole) {
      const { unit, minimum, maximum } = leaf
      expect([typeof unit, typeof minimum, typeof maximum]).toEqual(['string', 'number', 'number'])
    }
  })

  it.each(numbers)('takes %s at both ends of its range, and nothing beyond', (path, { minimum = 0, maximum = 0 }) => {
    const relaxed = [
      { flag: 'test', path: 'limits.sendQueueBytes', value: 4 * 1024 ** 3 },
      { flag: 'test', path: 'limits.frameBytes', value: 1 },
      { flag: 'test', path: 'limits.runningBytes', value: path === 'limits.nodeRunningBytes' ? 1024 : 1024 ** 3 },
      { flag: 'test', path: 'limits.nodeRunningBytes', value: 64 * 1024 ** 3 },
      { flag: 'test', path: 'redial.firstMs', value: 1 },
      { flag: 'test', path: 'redial.longestMs', value: 2 ** 31 - 1 }
    ]
    const give = (value: number) => resolveConfig({ role: 'node', flags: relaxed, code: settingOf(path, value) })
    for (const value of [minimum, maximum]) expect(give(value)).toMatchObject(settingOf(path, value) as object)
    for (const value of [minimum - 1, maximum + 1]) expect(() => give(value)).toThrow(`${path} is ${value} (from code)`)
  })

  it.each([
    ['name', 'a'.repeat(64), 'a'.repeat(65)],
    ['name', 'my.node-1', '../up'],
    ['listen', ['ws://[::1]:0/x'], ['127.0.0.1:1107']],
    ['connect', ['memory://a'], ['ws://a b']],
    ['control', true, ''],
    ['control', 'run/control.sock', 1],
    ['trustProxy', ['127.0.0.1', '::1', '10.0.0.0/8', 'fd00::/8', '::ffff:10.0.0.0/104'], ['localhost']],
    ['proxy', { url: 'socks5://user:password@127.0.0.1:1080' }, { url: 'socks4://127.0.0.1' }],
    ['proxy', { url: 'http://proxy.example' }, { url: 'https://proxy.example' }],
    ['proxy', { direct: ['localhost', 'a.example', '::1', '10.0.0.0/8'] }, { direct: ['http://localhost'] }],
    ['trustProxy', ['10.0.0.0/32'], ['10.0.0.0/33']],
    ['trustProxy', ['fd00::/128'], ['fd00::/129']],
    ['threads', { 'a.b@1-2_': {} }, { '.a': {} }],
    ['threads', quotas({ perSecond: 0 }), quotas({ perSecond: -1 })],
    ['threads', quotas({ perSecond: 1_000_000, burst: 1 }), quotas({ perSecond: 1_000_001 })],
    ['threads', quotas({ perSecond: 0.5, burst: 1_000_000 }), quotas({ perSecond: 1, burst: 0 })],
    ['threads', quotas({ perSecond: 1, bytesPerSecond: 1 }), quotas({ perSecond: 1, bytesPerSecond: 0 })],
    [
      'threads',
      quotas({ perSecond: 1, bytesPerSecond: 2 ** 30 }),
      quotas({ perSecond: 1, bytesPerSecond: 2 ** 30 + 1 })
    ],
    ['threads', quotas({ perSecond: 1 }), quotas({ burst: 1 })]
  ])('takes %s %j, and not %j', (key, good, bad) => {
    expect(resolveConfig({ role: 'node', code: { [key]: good } })).toMatchObject({ [key]: good })
    expect(() => resolveConfig({ role: 'node', code: { [key]: bad } })).toThrow(
      /expected (an? |true, false)|is not a thread name/
    )
  })

  it('takes settings for every name that a thread can have, and for no other', () => {
    const name = fc.oneof(fc.string(), fc.stringMatching(/^[\w@.\- é\n]{1,6}$/))
    fc.assert(
      fc.property(name, (thread) => {
        fc.pre(thread !== '__proto__')
        const give = () => resolveConfig({ role: 'node', code: { threads: { [thread]: {} } } })
        if (isThreadName(thread)) expect(Object.keys(give().threads)).toEqual([thread])
        else expect(give).toThrow('is not a thread name')
      })
    )
  })

  it.each([
    ['tls', { caFile: '' }, { caFile: null }],
    ['tls', { certFile: 'a.pem', keyFile: 'a.key' }, { keyFile: 'a\0b' }],
    ['path', '/a/b', 'a'],
    ['path', '/', '/a?b'],
    ['origins', ['https://example.org:8443', 'null'], ['https://example.org/']]
  ])('takes drivers.ws.%s %j, and not %j', (key, good, bad) => {
    const give = (value: unknown) => resolveConfig({ role: 'node', code: { drivers: { ws: { [key]: value } } } })
    expect(give(good).drivers.ws).toMatchObject({ [key]: good })
    expect(() => give(bad)).toThrow(/expected (an?|the) /)
  })
})
