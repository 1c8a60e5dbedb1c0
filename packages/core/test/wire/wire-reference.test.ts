import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultConfig } from '../../src/config/defaults'
import { Opening } from '../../src/deliver/opening'
import { nodeCrypto } from '../../src/host/node-crypto'
import { createIdentity } from '../../src/identity/identity'
import { createGreeting } from '../../src/deliver/greeting'
import { ControlKind, controlFrame } from '../../src/driver/stream/frame-codec'
import { PREFACE } from '../../src/driver/stream/preface'
import { ERROR_CATALOGUE } from '../../src/errors'
import { contentTag } from '../../src/wire/content-tag'
import { CP2pPackage, encodeBody, encodeFrame, PackageType, TypedBody } from '../../src/wire/package'
import type { PackageFields } from '../../src/wire/package'

const root = join(__dirname, '..', '..', '..', '..')
const page = readFileSync(join(root, 'docs', 'reference', 'wire.md'), 'utf8')

interface Vector {
  readonly name: string
  readonly fields: PackageFields & { readonly tag: string }
  readonly bytes: Buffer
}

function bytesOf(dump: string): Buffer {
  return Buffer.from(dump.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, ''), 'hex')
}

/** Each package of the page: its fields as JSON (`bytes` is a body of bytes in hexadecimal), then its dump. */
function vectors(): Vector[] {
  const blocks = page.matchAll(/```json\n([^`]+)```\n\n```hex\n([^`]+)```/g)
  return [...blocks].map(([, json = '', dump = '']) => {
    const { bytes, ...rest } = JSON.parse(json) as Vector['fields'] & { bytes?: string }
    const body: unknown = bytes === undefined ? rest.body : Uint8Array.from(Buffer.from(bytes, 'hex'))
    return { name: `${rest.event} (${rest.type})`, fields: { ...rest, body }, bytes: bytesOf(dump) }
  })
}

/** The rows of the table under a heading, as lists of cells without their backticks. */
function table(heading: string): string[][] {
  const section = page.split(`${heading}\n`)[1]?.split(/\n#+ /)[0] ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''))
  )
}

