import { ManualClock } from '@trustp2p/testing'
import { LATE_BURST_BYTES, LATE_BYTES_PER_MS, LATE_STOP_MS, LatePace } from '../../../src/driver/net/late-pace'

let clock: ManualClock
let pace: LatePace

beforeEach(() => {
  clock = new ManualClock()
  pace = LatePace.of(clock)
})

/** Reads all that is due, and waits for more, over and over. */
function readAll(name: string, read: string[]): () => void {
  const readOn = (): void => {
    const { dueBytes } = pace
    if (dueBytes > 0) read.push(name)
    pace.take(dueBytes)
    pace.wait(readOn)
  }
  return readOn
}

it('is one for all sockets that have a clock in common', () => {
  expect(LatePace.of(clock)).toBe(pace)
  expect(LatePace.of(new ManualClock())).not.toBe(pace)
})

it('lets a limit be read at once, and then so much each ms', () => {
  expect(pace.dueBytes).toBe(LATE_BURST_BYTES)
  pace.take(LATE_BURST_BYTES)
  expect(pace.dueBytes).toBe(0)
  clock.advance(3)
  expect(pace.dueBytes).toBe(3 * LATE_BYTES_PER_MS)
})

it('never lets more be read at once, however long nothing was', () => {
  pace.take(1)
  clock.advance(1_000_000)
  expect(pace.dueBytes).toBe(LATE_BURST_BYTES)
})

it('calls those that wait one after the other, each once it is due, and with one timer', () => {
  const read: string[] = []
  for (const name of ['a', 'b', 'c']) readAll(name, read)()
  expect([read, clock.pending]).toEqual([['a'], 1])
  clock.advance(LATE_STOP_MS - 1)
  expect(read).toEqual(['a'])
  clock.advance(1)
  expect(read).toEqual(['a', 'a'])
  clock.advance(3 * LATE_STOP_MS)
  expect([read, clock.pending]).toEqual([['a', 'a', 'b', 'c', 'a'], 1])
})

it('goes on to the next where one has nothing to read any more, and stops with the last', () => {
  const read: string[] = []
  pace.take(LATE_BURST_BYTES)
  pace.wait(() => read.push('nothing'))
  pace.wait(() => read.push('nothing either'))
  clock.advance(LATE_STOP_MS)
  expect([read, clock.pending]).toEqual([['nothing', 'nothing either'], 0])
})
