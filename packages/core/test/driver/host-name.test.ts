import { hostOfPeer, hostOfUrl, withoutBrackets } from '../../src/driver/host-name'

it.each([
  ['192.0.2.1:4711', '192.0.2.1'],
  ['[2001:db8::1]:4711', '2001:db8::1'],
  ['localhost', 'localhost']
])('the host of the peer %s is %s', (peer, host) => {
  expect(hostOfPeer(peer)).toBe(host)
})

it.each([
  ['ws://Example.ORG/p2p', 'example.org'],
  ['tcp://[2001:db8::1]:1107', '2001:db8::1'],
  ['unix:///run/node.sock', ''],
  ['no url', '']
])('the host of the address %s is "%s"', (url, host) => {
  expect(hostOfUrl(url)).toBe(host)
})

it('a host in brackets has none', () => {
  expect([withoutBrackets('[::1]'), withoutBrackets('::1'), withoutBrackets('localhost')]).toEqual([
    '::1',
    '::1',
    'localhost'
  ])
})
