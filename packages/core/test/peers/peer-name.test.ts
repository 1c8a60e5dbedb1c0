import { isHostId, readPeerName } from '../../src/peers/peer-name'
import { peerIdOf } from './peer-ids'

it('names a peer by its id, a host by its address, and an IPv6 host by its network of 64 bits', () => {
  const id = peerIdOf(1)
  expect(readPeerName(id)).toEqual({ kind: 'peer', id })
  expect(readPeerName('192.0.2.1')).toEqual({ kind: 'host', id: '192.0.2.1' })
  for (const mapped of ['::ffff:192.0.2.1', '::FFFF:c000:201', '0:0:0:0:0:ffff:192.0.2.1', '0::ffff:c000:0201']) {
    expect(readPeerName(mapped)).toEqual({ kind: 'host', id: '192.0.2.1' })
  }
  const network = { kind: 'host', id: '2001:db8:1:2::/64' }
  expect(readPeerName('2001:db8:1:2:3::4')).toEqual(network)
  expect(readPeerName('2001:DB8:1:2::/64')).toEqual(network)
  expect(readPeerName('fe80::1%eth0')).toEqual({ kind: 'host', id: 'fe80:0:0:0::/64%eth0' })
  expect(readPeerName('fe80:0:0:0::/64%eth0')).toEqual({ kind: 'host', id: 'fe80:0:0:0::/64%eth0' })
})

it.each(['', 'example.org', '10.0.0.0/8', '2001:db8::/32', '192.0.2.1:80', 'unix', undefined, {}])(
  '%j names nobody',
  (text) => {
    expect(() => readPeerName(text)).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_RULE_INVALID' }))
  }
)

it('a host has one id alone', () => {
  expect(['192.0.2.1', '2001:db8:1:2::/64'].every(isHostId)).toBe(true)
  expect(['2001:db8:1:2::1', '::ffff:192.0.2.1', peerIdOf(1), 'x'].some(isHostId)).toBe(false)
})
