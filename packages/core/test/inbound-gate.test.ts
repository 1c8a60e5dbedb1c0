import { ManualClock } from '@trustp2p/testing'
import { InboundGate } from '../src/inbound-gate'
import { defaultConfig } from '../src/config/defaults'
import type { LimitsConfig } from '../src/config/config'
import { InboundCount } from '../src/deliver/inbound-count'

function createDoor(limits: Partial<LimitsConfig>) {
  const clock = new ManualClock()
  const gate = new InboundGate(clock, { ...defaultConfig('server').limits, ...limits })
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
  return { clock, gate, enter, leave: (host: string) => count.delete(host) }
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

describe('limits.offencesPerHour', () => {
  const BAD = '192.0.2.1'

  it('of 3 lets three pass and bans at the fourth, for limits.banMs', () => {
    const { clock, gate, enter } = createDoor({ ...OFF, offencesPerHour: 3, banMs: 1000 })
    expect([1, 2, 3, 4, 5].map(() => gate.blame(BAD))).toEqual([false, false, false, true, false])
    expect(gate.mayConnect(BAD)).toBe(false)
    expect(enter(BAD)).toBe('your host is banned')
    expect(gate.mayConnect('192.0.2.2')).toBe(true)
    expect(gate.bans).toEqual([{ host: BAD, until: clock.wall() + 1000 }])
    clock.advance(999)
    expect(gate.mayConnect(BAD)).toBe(false)
    clock.advance(1)
    expect(gate.mayConnect(BAD)).toBe(true)
    expect(gate.bans).toEqual([])
    expect(enter(BAD)).toBeUndefined()
  })

  it('forgives one offence each third of an hour', () => {
    const { clock, gate } = createDoor({ ...OFF, offencesPerHour: 3 })
    const blame = () => gate.blame(BAD)
    expect([blame(), blame(), blame()]).toEqual([false, false, false])
    clock.advance(1_200_000)
    expect([blame(), blame()]).toEqual([false, true])
  })

  it('counts the offences of an IPv6 network together, and lets it in again when asked', () => {
    const { gate } = createDoor({ ...OFF, offencesPerHour: 1 })
    expect([gate.blame('2001:db8:1:2::1'), gate.blame('2001:db8:1:2::2')]).toEqual([false, true])
    expect(gate.mayConnect('2001:db8:1:2:3:4:5:6')).toBe(false)
    expect(gate.bans.map(({ host }) => host)).toEqual(['2001:db8:1:2::/64'])
    expect([gate.unban('2001:db8:1:2::9'), gate.unban('2001:db8:1:2::9')]).toEqual([true, false])
    expect(gate.mayConnect('2001:db8:1:2::1')).toBe(true)
  })

  it('of 0 never bans, and nobody bans what has no address', () => {
    const never = createDoor({ ...OFF, offencesPerHour: 0 }).gate
    const one = createDoor({ ...OFF, offencesPerHour: 1 }).gate
    expect([1, 2, 3].some(() => never.blame(BAD) || one.blame('unix'))).toBe(false)
  })

  it('connecting too often is one', () => {
    const { gate, enter, leave } = createDoor({ ...OFF, inboundSocketsPerSecond: 1, offencesPerHour: 2 })
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
    expect(gate.mayConnect(BAD)).toBe(false)
  })

  it('keeps 10,000 bans, and lets the oldest go for one more', () => {
    const { gate } = createDoor({ ...OFF, offencesPerHour: 1 })
    const hostOf = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
    const ban = (index: number) => {
      while (!gate.blame(hostOf(index)));
    }
    for (let index = 0; index < 10_000; index++) ban(index)
    expect([gate.bans.length, gate.mayConnect(hostOf(0))]).toEqual([10_000, false])
    ban(10_000)
    expect([gate.bans.length, gate.mayConnect(hostOf(0)), gate.mayConnect(hostOf(10_000))]).toEqual([
      10_000,
      true,
      false
    ])
  })
})
