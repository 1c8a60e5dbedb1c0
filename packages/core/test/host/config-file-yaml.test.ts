import fc from 'fast-check'
import { stringify } from 'yaml'
import { readJson } from '../../src/host/config-file-json'
import { offsetOf, placesOf, TextFault } from '../../src/host/config-file-text'
import { readYaml } from '../../src/host/config-file-yaml'

const LONG = 'k'.repeat(1000)

function faultOf(text: string): string {
  try {
    readYaml(text)
  } catch (fault) {
    if (!(fault instanceof TextFault)) throw fault
    const { line, column } = placesOf(text)(fault.offset)
    return `${line}:${column}: ${fault.message}`
  }
  return 'none'
}

describe('a YAML text', () => {
  it('gives the values of the core schema, JSON among them', () => {
    const text = 'a: [1, 0x10, 1e3, .5]\nb: yes\nc: ~\nd:\ne: true\nf: 2001-12-14\ng: "1"\n1107: port\ntrue: key\n'
    expect(readYaml(text).value).toEqual({
      a: [1, 16, 1000, 0.5],
      b: 'yes',
      c: null,
      d: null,
      e: true,
      f: '2001-12-14',
      g: '1',
      1107: 'port',
      true: 'key'
    })
    const json = '{\n\t"listen": ["ws://127.0.0.1:0"],\n\t"limits": { "frameBytes": 5 }\n}'
    expect(readYaml(json).value).toEqual(readJson(json).value)
  })

  it('gives the value that was written', () => {
    // JSON has no -0, unlike YAML.
    const texts = fc.json().filter((text) => !/"":|"__proto__"|-0/.test(text))
    fc.assert(
      fc.property(texts, (text) => {
        const value: unknown = JSON.parse(text)
        expect(readYaml(stringify(value)).value).toEqual(value)
      })
    )
  })

  it('of comments alone says nothing', () => {
    expect(readYaml('# limits:\n#   frameBytes: 5\n').value).toEqual({})
  })

  it('tells where the key of a path stands, an item of a list, or the nearest around it', () => {
    const text = 'listen:\n  - a\n  - b\nlimits:\n  frameBytes: 5\n'
    const root = readYaml(text)
    const at = (...path: string[]) => placesOf(text)(offsetOf(root, path))
    expect(at()).toEqual({ line: 1, column: 1 })
    expect(at('listen', '1')).toEqual({ line: 3, column: 5 })
    expect(at('limits', 'frameBytes')).toEqual({ line: 5, column: 3 })
    expect(at('limits', 'absent')).toEqual({ line: 4, column: 1 })
  })

  it('repeats by an alias what its anchor last stood at', () => {
    const text = 'x: &o [&x 1]\ny: &x 2\nz: *o\nw: *x\nv: &x 3\nu: [*x, *o]\n'
    expect(readYaml(text).value).toEqual({ x: [1], y: 2, z: [1], w: 2, v: 3, u: [3, [1]] })
  })

  it('keeps a key that would reach a prototype as a plain key', () => {
    expect(Object.keys(readYaml('__proto__: {a: 1}').value as object)).toEqual(['__proto__'])
  })

  it.each([
    ['listen: [ws://a', /^1:16: flow sequence .* must .* end with a \]$/],
    ['log:\n  level: "info', /^2:15: the text has no closing "$/],
    [
      'log:\n  level: info\n   name: a',
      /^2:10: no key may stand here: look at the indentation of this line and the next$/
    ],
    ['log:\n\tlevel: info', /^2:1: tabs are not allowed as indentation$/],
    ['log:\n  level: info\n name: a', /^3:1: all mapping items must start at the same column$/],
    ['a: 1\nb: 2\na: 3', /^3:1: the key "a" stands here a second time$/],
    [`${LONG}: 1\n${LONG}: 2`, /^2:1: the key "k{59}… stands here a second time$/],
    ['1: a\n"1": b', /^2:1: the key "1" stands here a second time$/],
    ['a: 1\n---\nb: 2', /^2:1: a second document begins here: a file holds one$/],
    ['a: !secret x', /^1:4: unresolved tag: !secret$/],
    ['a: !!binary aGk=', /^1:4: unresolved tag: tag:yaml.org,2002:binary$/],
    ['a: !!js/function x', /^1:4: unresolved tag: /],
    ['%YAML 1.1\n---\na: yes', /^1:1: only YAML 1.2 is read$/],
    ['? [a]\n: 1', /^1:3: a key must be a name$/],
    ['~: 1\n? \n: 2', /^2:\d: a key must be a name$/],
    ['a: *b', /^1:4: no anchor &b stands before this$/],
    ['a: &b [*b]', /^1:\d+: it is nested deeper than 64 levels$/],
    ['a: &b [*b, *b]', /^1:\d+: it is nested deeper than 64 levels$/]
  ])('%j is refused', (text, expected) => {
    expect(faultOf(text)).toMatch(expected)
  })

  it('has no merge keys', () => {
    expect(readYaml('a: &a {b: 1}\nc: {<<: *a}').value).toEqual({ a: { b: 1 }, c: { '<<': { b: 1 } } })
  })
})

describe('the limits of a file', () => {
  it('are 64 levels, also where the parser gives up', () => {
    const nested = (levels: number) => '['.repeat(levels) + '1' + ']'.repeat(levels)
    expect(faultOf(nested(64))).toBe('none')
    expect(faultOf(nested(65))).toBe('1:66: it is nested deeper than 64 levels')
    expect(faultOf(nested(5000))).toContain('it is nested too deep')
  })

  it('are 100,000 values, those counted that aliases repeat: no bomb grows', () => {
    const list = `&a [${'1,'.repeat(997)}1]`
    // The whole, the list around them, and 100 lists that are 999 values each.
    const repeated = (last: string) => `a: [${list}${', *a'.repeat(99)}${last}]`
    expect(faultOf(repeated(''.padEnd(98 * 3, ', 1')))).toBe('none')
    expect(faultOf(repeated(''.padEnd(99 * 3, ', 1')))).toContain('it holds more than 100000 values')
    const laughs = Array.from({ length: 9 }, (_, level) => {
      const [name, below] = [`l${level + 1}`, level === 0 ? 'lol' : `*l${level}`]
      return `${name}: &${name} [${Array.from({ length: 9 }, () => below).join(',')}]`
    })
    expect(faultOf(laughs.join('\n'))).toContain('it holds more than 100000 values')
  })
})
