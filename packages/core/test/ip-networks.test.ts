import { BlockList } from 'node:net'
import { assert, bigInt, boolean, constantFrom, integer, property, tuple } from 'fast-check'
import { NetworkSet, readAddress, readNetwork } from '../src/ip-networks'

function holds(networks: readonly string[], address: string): boolean | undefined {
  const set = new NetworkSet()
  for (const text of networks) {
    const network = readNetwork(text)
    if (network === undefined) throw new Error(`${text} is no network`)
    set.add(network)
  }
  const read = readAddress(address)
  return read === undefined ? undefined : set.has(read)
}

describe('readAddress', () => {
  it.each([
    ['::1', '0:0:0:0:0:0:0:1'],
    ['2001:db8::', '2001:0db8:0:0:0:0:0:0'],
    ['2001:DB8::a', '2001:db8:0::000a'],
    ['127.0.0.1', '::ffff:127.0.0.1'],
    ['127.0.0.1', '::FFFF:7f00:1'],
    ['127.0.0.1', '0:0:0:0:0:ffff:127.0.0.1'],
    ['fe80::1', 'fe80::1%eth0']
  ])('takes %s and %s for one address', (one, other) => {
    expect(readAddress(one)).toBeDefined()
    expect(readAddress(one)).toBe(readAddress(other))
  })

  it.each([
    '',
    'localhost',
    '127.0.0',
    '127.0.0.1.1',
    '127.0.0.256',
    '127.0.0.01',
    '0x7f.0.0.1',
    '2130706433',
    '127.0.0.1/8',
    ' 127.0.0.1',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3',
    '[::1]'
  ])('takes "%s" for no address', (text) => expect(readAddress(text)).toBeUndefined())
})

describe('readNetwork', () => {
  it.each([
    ['10.0.0.0/8', '10.1.2.3/8'],
    ['10.0.0.0/8', '::ffff:10.0.0.0/104'],
    ['192.0.2.1', '192.0.2.1/32'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['0.0.0.0/0', '::ffff:0:0/96']
  ])('takes %s and %s for one network', (one, other) => {
    expect(readNetwork(one)).toBeDefined()
    expect(readNetwork(one)).toEqual(readNetwork(other))
  })

  it.each([
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
    '/8',
    'x'
  ])('takes "%s" for none', (text) => expect(readNetwork(text)).toBeUndefined())
})

describe('NetworkSet', () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '127.0.0.1', false],
    ['::/0', '2001:db8::1', true],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['127.0.0.1', '127.0.0.2', false]
  ])('of %s holds %s: %s', (network, address, expected) => expect(holds([network], address)).toBe(expected))

  it('forgets a network, and keeps others of its length', () => {
    const set = new NetworkSet()
    const [one, two] = [readNetwork('10.0.0.0/8'), readNetwork('11.0.0.0/8')]
    if (one === undefined || two === undefined) throw new Error('no networks')
    set.add(one)
    set.add(one)
    set.add(two)
    set.delete(one)
    set.delete(one)
    expect(['10.0.0.1', '11.0.0.1'].map((host) => set.has(readAddress(host) ?? 0n))).toEqual([false, true])
    set.delete(two)
    expect(set.has(readAddress('11.0.0.1') ?? 0n)).toBe(false)
  })

  it('judges as the BlockList of Node does', () => {
    const ipv4 = integer({ min: 0, max: 0xffff_ffff }).map((value) =>
      [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
    )
    const ipv6 = bigInt(0n, 2n ** 128n - 1n).map((value) =>
      [7, 6, 5, 4, 3, 2, 1, 0].map((at) => ((value >> BigInt(16 * at)) & 0xffffn).toString(16)).join(':')
    )
    const lengths = constantFrom(0, 1, 7, 8, 9, 16, 24, 31, 32)
    const check = property(
      tuple(ipv4, ipv4, lengths),
      tuple(ipv6, ipv6, integer({ min: 0, max: 128 })),
      boolean(),
      (four, six, isFour) => {
        const [base, other, length] = isFour ? four : six
        const near = isFour ? base.replace(/\d+$/, '7') : base.replace(/[\da-f]+$/, '7')
        const list = new BlockList()
        const family = isFour ? 'ipv4' : 'ipv6'
        list.addSubnet(base, length, family)
        for (const address of [base, near, other]) {
          expect(holds([`${base}/${length}`], address)).toBe(list.check(address, family))
        }
      }
    )
    assert(check, { numRuns: 300 })
  })
})