describe('docs/reference/wire.md', () => {
  it('shows a package of every type, and pairs every dump with its fields', () => {
    expect(vectors().length).toBe(page.match(/```hex/g)?.length)
    expect(new Set(vectors().map(({ fields }) => fields.type))).toEqual(new Set(Object.values(PackageType)))
  })

  it.each(vectors())('is right about the bytes of $name (T7)', ({ fields, bytes }) => {
    const { type, event, tag, error, contract } = fields
    expect(Buffer.from(CP2pPackage.encode(fields)).toString('hex')).toBe(bytes.toString('hex'))
    const encoded = encodeBody(fields.body)
    const body =
      contract === undefined || typeof encoded === 'string'
        ? encoded
        : new TypedBody(encoded, Buffer.from(contract, 'hex'))
    expect(Buffer.from(encodeFrame(type, event, body, tag, error)).equals(bytes)).toBe(true)
    const { body: given, ...rest } = fields
    const decoded = CP2pPackage.decode(bytes)
    expect(decoded).toMatchObject(rest)
    expect(contract === undefined ? decoded.body : decoded.bytes).toEqual(given)
  })

  it('shows the greeting with the keys that ours has, in their order', () => {
    const shown = vectors().find(({ fields }) => fields.event === 'version')?.fields.body as Record<string, unknown>
    const ours = createGreeting({ name: 'demo', version: '1.0.0' })
    expect(JSON.stringify({ ...shown, library: '', library_version: '' })).toBe(
      JSON.stringify({ ...ours, library: '', library_version: '' })
    )
    const withContracts = createGreeting({ name: 'demo', version: '1.0.0' }, { chat: '0123456789abcdef' })
    const opening = new Opening({
      greeting: (more) => JSON.stringify({ ...withContracts, ...more }),
      proofs: { crypto: nodeCrypto, identity: createIdentity(nodeCrypto), dials: true, pinned: undefined },
      required: false,
      frameBytes: 1
    })
    const offering = CP2pPackage.decode(opening.frame(new Uint8Array(32))).body as object
    expect(table('## Greeting').map(([key]) => key)).toEqual(Object.keys(offering))
  })

  it('shows the content tag of its example (T8)', () => {
    const crypto = { sha256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest() }
    const shown = /```tag\n(.*)\n```/.exec(page)?.[1]
    expect(shown).toBe(contentTag(crypto, { type: PackageType.REQUEST, event: 'echo', body: { a: 1 } }))
  })

  it('lists the package types', () => {
    const types = Object.fromEntries(table('## Package types').map(([number, name = '']) => [name, Number(number)]))
    expect(types).toEqual({ ...PackageType })
  })

  it('lists the fields of the schema, with their keys', () => {
    const schema = readFileSync(join(root, 'proto', 'package.proto'), 'utf8')
    const declared = [...schema.matchAll(/^ {2}(?:optional|required) (\w+) (\w+) = (\d+)/gm)]
    const expected = declared.map(([, type = '', name = '', number]) => {
      const wireType = type === 'int32' ? 0 : type === 'fixed64' ? 1 : 2
      return [number, name, String(wireType), (Number(number) * 8 + wireType).toString(16).padStart(2, '0')]
    })
    const listed = table('## A package').map(([number, name, type = '', key]) => [number, name, type.slice(0, 1), key])
    expect(expected.length).toBe(9)
    expect(listed).toEqual(expected)
    const shown = /```proto\n([^`]+)```/.exec(page)?.[1] ?? ''
    expect(shown.split('\n').filter((line) => line.includes('='))).toEqual(
      schema.split('\n').filter((line) => /^\s*\w.*=/.test(line))
    )
  })

  it('shows preface and control frames of a byte stream', () => {
    expect(page).toContain(`the ${PREFACE.length} bytes of \`${PREFACE.toString().trimEnd()}\` and a line feed`)
    const kinds = table('### On a byte stream').map(([kind, name = '']) => [name.toUpperCase(), Number(kind)])
    expect(Object.fromEntries(kinds)).toEqual(ControlKind)
    const [, dumps = ''] = /```text\n(80 00[^`]+)```/.exec(page) ?? []
    const close = Buffer.concat([Uint8Array.of(1000 >> 8, 1000 & 0xff), Buffer.from('lost driver')])
    expect(dumps.trimEnd().split('\n').map(bytesOf)).toEqual(
      [controlFrame(ControlKind.CLOSE, close), controlFrame(ControlKind.PING), controlFrame(ControlKind.PONG)].map(
        (frame) => Buffer.from(frame)
      )
    )
  })

  it('names codes of the catalogue alone, and every one of the wire', () => {
    const named = new Set(page.match(/ERR_TRUSTP2P_\w+/g))
    expect([...named].filter((code) => !Object.hasOwn(ERROR_CATALOGUE, code))).toEqual([])
    const wire = Object.keys(ERROR_CATALOGUE).filter((code) => code.startsWith('ERR_TRUSTP2P_WIRE_'))
    expect(table('### What cannot be decoded').map(([code]) => code)).toEqual(expect.arrayContaining(wire))
  })

  it('tells the defaults of the limits', () => {
    const { limits, request } = defaultConfig('node')
    const defaults = new Map<string, number>(Object.entries(limits))
    const rows = table('## Limits').map(([, limit = '']) => /^limits\.(\w+) ([\d,]+)$/.exec(limit))
    expect(rows.length).toBeGreaterThan(5)
    for (const row of rows) expect(defaults.get(row?.[1] ?? '')).toBe(Number(row?.[2]?.replaceAll(',', '')))
    for (const [, key = '', value = ''] of page.matchAll(/`limits\.(\w+)` \[([\d,]+)\]/g)) {
      expect([key, Number(value.replaceAll(',', ''))]).toEqual([key, defaults.get(key)])
    }
    expect(page).toContain(`[${request.timeoutMs.toLocaleString('en')} ms]`)
  })
})
