import fc from 'fast-check'
import { EventQueue } from '../../src/simulator/event-queue'

function takeAll(queue: EventQueue): { at: number; order: number }[] {
  const taken: { at: number; order: number }[] = []
  for (let event = queue.take(); event !== undefined; event = queue.take()) taken.push(event)
  return taken
}

it('gives events by time, those of one time in the order in which they came', () => {
  const queue = new EventQueue()
  for (const at of [3, 1, 2, 1, 3]) queue.add(at, () => undefined)
  expect(takeAll(queue).map(({ at, order }) => [at, order])).toEqual([
    [1, 2],
    [1, 4],
    [2, 3],
    [3, 1],
    [3, 5]
  ])
})

it('gives what was not taken out, in order, whatever was added and removed before', () => {
  const steps = fc.array(fc.record({ at: fc.nat(20), removes: fc.boolean() }), { maxLength: 200 })
  fc.assert(
    fc.property(steps, (given) => {
      const queue = new EventQueue()
      const events = given.map(({ at, removes }) => ({ removes, event: queue.add(at, () => undefined) }))
      for (const { removes, event } of events) if (removes) queue.remove(event)
      const left = events.flatMap(({ removes, event }) => (removes ? [] : [event]))
      const sorted = left.toSorted((one, other) => one.at - other.at || one.order - other.order)
      expect(queue.firstAt).toBe(sorted[0]?.at ?? Infinity)
      expect(takeAll(queue)).toEqual(sorted)
      expect(queue.size).toBe(0)
    })
  )
})

it('takes an event out once: again it does nothing, whoever stands in its place', () => {
  const queue = new EventQueue()
  const first = queue.add(1, () => undefined)
  queue.remove(first)
  const second = queue.add(2, () => undefined)
  queue.remove(first)
  expect(queue.take()).toBe(second)
  queue.remove(second)
  expect(queue.size).toBe(0)
})
