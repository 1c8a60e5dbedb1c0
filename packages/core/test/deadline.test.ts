import { ManualClock } from '@trustp2p/testing'
import { P2pError } from '../src/errors'
import { atMost, withDeadline } from '../src/deadline'
import { createGate } from './thread/bench'

const EXPIRED = new P2pError('ERR_TRUSTP2P_THREAD_START_TIMEOUT', 'too long')

function wait(ms: number, signal?: AbortSignal) {
  const clock = new ManualClock()
  const gate = createGate<string>()
  const late: string[] = []
  const onLate = (value: string): void => void late.push(value)
  const done = withDeadline(gate.opened, {
    clock,
    ms,
    expired: () => EXPIRED,
    onLate,
    ...(signal === undefined ? {} : { signal })
  })
  return { clock, gate, late, done }
}

describe('withDeadline', () => {
  it('gives what the work gives in time, and forgets its timer', async () => {
    const { clock, gate, late, done } = wait(10)
    clock.advance(9)
    gate.open('value')
    expect(await done).toBe('value')
    expect([clock.pending, late]).toEqual([0, []])
  })

  it('rejects with the error of the work', async () => {
    const { clock, gate, done } = wait(10)
    const error = new Error('no')
    gate.fail(error)
    await expect(done).rejects.toBe(error)
    expect(clock.pending).toBe(0)
  })

  it('rejects at the deadline, and hands on what comes late', async () => {
    const { clock, gate, late, done } = wait(10)
    clock.advance(10)
    await expect(done).rejects.toBe(EXPIRED)
    gate.open('late')
    await clock.advanceAsync(0)
    expect(late).toEqual(['late'])
  })

  it('passes over an error that comes late', async () => {
    const { clock, gate, late, done } = wait(10)
    clock.advance(10)
    await expect(done).rejects.toBe(EXPIRED)
    gate.fail(new Error('late'))
    await clock.advanceAsync(0)
    expect(late).toEqual([])
  })

  it('waits for ever with 0', async () => {
    const { clock, gate, done } = wait(0)
    expect(clock.pending).toBe(0)
    gate.open('value')
    expect(await done).toBe('value')
  })

  it.each(['before', 'meanwhile'])('ends with the reason of a signal that is aborted %s', async (when) => {
    const controller = new AbortController()
    const reason = new Error('enough')
    if (when === 'before') controller.abort(reason)
    const { clock, gate, late, done } = wait(10, controller.signal)
    controller.abort(reason)
    await expect(done).rejects.toBe(reason)
    gate.open('late')
    await clock.advanceAsync(0)
    expect([clock.pending, late]).toEqual([0, ['late']])
  })
})

it('waits for work that never rejects, but not longer than it is told, and leaves no timer', async () => {
  const clock = new ManualClock()
  let finish = (): void => undefined
  let ended = 0
  const count = (): number => ++ended
  const work = new Promise<void>((resolve) => (finish = resolve))
  void atMost(10, clock, work).then(count)
  await clock.advanceAsync(9)
  expect(ended).toBe(0)
  await clock.advanceAsync(1)
  expect([ended, clock.pending]).toEqual([1, 0])
  const second = atMost(10, clock, work).then(count)
  finish()
  await second
  expect([ended, clock.pending]).toEqual([2, 0])
})
