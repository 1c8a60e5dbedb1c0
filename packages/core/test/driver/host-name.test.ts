import { formatPeer, hostOfPeer, hostOfUrl, plainHost, withoutBrackets } from '../../src/driver/host-name'

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

it.each([
  ['127.0.0.1', '127.0.0.1:1'],
  ['::1', '[::1]:1'],
  ['localhost', 'localhost:1']
])('writes the peer %s as %s', (host, text) => {
  expect(formatPeer(host, 1)).toBe(text)
})

it.each([
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['::FFFF:10.0.0.1', '10.0.0.1'],
  ['::ffff:7f00:1', '::ffff:7f00:1'],
  ['::1', '::1'],
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1.example', '::ffff:10.0.0.1.example']
])('takes the host %s for %s', (host, plain) => {
  expect(plainHost(host)).toBe(plain)
})
