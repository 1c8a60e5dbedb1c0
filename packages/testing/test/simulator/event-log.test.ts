import { createHash } from 'node:crypto'
import { EventLog } from '../../src/simulator/event-log'

function write(log: EventLog, count: number): string[] {
  const lines = Array.from({ length: count }, (_, index) => `${index} line`)
  for (const line of lines) log.add(line)
  return lines
}

it.each([1, 3, 2_000])('keeps exactly %i lines, the newest ones', (limit) => {
  const log = new EventLog(limit)
  const lines = write(log, limit)
  expect(log.lines).toEqual(lines)
  log.add('one more')
  expect(log.lines).toEqual([...lines.slice(1), 'one more'])
  expect(log.count).toBe(limit + 1)
})

it('keeps none where none are wanted, and counts them', () => {
  const log = new EventLog(0)
  write(log, 3_000)
  expect(log.lines).toEqual([])
  expect(log.count).toBe(3_000)
})

it('has the SHA-256 of all lines as its digest, kept or not, whenever it is asked', () => {
  const log = new EventLog(1)
  const lines = write(log, 3_000)
  const digestOf = (all: readonly string[]): string =>
    createHash('sha256')
      .update(all.map((line) => `${line}\n`).join(''))
      .digest('hex')
  expect(log.digest()).toBe(digestOf(lines))
  log.add('more')
  expect(log.digest()).toBe(digestOf([...lines, 'more']))
})
