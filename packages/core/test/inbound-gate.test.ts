import { ManualClock } from '@trustp2p/testing'
import { InboundGate } from '../src/inbound-gate'
import { defaultConfig } from '../src/config/defaults'
import type { LimitsConfig } from '../src/config/config'
import { InboundCount } from '../src/deliver/inbound-count'
import { PeerBook } from '../src/peers/peer-book'

function createDoor(limits: Partial<LimitsConfig>) {
  const clock = new ManualClock()
  const all = { ...defaultConfig('server').limits, ...limits }
  const book = new PeerBook(clock, all)
  const gate = new InboundGate(clock, all, book)
  const count = new InboundCount()
  const held = {
    get inboundSockets() {
      return count.total
    },
    inboundSocketsOf: (network: string) => count.of(network)
  }
  const enter = (host: string): string | undefined => {
    const refusal = gate.refusal(host, held)
    if (refusal === undefined) count.add(host)
    return refusal
  }
  return { clock, book, enter, leave: (host: string) => count.delete(host) }
}

const OFF = { inboundSocketsPerHost: 0, inboundSocketsPerSecond: 0 }

describe('T17 limits.inboundSockets', () => {
  it('of 2 takes two, wherever they come from, and another one when one has left', () => {
    const { enter, leave } = createDoor({ ...OFF, inboundSockets: 2 })
    expect(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(enter)).toEqual([
      undefined,
      undefined,
      'inbound connections maxed out'
    ])
    leave('192.0.2.1')
    expect(enter('192.0.2.3')).toBeUndefined()
  })
})

describe('limits.inboundSocketsPerHost', () => {
  it('of 2 takes two of a host, and others of other hosts', () => {
    const { enter, leave } = createDoor({ ...OFF, inboundSocketsPerHost: 2 })
    const hosts = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2']
    expect(hosts.map(enter)).toEqual([undefined, undefined, 'too many connections from your host', undefined])
    leave('192.0.2.1')
    expect(enter('192.0.2.1')).toBeUndefined()
  })

  it('counts an IPv6 network of 64 bits as one host', () => {
    const { enter } = createDoor({ ...OFF, inboundSocketsPerHost: 1 })
    expect(enter('2001:db8:1:2::1')).toBeUndefined()
    expect(enter('2001:db8:1:2:ffff::9')).toBe('too many connections from your host')
    expect(enter('2001:db8:1:3::1')).toBeUndefined()
  })

  it('holds for no connection without an IP address, such as that of a Unix socket', () => {
    const { enter } = createDoor({ inboundSocketsPerHost: 1, inboundSocketsPerSecond: 1 })
    expect(['', 'unix', 'unix', 'unix'].map(enter)).toEqual([undefined, undefined, undefined, undefined])
  })
})

describe('limits.inboundSocketsPerSecond', () => {
  it('of 4 takes four at once and one each quarter of a second, whether they stay or not', () => {
    const { clock, enter, leave } = createDoor({ ...OFF, inboundSocketsPerSecond: 4 })
    const knock = (): string | undefined => {
      const refusal = enter('192.0.2.1')
      if (refusal === undefined) leave('192.0.2.1')
      return refusal
    }
    expect([knock(), knock(), knock(), knock()]).toEqual([undefined, undefined, undefined, undefined])
    expect(knock()).toBe('connects too often')
    expect(enter('192.0.2.2')).toBeUndefined()
    clock.advance(249)
    expect(knock()).toBe('connects too often')
    clock.advance(1)
    expect(knock()).toBeUndefined()
  })
})

it('a limit of 0 is none, but for that of all sockets', () => {
  const { enter } = createDoor({ ...OFF, inboundSockets: 300 })
  expect(new Set(Array.from({ length: 300 }, () => enter('192.0.2.1')))).toEqual(new Set([undefined]))
  expect(createDoor({ ...OFF, inboundSockets: 0 }).enter('192.0.2.1')).toBe('inbound connections maxed out')
})

describe('a host that is banned', () => {
  const BAD = '192.0.2.1'

  it('does not come in, and others do', () => {
    const { book, enter, clock } = createDoor({ ...OFF, offencesPerHour: 1, banMs: 1000 })
    while (!book.blameHost(BAD));
    expect([enter(BAD), enter('192.0.2.2')]).toEqual(['your host is banned', undefined])
    clock.advance(1000)
    expect(enter(BAD)).toBeUndefined()
  })

  it('may be one that connected too often: that is an offence', () => {
    const { book, enter, leave } = createDoor({ ...OFF, inboundSocketsPerSecond: 1, offencesPerHour: 2 })
    const knocks = [1, 2, 3, 4, 5].map(() => {
      const refusal = enter(BAD)
      if (refusal === undefined) leave(BAD)
      return refusal
    })
    expect(knocks).toEqual([
      undefined,
      'connects too often',
      'connects too often',
      'connects too often',
      'your host is banned'
    ])
    expect(book.banOfHost(BAD)).toMatchObject({ id: BAD, by: 'offences' })
  })
})
