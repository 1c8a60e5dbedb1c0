import fc from 'fast-check'
import { readDescriptor } from '../../src/contract/descriptor'
import { CONTRACT_BYTES, CONTRACT_EVENTS, CONTRACT_TYPES, TYPE_NESTING } from '../../src/contract/limits'
import { descriptorOf, EVERYTHING, thrownBy } from './samples'

const GOOD = {
  name: 'chat',
  events: { send: { request: '.A', response: '.A' } },
  types: { '.A': { fields: { '1': { name: 'text', label: 'implicit', type: 'string' } } } }
}
const field = (fields: object) => ({
  ...GOOD,
  types: { '.A': { fields: { '1': { ...GOOD.types['.A'].fields['1'], ...fields } } } }
})

describe('a descriptor that anybody may have written', () => {
  it.each([
    ['null', null],
    ['a list', []],
    ['no name', { ...GOOD, name: undefined }],
    ['a name that is no name', { ...GOOD, name: 'a/b' }],
    ['no events', { ...GOOD, events: {} }],
    ['an event that is no object', { ...GOOD, events: { send: 1 } }],
    ['an event without an answer', { ...GOOD, events: { send: { request: '.A' } } }],
    ['an event of a type that is not there', { ...GOOD, events: { send: { request: '.A', response: '.B' } } }],
    ['an event of an enum', { ...GOOD, types: { '.A': { values: { X: 0 } } } }],
    ['types that are a list', { ...GOOD, types: [] }],
    ['a type without a dot', { ...GOOD, types: { ...GOOD.types, B: { fields: {} } } }],
    ['a type that is message and enum', { ...GOOD, types: { '.A': { fields: {}, values: { X: 0 } } } }],
    ['a type that is nothing', { ...GOOD, types: { '.A': {} } }],
    ['an enum without values', { ...GOOD, types: { ...GOOD.types, '.B': { values: {} } } }],
    ['an enum with half a value', { ...GOOD, types: { ...GOOD.types, '.B': { values: { X: 0.5 } } } }],
    ['an enum with a huge value', { ...GOOD, types: { ...GOOD.types, '.B': { values: { X: 2 ** 31 } } } }],
    [
      'a field with the number 0',
      { ...GOOD, types: { '.A': { fields: { '0': { name: 'x', label: 'implicit', type: 'bool' } } } } }
    ],
    [
      'a field with a huge number',
      { ...GOOD, types: { '.A': { fields: { '536870912': { name: 'x', label: 'implicit', type: 'bool' } } } } }
    ],
    [
      'a field without a number',
      { ...GOOD, types: { '.A': { fields: { x: { name: 'x', label: 'implicit', type: 'bool' } } } } }
    ],
    ['a field called __proto__', field({ name: '__proto__' })],
    ['a field of no label', field({ label: 'many' })],
    ['a field of no type', field({ type: 'text' })],
    ['a field of a type that is not there', field({ type: '.B' })],
    ['a field with a key', field({ key: 'string' })],
    ['a map without keys', field({ label: 'map' })],
    ['a map with keys of bytes', field({ label: 'map', key: 'bytes' })],
    ['a list in a oneof', field({ label: 'repeated', oneof: 'o' })],
    ['a required field with a default', field({ label: 'required', default: 'x' })],
    ['a default that is no text', field({ label: 'optional', default: 1 })],
    ['an unknown key', { ...GOOD, more: 1 }],
    ['an unknown key of a field', field({ more: '1' })]
  ])('is refused where it is or has %s', (_what, value) => {
    expect(thrownBy(() => readDescriptor(value))).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_INVALID' })
  })

  it('is refused in its 65,537th byte, and not in its 65,536th', () => {
    const padded = (count: number) => field({ label: 'optional', default: 'x'.repeat(count) })
    const rest = readDescriptor(padded(0)).text.length
    expect(readDescriptor(padded(CONTRACT_BYTES - rest)).text).toHaveLength(CONTRACT_BYTES)
    expect(thrownBy(() => readDescriptor(padded(CONTRACT_BYTES - rest + 1)))).toMatchObject({
      code: 'ERR_TRUSTP2P_LIMIT_CONTRACT'
    })
  })

  const many = <Value>(count: number, name: (index: number) => string, value: Value): Record<string, Value> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), value]))
  const nested = (depth: number) => ({ ...GOOD.types, [`.${Array(depth).fill('N').join('.')}`]: { fields: {} } })

  it.each<readonly [what: string, most: number, make: (count: number) => object]>([
    [
      'types',
      CONTRACT_TYPES,
      (count: number) => ({ types: { ...GOOD.types, ...many(count - 1, (n) => `.M${n}`, { fields: {} }) } })
    ],
    ['events', CONTRACT_EVENTS, (count: number) => ({ events: many(count, (n) => `e${n}`, GOOD.events.send) })],
    ['levels of nesting', TYPE_NESTING, (count: number) => ({ types: nested(count) })]
  ])('may have as many %s as %i, and not one more', (_what, most, make) => {
    expect(readDescriptor({ ...GOOD, ...make(most) }).name).toBe('chat')
    expect(thrownBy(() => readDescriptor({ ...GOOD, ...make(most + 1) }))).toMatchObject({
      code: 'ERR_TRUSTP2P_LIMIT_CONTRACT'
    })
  })

  it('never throws anything without a code, and takes what it gave', () => {
    const { text } = descriptorOf(EVERYTHING)
    expect(readDescriptor(JSON.parse(text)).text).toBe(text)
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ name: fc.constant('a'), events: fc.jsonValue(), types: fc.jsonValue() })),
        (value) => {
          const { code } = thrownBy(() => readDescriptor(value))
          expect(code).toMatch(/^ERR_TRUSTP2P_(CONTRACT_INVALID|LIMIT_CONTRACT)$/)
        }
      )
    )
  })
})
