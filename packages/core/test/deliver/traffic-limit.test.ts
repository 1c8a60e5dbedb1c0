import { ManualClock } from '@trustp2p/testing'
import { defaultConfig } from '../../src/config/defaults'
import { TrafficLimit } from '../../src/deliver/traffic-limit'

const { limits } = defaultConfig('node')

it('is none where neither rate is set', () => {
  expect(TrafficLimit.of(new ManualClock(), limits)).toBeUndefined()
})

it('of 3 frames per second takes three of a peer at once, and one more each third of a second', () => {
  const clock = new ManualClock()
  const traffic = TrafficLimit.of(clock, { ...limits, framesPerSecond: 3 })
  const take = (peer: string) => traffic?.take(peer, 1)
  expect([take('a'), take('a'), take('a'), take('a'), take('b')]).toEqual([true, true, true, false, true])
  clock.advance(334)
  expect([take('a'), take('a')]).toEqual([true, false])
})

it('of 100 bytes per second takes as many at once, and one frame of the longest kind whatever the rate', () => {
  const clock = new ManualClock()
  const traffic = TrafficLimit.of(clock, { ...limits, frameBytes: 50, bytesPerSecond: 100 })
  const slow = TrafficLimit.of(clock, { ...limits, frameBytes: 50, bytesPerSecond: 1 })
  expect([traffic?.take('a', 50), traffic?.take('a', 50), traffic?.take('a', 1)]).toEqual([true, true, false])
  clock.advance(10)
  expect([traffic?.take('a', 1), traffic?.take('a', 1)]).toEqual([true, false])
  expect([slow?.take('a', 50), slow?.take('a', 1)]).toEqual([true, false])
})
