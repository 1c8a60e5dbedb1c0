import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { defaultConfig } from '../../src/config/defaults'
import { resolveConfig } from '../../src/config/resolve-config'
import { readJson } from '../../src/host/config-file-json'
import { readYaml } from '../../src/host/config-file-yaml'

const ROOT = resolve(__dirname, '../../../..')
const text = readFileSync(resolve(__dirname, '../../trustp2p.config.schema.json'), 'utf8')
const written = JSON.parse(text) as z.core.JSONSchema.JSONSchema
const schema = z.fromJSONSchema(written)

interface Part {
  readonly type?: string
  readonly description?: string
  readonly pattern?: string
  readonly default?: unknown
  readonly additionalProperties?: unknown
}

/** Every object within the schema. */
function partsOf(value: unknown): Part[] {
  if (typeof value !== 'object' || value === null) return []
  return [value, ...Object.values(value).flatMap(partsOf)]
}

describe('the schema for editors', () => {
  it('takes every default, and any part of a configuration', () => {
    for (const role of ['server', 'client', 'node'] as const)
      expect(schema.safeParse(defaultConfig(role)).success).toBe(true)
    const parts = [
      {},
      { limits: { frameBytes: 5 } },
      { control: 'run/control.sock' },
      { trustProxy: ['::1', '::ffff:127.0.0.1', '10.0.0.0/8'] },
      { threads: { a: { config: { anything: [1, null] }, stopTimeoutMs: 1 } } }
    ]
    for (const part of parts) {
      expect([part, schema.safeParse(part).success]).toEqual([part, true])
      expect(resolveConfig({ role: 'node', code: part })).toMatchObject(part)
    }
    expect(schema.safeParse({ $schema: 'x' }).success).toBe(true)
  })

  it.each([
    [{ limits: { frameByts: 5 } }],
    [{ limits: { frameBytes: 0 } }],
    [{ colour: 1 }],
    [{ control: 5 }],
    [{ listen: ['127.0.0.1'] }],
    [{ log: { level: 'loud' } }],
    [{ threads: { a: { stopTimeout: 1 } } }],
    [{ threads: { '1a': {} } }]
  ])('refuses %j, as a node does', (code) => {
    expect(schema.safeParse(code).success).toBe(false)
    expect(() => resolveConfig({ role: 'node', code })).toThrow('the configuration is wrong')
  })

  it('demands no key, knows every section, and has patterns that editors can read', () => {
    for (const part of partsOf(written)) {
      expect(part).not.toHaveProperty('required', expect.any(Array))
      if (part.type === 'object') expect(part.additionalProperties).toBeDefined()
      if (typeof part.pattern === 'string') expect(new RegExp(part.pattern, 'u')).toBeDefined()
    }
  })

  it('completes with the defaults that hold for every role, in programs and on the command line', () => {
    const { properties } = written as { properties: Record<string, { properties?: Record<string, Part> } & Part> }
    expect(properties['limits']?.properties?.['frameBytes']?.default).toBe(1_048_576)
    expect(properties['listen']).not.toHaveProperty('default')
    expect(properties['control']).not.toHaveProperty('default')
    expect(properties['control']?.description).toMatch(/API false, command line true\.$/)
  })
})

describe('docs/reference/configuration.md', () => {
  const page = readFileSync(resolve(ROOT, 'docs/reference/configuration.md'), 'utf8')
  const [json = '', yaml = ''] = [...page.matchAll(/^```(?:json|yaml) .*\n([^]*?)^```/gm)].map(([, block]) => block)

  it('has two files that say the same, and are valid', () => {
    const { $schema, ...value } = readJson(json).value as { $schema?: string }
    expect($schema).toBe('./node_modules/trustp2p/trustp2p.config.schema.json')
    expect(readYaml(yaml).value).toEqual(value)
    expect(resolveConfig({ role: 'node', code: value })).toMatchObject(value)
  })

  it('has both defaults of `control`, and of `request.stalledMs` what a request waits for', () => {
    const row = (key: string) => page.split('\n').find((line) => line.startsWith(`| \`${key}\``))
    expect(row('control')).toContain('| API: `false`<br>command line: `true` ')
    expect(row('request.stalledMs')).toContain('unanswered before another is asked')
  })
})
