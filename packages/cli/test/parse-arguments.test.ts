import { PackageType } from 'trustp2p'
import { ASKED_TYPES, TOLD_TYPES, collectSetting, parseBody, parseTimeout, typeParser } from '../src/parse-arguments'

describe('arguments', () => {
  it('hold a body of any JSON value', () => {
    for (const value of [null, 0, 'text', [1], { a: { b: null } }])
      expect(parseBody(JSON.stringify(value))).toEqual(value)
  })

  it.each(['{a:1}', '', 'text', "'x'", '{"a":1'])('that are %j are no body, and tell how to quote', (text) => {
    expect(() => parseBody(text)).toThrow(`'{"name":"you"}'`)
  })

  it('hold settings, whose values may have equal signs and be empty', () => {
    expect(collectSetting('b=', collectSetting('a.b=c=d'))).toEqual([
      { path: 'a.b', text: 'c=d' },
      { path: 'b', text: '' }
    ])
  })

  it.each(['', 'a', '=b'])('that are %j are no setting', (text) => {
    expect(() => collectSetting(text)).toThrow('Give a key and a value')
  })

  it('hold a time from 0 to 2^31 - 1 ms, and none beyond', () => {
    expect([parseTimeout('0'), parseTimeout('2147483647')]).toEqual([0, 2147483647])
    for (const text of ['2147483648', '-1', '1.5', '1e3', '', 'x', '0x10']) {
      expect(() => parseTimeout(text)).toThrow('from 0 to 2147483647')
    }
  })

  it('hold a type by name in any case, or by number', () => {
    const parse = typeParser(ASKED_TYPES)
    expect(['request', 'REQUEST', '30'].map(parse)).toEqual(Array(3).fill(PackageType.REQUEST))
    expect(parse('heartbeat_ping')).toBe(PackageType.HEARTBEAT_PING)
    expect(typeParser(TOLD_TYPES)('0')).toBe(PackageType.SYSTEM)
    for (const text of ['TALK', '20', '', 'toString'])
      expect(() => parse(text)).toThrow('one of REQUEST, HEARTBEAT_PING')
  })

  it('know types by the numbers of the wire', () => {
    expect(PackageType).toMatchObject({ ...ASKED_TYPES, ...TOLD_TYPES })
  })
})
