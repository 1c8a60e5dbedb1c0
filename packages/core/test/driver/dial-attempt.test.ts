import { ManualClock } from '@trustp2p/testing'
import { DialAttempt } from '../../src/driver/dial-attempt'
import { dialFailed } from '../../src/driver/driver-errors'

const URL = 'tcp://127.0.0.1:1107'
const LIMITS = { frameBytes: 1, sendQueueBytes: 1, handshakeMs: 100 }

function begin(signal?: AbortSignal) {
  const clock = new ManualClock()
  const told: string[] = []
  const attempt = new DialAttempt(URL, signal === undefined ? { limits: LIMITS } : { limits: LIMITS, signal }, {
    clock,
    drop: () => void told.push('dropped'),
    onFailed: ({ code }) => void told.push(code)
  })
  return { attempt, clock, told }
}

describe('DialAttempt', () => {
  it('fails when the time for the handshake is over, and not before', () => {
    const { clock, told } = begin()
    clock.advance(99)
    expect(told).toEqual([])
    clock.advance(1)
    expect(told).toEqual(['dropped', 'ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT'])
  })

  it('fails when its signal is aborted', () => {
    const controller = new AbortController()
    const { told } = begin(controller.signal)
    controller.abort()
    expect(told).toEqual(['dropped', 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED'])
  })

  it('fails once, and is not settled by anything else then', () => {
    const controller = new AbortController()
    const { attempt, clock, told } = begin(controller.signal)
    attempt.fail(dialFailed(URL, 'no'))
    attempt.abort('enough')
    controller.abort()
    clock.advance(1_000)
    expect([attempt.settle(), told]).toEqual([false, ['dropped', 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED']])
  })

  it('that is settled fails no more', () => {
    const controller = new AbortController()
    const { attempt, clock, told } = begin(controller.signal)
    expect([attempt.settle(), attempt.settle()]).toEqual([true, false])
    controller.abort()
    clock.advance(1_000)
    attempt.abort('enough')
    expect(told).toEqual([])
  })
})
