import { SocketAddress } from 'node:net'
import fc from 'fast-check'
import { networkOf } from '../src/network-of'

describe('the network of a host', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001::', '2001:db8:1:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64%eth0'],
    ['peer-1', 'peer-1'],
    ['not:an:address', 'not:an:address'],
    ['', '']
  ])('%j is %j', (host, network) => {
    expect(networkOf(host)).toBe(network)
  })

  it('is one for all addresses that share 64 bits, and another for others', () => {
    const group = fc.integer({ min: 0, max: 0xffff })
    fc.assert(
      fc.property(fc.array(group, { minLength: 12, maxLength: 12 }), (groups) => {
        const text = (parts: readonly number[]) =>
          new SocketAddress({ family: 'ipv6', address: parts.map((part) => part.toString(16)).join(':') }).address
        const [high, low, other] = [groups.slice(0, 4), groups.slice(4, 8), groups.slice(8)]
        const network = networkOf(text([...high, ...low]))
        fc.pre(!text([...high, ...low]).includes('.') && !text([...high, ...other]).includes('.'))
        expect(networkOf(text([...high, ...other]))).toBe(network)
        const next = high.map((part, index) => (index === 3 ? part ^ 1 : part))
        expect(networkOf(text([...next, ...low]))).not.toBe(network)
      })
    )
  })
})
