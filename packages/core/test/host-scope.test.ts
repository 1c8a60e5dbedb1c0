import fc from 'fast-check'
import { hostScope } from '../src/host-scope'

it.each([
  ['127.0.0.1', 'loopback'],
  ['127.255.255.255', 'loopback'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['64:ff9b::7f00:1', 'loopback'],
  ['localhost', 'loopback'],
  ['a.LocalHost.', 'loopback'],
  ['10.0.0.0', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.0', 'public'],
  ['172.15.255.255', 'public'],
  ['192.168.1.1', 'private'],
  ['169.254.169.254', 'private'],
  ['100.64.0.1', 'private'],
  ['100.128.0.0', 'public'],
  ['198.18.0.1', 'private'],
  ['::ffff:10.0.0.1', 'private'],
  ['64:ff9b::a00:1', 'private'],
  ['fc00::1', 'private'],
  ['fdff::1', 'private'],
  ['fe80::1%eth0', 'private'],
  ['fec0::1', 'private'],
  ['0.0.0.0', 'nowhere'],
  ['0.1.2.3', 'nowhere'],
  ['192.0.0.1', 'nowhere'],
  ['224.0.0.1', 'nowhere'],
  ['255.255.255.255', 'nowhere'],
  ['::', 'nowhere'],
  ['::2', 'nowhere'],
  ['::127.0.0.1', 'nowhere'],
  ['ff02::1', 'nowhere'],
  ['100::1', 'nowhere'],
  ['::ffff:0.0.0.0', 'nowhere'],
  ['1.1.1.1', 'public'],
  ['126.0.0.1', 'public'],
  ['223.255.255.255', 'public'],
  ['2001:db8::1', 'public'],
  ['2606:4700::1111', 'public'],
  ['64:ff9b::101:101', 'public'],
  ['peer.example', undefined],
  ['localhost.example', undefined],
  ['127.1', undefined],
  ['', undefined]
])('T23 %j is %j', (host, scope) => {
  expect(hostScope(host)).toBe(scope)
})

it('T23 an IPv4 address is of the same scope however it is written', () => {
  fc.assert(
    fc.property(fc.ipV4(), (host) => {
      expect(hostScope(`::ffff:${host}`)).toBe(hostScope(host))
      expect(hostScope(`64:ff9b::${host}`)).toBe(hostScope(host))
    })
  )
})
