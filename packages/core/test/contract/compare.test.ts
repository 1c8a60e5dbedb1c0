import fc from 'fast-check'
import { compareContracts } from '../../src/contract/compare'
import { readDescriptor } from '../../src/contract/descriptor'
import type { FieldDescriptor } from '../../src/contract/descriptor'
import { descriptorOf, descriptorWith, EVERYTHING } from './samples'

const BASE = `syntax = "proto3"; message M { string text = 1; E e = 2; N n = 3; oneof o { int32 x = 4; int32 y = 5; } map<string, int32> map = 6; repeated int32 list = 7; }
enum E { ZERO = 0; ONE = 1; } message N { int64 deep = 1; M again = 2; } service S { rpc Do(M) returns (N); rpc Else(E2) returns (E2); } message E2 { bool b = 1; }`

function differences(before: string, after: string): string[] {
  const ours = descriptorOf(BASE)
  const theirs = descriptorOf(BASE.replace(before, after))
  expect(theirs.text).not.toBe(ours.text)
  const found = [...compareContracts(ours, theirs).values()].flat()
  const mirrored = [...compareContracts(theirs, ours).keys()]
  expect(mirrored).toEqual([...compareContracts(ours, theirs).keys()])
  return found.map(({ event, field, what }) => `${event}: ${field} ${what}`)
}

