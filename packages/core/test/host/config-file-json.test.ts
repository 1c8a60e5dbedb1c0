import fc from 'fast-check'
import { readJson } from '../../src/host/config-file-json'
import { offsetOf, placesOf, TextFault, type LocatedValue } from '../../src/host/config-file-text'

/** The place and the words of what is wrong with a text. */
const LONG = 'k'.repeat(1000)

function faultOf(text: string): string {
  try {
    readJson(text)
  } catch (fault) {
    if (!(fault instanceof TextFault)) throw fault
    const { line, column } = placesOf(text)(fault.offset)
    return `${line}:${column}: ${fault.message}`
  }
  return 'none'
}

function parse(text: string): unknown {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return 'refused'
  }
}

function read(text: string): unknown {
  try {
    return { value: readJson(text).value }
  } catch (fault) {
    if (fault instanceof TextFault) return /second time|nested deeper/.test(fault.message) ? 'too strict' : 'refused'
    throw fault
  }
}

/** JSON text with spaces in all places that take some. */
const spaced = fc
  .tuple(fc.json({ depthSize: 'medium' }), fc.constantFrom('', ' ', '\n', '\t', '\r\n '))
  .map(([text, space]) => JSON.stringify(JSON.parse(text), undefined, space))

describe('a JSON text', () => {
  it('gives what JSON.parse gives', () => {
    fc.assert(fc.property(spaced, (text) => expect(read(text)).toEqual(parse(text))))
  })

  it('is refused wherever JSON.parse refuses it, with a place inside the text', () => {
    const noise = fc.constantFrom(...'{}[]",:\\\n\t \'0123-+.eEtrufalsn/#\u0000\u001f\ud800é'.split(''))
    const broken = fc
      .tuple(spaced, fc.nat(), fc.nat({ max: 2 }), fc.string({ unit: noise, maxLength: 3 }))
      .map(([text, at, cut, put]) => {
        const offset = at % (text.length + 1)
        return text.slice(0, offset) + put + text.slice(offset + cut)
      })
    fc.assert(
      fc.property(broken, (text) => {
        const found = read(text)
        if (found !== 'too strict') expect(found).toEqual(parse(text))
      }),
      { numRuns: 2000 }
    )
  })

  it('keeps a key that would reach a prototype as a plain key', () => {
    const value = readJson('{"__proto__":{"a":1}}').value as object
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it('tells the place of every key that it holds', () => {
    const check = (text: string, located: LocatedValue): void => {
      const isList = Array.isArray(located.value)
      for (const [key, inner] of located.entries ?? []) {
        const expected = JSON.stringify(isList ? inner.value : key)
        if (!isList || inner.entries === undefined) expect(text.startsWith(expected, inner.offset)).toBe(true)
        check(text, inner)
      }
    }
    const texts = fc
      .tuple(fc.jsonValue(), fc.constantFrom('', ' ', '\n\t'))
      .map(([value, space]) => JSON.stringify(value, undefined, space))
    fc.assert(fc.property(texts, (text) => check(text, readJson(text))))
  })

  it('tells where the key of a path stands, an item of a list, or the nearest around it', () => {
    const text = '{\n  "listen": ["a",\n    "b"],\n  "limits": { "frameBytes": 5 }\n}\n'
    const root = readJson(text)
    const at = (...path: string[]) => placesOf(text)(offsetOf(root, path))
    expect(at()).toEqual({ line: 1, column: 1 })
    expect(at('listen')).toEqual({ line: 2, column: 3 })
    expect(at('listen', '1')).toEqual({ line: 3, column: 5 })
    expect(at('limits', 'frameBytes')).toEqual({ line: 4, column: 15 })
    expect(at('limits', 'absent')).toEqual({ line: 4, column: 3 })
  })

  it.each([
    ['{"a": 1,}', '1:8: no comma may stand before "}": remove it'],
    ['[1,\n]', '1:3: no comma may stand before "]": remove it'],
    ['{"a": 1\n"b": 2}', '2:1: expected "," or "}", found "'],
    ['{"a" 1}', '1:6: expected ":" after the key, found 1'],
    ['{"a": }', '1:7: expected a value, found }'],
    ["{'a': 1}", "1:2: expected a key in double quotes, found ': texts and keys take double quotes"],
    ['{a: 1}', '1:2: expected a key in double quotes, found a: texts and keys take double quotes'],
    ['{"a": info}', '1:7: expected a value, found info: texts and keys take double quotes'],
    ['{"a": 01}', '1:8: expected "," or "}", found 1'],
    ['{\n  // why\n}', '2:3: expected a key in double quotes, found /: JSON has no comments, YAML has'],
    ['# why\n{}', '1:1: expected a value, found #: JSON has no comments, YAML has'],
    ['{"a": "x\n', '1:7: the text that begins here has no closing double quote'],
    ['{"a": "x\ty"}', '1:9: a tab in a text is written \\t in JSON'],
    ['{"a": "C:\\new\\file"}', 'none'],
    ['{"a": "C:\\my"}', '1:10: no such escape: a backslash is written \\\\ in JSON'],
    ['{"a": [1, 2', '1:12: expected "," or "]", found the end of the file'],
    ['{"limits": {', '1:13: expected a key in double quotes, found the end of the file'],
    ['{} {}', '1:4: expected the end of the file, found {'],
    ['{"a": 1,\n "b": {"c": 1,\n  "c": 2}}', '3:3: the key "c" stands here a second time'],
    ['{"a": 1, "\\u0061": 2}', '1:10: the key "a" stands here a second time'],
    [`{"${LONG}": 1,\n"${LONG}": 2}`, `2:1: the key "${LONG.slice(0, 59)}… stands here a second time`]
  ])('%j: %s', (text, expected) => {
    expect(faultOf(text)).toBe(expected)
  })
})

describe('the limits of a file', () => {
  it('are 64 levels', () => {
    const nested = (levels: number) => '['.repeat(levels) + '1' + ']'.repeat(levels)
    expect(faultOf(nested(64))).toBe('none')
    expect(faultOf(nested(65))).toBe('1:66: it is nested deeper than 64 levels')
    expect(faultOf('['.repeat(1 << 20))).toBe('1:66: it is nested deeper than 64 levels')
  })

  it('are 100,000 values', () => {
    const list = (items: number) => JSON.stringify(Array.from({ length: items }, () => 1))
    expect(faultOf(list(99_999))).toBe('none')
    expect(faultOf(list(100_000))).toContain('it holds more than 100000 values')
  })

  it('hold for one text of a mebibyte', () => {
    expect(faultOf(JSON.stringify('\\"'.repeat(1 << 18)))).toBe('none')
  })
})
