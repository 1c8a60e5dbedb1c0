import fc from 'fast-check'
import {
  createGreeting,
  incompatibility,
  LIBRARY_NAME,
  LIBRARY_VERSION,
  readGreeting
} from '../../src/deliver/greeting'
import manifest from '../../package.json'

const GOOD = { protocol_version: '1.0', alt: '1' }

it('names the library as its package does', () => {
  expect([LIBRARY_NAME, LIBRARY_VERSION]).toEqual([manifest.name, manifest.version])
})

it('T10 is read by ourselves as that of a peer that knows our keys', () => {
  const greeting = createGreeting({ name: 'x', version: '9' })
  expect(greeting).toMatchObject({ ...GOOD, program: 'x', program_version: '9', library_version: manifest.version })
  expect(readGreeting(greeting)).toEqual({
    greeting: { current: true, encodings: new Set([0, 1, 2]), contracts: new Map() }
  })
})

it('T7 without a list of encodings is that of a peer of 2018', () => {
  for (const encodings of [undefined, null, 1, {}]) {
    expect(readGreeting({ ...GOOD, encodings })).toEqual({
      greeting: { current: false, encodings: new Set([0]), contracts: new Map() }
    })
  }
})

it('holds JSON whatever is listed, and 16 encodings at most', () => {
  const list = Array.from({ length: 17 }, (_, index) => index + 1)
  expect(readGreeting({ ...GOOD, encodings: list })).toEqual({
    greeting: { current: true, encodings: new Set([0, ...list.slice(0, 16)]), contracts: new Map() }
  })
  expect(readGreeting({ ...GOOD, encodings: ['1', null, 1] })).toEqual({
    greeting: { current: true, encodings: new Set([0, 1]), contracts: new Map() }
  })
})

it.each([
  ['1.0', '1', undefined],
  ['1', '1', undefined],
  ['1.9.9.9', '1', undefined],
  ['1.0.0.0.0', '1', 'incompatible versions'],
  ['2.0', '1', 'incompatible versions'],
  ['01.0', '1', 'incompatible versions'],
  ['1.', '1', 'incompatible versions'],
  ['1.0\n', '1', 'incompatible versions'],
  ['', '1', 'incompatible versions'],
  [1, '1', 'incompatible versions'],
  ['1.0', '2', 'incompatible alts'],
  ['1.0', 1, 'incompatible alts'],
  ['1.0', undefined, 'incompatible alts']
])('T10 of version %j and alt %j: %s', (version, alt, reason) => {
  expect(incompatibility(version, alt)).toBe(reason)
})

it('T24 is read or refused, whatever its body is', () => {
  const body = fc.oneof(
    fc.anything(),
    fc.record({ protocol_version: fc.anything(), alt: fc.anything(), encodings: fc.anything() }),
    fc.record({ protocol_version: fc.constant('1.0'), alt: fc.constant('1'), encodings: fc.array(fc.anything()) })
  )
  fc.assert(
    fc.property(body, (value) => {
      const read = readGreeting(value)
      if ('incompatible' in read) expect(read.incompatible).toMatch(/^incompatible (versions|alts)$/)
      else {
        expect(read.greeting.encodings.has(0)).toBe(true)
        expect(read.greeting.encodings.size).toBeLessThanOrEqual(17)
      }
    })
  )
})

it('names 64 contracts at most, and what is no digest is passed over (U5)', () => {
  const digest = '0123456789abcdef'
  const contracts = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`c${String(index)}`, digest]))
  const read = readGreeting({ ...GOOD, encodings: [2], contracts })
  expect('greeting' in read && [...read.greeting.contracts.keys()]).toEqual(Object.keys(contracts).slice(0, 64))
  for (const wrong of [null, 'chat', [digest.toUpperCase()], { chat: 1 }, { chat: 'abc' }]) {
    expect(readGreeting({ ...GOOD, encodings: [2], contracts: wrong })).toMatchObject({
      greeting: { contracts: new Map() }
    })
  }
  expect(createGreeting({ name: 'a', version: '1' }, { chat: digest })).toHaveProperty('contracts', { chat: digest })
  expect(createGreeting({ name: 'a', version: '1' }, {})).not.toHaveProperty('contracts')
})
