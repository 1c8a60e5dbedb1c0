import { ManualClock } from '@trustp2p/testing'
import { Pulse } from '../../../src/thread/isolated/pulse'

/** A pulse whose room answers each ping after so many ms, or never. */
function createPulse(hangMs: number, answersAfterMs = Infinity) {
  const clock = new ManualClock()
  const pings: number[] = []
  const hangs: number[] = []
  const pulse = new Pulse({
    clock,
    hangMs,
    ping() {
      pings.push(clock.now())
      if (answersAfterMs < Infinity) clock.setTimeout(() => pulse.beat(), answersAfterMs)
    },
    onHang: () => void hangs.push(clock.now())
  })
  return { clock, pulse, pings, hangs }
}

describe('the pulse of a room', () => {
  it('is felt every second, at half of a hangMs that is shorter', () => {
    const [slow, fast] = [createPulse(10_000, 1), createPulse(300, 1)]
    slow.clock.advance(3_500)
    fast.clock.advance(3_500)
    expect([slow.pings, fast.pings.length]).toEqual([[1_000, 2_000, 3_000], 23])
    expect([slow.hangs, fast.hangs]).toEqual([[], []])
  })

  it('is gone where a ping is not answered within hangMs, and the grace of 20 ms after it', () => {
    const { clock, hangs } = createPulse(10_000)
    clock.advance(11_019)
    expect(hangs).toEqual([])
    clock.advance(1)
    expect(hangs).toEqual([11_020])
    clock.advance(60_000)
    expect([hangs.length, clock.pending]).toEqual([1, 0])
  })

  it('is there where the answer comes in the last moment of the grace, and not where it comes after it', () => {
    const [late, tooLate] = [createPulse(10_000, 10_019), createPulse(10_000, 10_021)]
    late.clock.advance(11_100)
    tooLate.clock.advance(11_100)
    expect([late.hangs, tooLate.hangs]).toEqual([[], [11_020]])
  })

  it('is judged anew after each answer', () => {
    const { clock, pulse, pings, hangs } = createPulse(2_000)
    clock.advance(2_999)
    pulse.beat()
    clock.advance(2_020)
    expect([pings, hangs]).toEqual([[1_000, 3_000], []])
    clock.advance(1)
    expect(hangs).toEqual([5_020])
  })

  it('is never gone where hangMs is 0', () => {
    const { clock, pings, hangs } = createPulse(0)
    clock.advance(1_000_000)
    expect([pings, hangs]).toEqual([[1_000], []])
  })

  it('is felt no more once it is stopped', () => {
    const { clock, pulse, pings } = createPulse(10_000, 1)
    pulse.stop()
    clock.advance(20_000)
    expect([pings, clock.pending]).toEqual([[], 0])
  })
})
