import { Lifecycle, MOVES } from '../../src/thread/lifecycle'
import type { ThreadState } from '../../src/thread/lifecycle'

const STATES = Object.keys(MOVES) as ThreadState[]

/** A life that was led to a state by legal moves. */
function lifeIn(state: ThreadState): { life: Lifecycle; told: string[] } {
  const told: string[] = []
  const ways = new Map<ThreadState, readonly ThreadState[]>([['available', []]])
  for (const [from, way] of ways) for (const to of MOVES[from]) if (!ways.has(to)) ways.set(to, [...way, to])
  const life = new Lifecycle((from, to) => told.push(`${from} > ${to}`))
  for (const step of ways.get(state) ?? []) life.enter(step)
  told.length = 0
  return { life, told }
}

describe('the life of a thread', () => {
  it('can come to every state, and from each of them to its end', () => {
    for (const state of STATES) {
      expect(lifeIn(state).life.state).toBe(state)
      const reached = new Set([state])
      for (const from of reached) for (const to of MOVES[from]) reached.add(to)
      expect([...reached]).toContain('stopped')
    }
  })

  it.each(STATES)('goes from %s where the table says, tells of it, and nowhere else', (from) => {
    for (const to of STATES) {
      const { life, told } = lifeIn(from)
      if (to === from) life.enter(to)
      else if (MOVES[from].includes(to)) {
        life.enter(to)
        expect([life.state, told]).toEqual([to, [`${from} > ${to}`]])
      } else {
        expect(() => life.enter(to)).toThrow(new RangeError(`a thread cannot go from ${from} to ${to}`))
        expect([life.state, told]).toEqual([from, []])
      }
    }
  })
})
