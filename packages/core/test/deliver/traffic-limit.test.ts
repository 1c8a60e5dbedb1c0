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
  const take = (peer: string) => traffic?.exceededBy(peer, 1)
  const over = 'limits.framesPerSecond'
  expect([take('a'), take('a'), take('a'), take('a'), take('b')]).toEqual([
    undefined,
    undefined,
    undefined,
    over,
    undefined
  ])
  clock.advance(334)
  expect([take('a'), take('a')]).toEqual([undefined, over])
})

it('of 100 bytes per second takes as many at once, and one frame of the longest kind whatever the rate', () => {
  const over = 'limits.bytesPerSecond'
  const clock = new ManualClock()
  const traffic = TrafficLimit.of(clock, { ...limits, frameBytes: 50, bytesPerSecond: 100 })
  const slow = TrafficLimit.of(clock, { ...limits, frameBytes: 50, bytesPerSecond: 1 })
  expect([traffic?.exceededBy('a', 50), traffic?.exceededBy('a', 50), traffic?.exceededBy('a', 1)]).toEqual([
    undefined,
    undefined,
    over
  ])
  clock.advance(10)
  expect([traffic?.exceededBy('a', 1), traffic?.exceededBy('a', 1)]).toEqual([undefined, over])
  expect([slow?.exceededBy('a', 50), slow?.exceededBy('a', 1)]).toEqual([undefined, over])
})