describe('two versions of a contract (U5)', () => {
  it.each([
    ['an added optional field', 'string text = 1;', 'string text = 1; optional string more = 8;'],
    ['an added field of proto3', 'string text = 1;', 'string text = 1; string more = 8;'],
    ['an added list', 'string text = 1;', 'string text = 1; repeated N more = 8;'],
    ['a field that is gone', 'repeated int32 list = 7;', ''],
    ['an added event', 'rpc Do(M)', 'rpc More(M) returns (M); rpc Do(M)'],
    ['an event that is gone', 'rpc Else(E2) returns (E2);', ''],
    ['an added value of an enum', 'ONE = 1;', 'ONE = 1; TWO = 2;'],
    ['a value that is gone', 'ONE = 1;', ''],
    ['a field that may be absent now', 'string text = 1;', 'optional string text = 1;']
  ])('are compatible with %s', (_what, before, after) => {
    expect(differences(before, after)).toEqual([])
  })

  it('are compatible where a type has another name', () => {
    expect([...compareContracts(descriptorOf(BASE), descriptorOf(BASE.replaceAll(/\bN\b/g, 'Node')))]).toEqual([])
  })

  it.each([
    ['a changed number', 'text = 1', 'text = 8', 's/do: M.text has number 1 here and 8 there'],
    ['a changed type', 'string text', 'bytes text', 's/do: M.text has the type string here and bytes there'],
    [
      'a changed type deeper inside',
      'int64 deep',
      'int32 deep',
      's/do: N.deep has the type int64 here and int32 there'
    ],
    ['a message for an enum', 'E e = 2', 'N e = 2', 's/do: M.e has the type E here and N there'],
    ['a scalar for a message', 'N n = 3', 'bytes n = 3', 's/do: M.n has the type N here and bytes there'],
    [
      'a changed label',
      'string text',
      'repeated string text',
      's/do: M.text has the label optional here and repeated there'
    ],
    ['another name for a number', 'text = 1', 'words = 1', 's/do: M.text number 1 is called text here and words there'],
    ['other keys of a map', 'map<string', 'map<int32', 's/do: M.map has keys of type string here and int32 there'],
    [
      'other values of a map',
      'map<string, int32>',
      'map<string, bool>',
      's/do: M.map has the type int32 here and bool there'
    ],
    [
      'a field that left its oneof',
      'oneof o { int32 x = 4; int32 y = 5; }',
      'oneof o { int32 x = 4; } int32 y = 5;',
      's/do: M.y is in the oneof o here and none there'
    ],
    ['a moved value of an enum', 'ONE = 1', 'ONE = 2', 's/do: E.ONE is 1 here and 2 there'],
    ['a value of another name', 'ONE = 1', 'FIRST = 1', 's/do: E.ONE is 1, which is FIRST there'],
    ['an event of other types', 'rpc Else(E2)', 'rpc Else(N)', 's/else: E2.b number 1 is called b here and deep there']
  ])('are not compatible with %s, which is named with its event', (_what, before, after, found) => {
    expect(differences(before, after)).toContain(found)
  })

  it.each([
    ['added', '', 'required string more = 2;', 's/do: M.more is required, and absent here'],
    ['removed', 'required string text = 1;', '', 's/do: M.text is required, and absent there'],
    [
      'made optional',
      'required string text',
      'optional string text',
      's/do: M.text has the label required here and optional there'
    ],
    [
      'given a default',
      'optional int32 n = 3;',
      'optional int32 n = 3 [default = 5];',
      's/do: M.n has the default none here and 5 there'
    ]
  ])('are not compatible where a required field was %s', (_what, before, after, found) => {
    const base = 'message M { required string text = 1; optional int32 n = 3; } service S { rpc Do(M) returns (M); }'
    const changed = before === '' ? base.replace('{ required', `{ ${after} required`) : base.replace(before, after)
    const [list = []] = compareContracts(descriptorOf(base), descriptorOf(changed)).values()
    expect(list.map(({ event, field, what }) => `${event}: ${field} ${what}`)).toContain(found)
  })

  it('name at most 8 differences of an event', () => {
    const with_ = (type: string) =>
      descriptorOf(
        `message M { ${Array.from({ length: 30 }, (_, i) => `optional ${type} f${String(i)} = ${String(i + 1)};`).join('')} } service S { rpc Do(M) returns (M); }`
      )
    expect(compareContracts(with_('bool'), with_('bytes')).get('s/do')).toHaveLength(8)
  })

  const field = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    label: fc.constantFrom('implicit', 'optional', 'required', 'repeated'),
    type: fc.constantFrom('string', 'bytes', 'int32', '.M')
  }) as fc.Arbitrary<FieldDescriptor>
  const fields = fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 5 }), field), { selector: ([number]) => number, maxLength: 4 })
    .map((entries) =>
      entries.filter(([, { name }], index) => entries.findIndex(([, other]) => other.name === name) === index)
    )
    .map((entries) => Object.fromEntries(entries))

  it('agree with themselves, and look the same from both sides', () => {
    fc.assert(
      fc.property(fields, fields, (own, other) => {
        const ours = descriptorWith(own)
        const theirs = descriptorWith(other)
        expect(compareContracts(ours, ours).size).toBe(0)
        expect([...compareContracts(ours, theirs).keys()]).toEqual([...compareContracts(theirs, ours).keys()])
      }),
      { numRuns: 500 }
    )
  })

  it('of every kind agree with themselves', () => {
    expect(compareContracts(descriptorOf(EVERYTHING), descriptorOf(EVERYTHING)).size).toBe(0)
  })

  /** A chain of types, each of which refers to the next, and the last to the first: two make as many pairs as their least common multiple. */
  function ring(length: number, prefix: string, response = `.${prefix}0`) {
    const types = Object.fromEntries(
      Array.from({ length }, (_, at) => [
        `.${prefix}${at}`,
        { fields: { 1: { name: 'next', label: 'optional' as const, type: `.${prefix}${(at + 1) % length}` } } }
      ])
    )
    const events = { e: { request: `.${prefix}0`, response } }
    return readDescriptor({ name: 's', events, types: { ...types, '.Lone': { fields: {} } } })
  }

  it('are compared in 1,024 pairs of types, and in no more', () => {
    expect(compareContracts(ring(255, 'A'), ring(255, 'B')).size).toBe(0)
    expect(compareContracts(ring(11, 'A', '.Lone'), ring(93, 'B', '.Lone')).size).toBe(0)
    expect(() => compareContracts(ring(25, 'A'), ring(41, 'B'))).toThrow(
      expect.objectContaining({ code: 'ERR_TRUSTP2P_LIMIT_CONTRACT' })
    )
  })
})
