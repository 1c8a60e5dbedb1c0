import fc from 'fast-check'
import { compareNames } from '../../src/thread/names'
import { findCycle, sortByDependencies } from '../../src/thread/order'
import type { Dependencies } from '../../src/thread/order'

function graphOf(after: Record<string, readonly string[]>): Map<string, Dependencies> {
  return new Map(Object.entries(after).map(([name, names]) => [name, { after: names, requires: [], wants: [] }]))
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const graphs = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...NAMES)), { maxLength: 14 })
  .map((edges) =>
    graphOf(
      Object.fromEntries(NAMES.map((name) => [name, edges.filter(([from]) => from === name).map(([, to]) => to)]))
    )
  )

describe('findCycle', () => {
  it.each([
    [{ a: [] }, undefined],
    [{ a: ['b'] }, undefined],
    [{ a: ['a'] }, ['a', 'a']],
    [{ a: ['b'], b: ['a'] }, ['a', 'b', 'a']],
    [{ a: ['b'], b: ['c'], c: ['b'] }, undefined],
    [{ a: ['b', 'c'], b: ['d'], c: ['a'], d: ['a'] }, ['a', 'c', 'a']]
  ])('from a in %j gives %j', (after, path) => {
    expect(findCycle('a', graphOf(after))).toEqual(path)
  })

  it('gives a way that is there, from the name back to it', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        for (const name of NAMES) {
          const path = findCycle(name, graph)
          if (path === undefined) continue
          expect([path[0], path.at(-1)]).toEqual([name, name])
          path.slice(1).forEach((next, index) => expect(graph.get(path[index] ?? '')?.after).toContain(next))
        }
      })
    )
  })
})

describe('sortByDependencies', () => {
  it('puts a thread behind all that it waits for, each exactly once, unless they wait for each other', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const order = sortByDependencies(graph, compareNames)
        expect([...order].sort()).toEqual(NAMES)
        for (const name of NAMES) {
          for (const other of graph.get(name)?.after ?? []) {
            if (NAMES.some((each) => findCycle(each, graph) !== undefined)) continue
            expect(order.indexOf(other)).toBeLessThan(order.indexOf(name))
          }
        }
      })
    )
  })

  it('follows the given order among equals', () => {
    const graph = graphOf({ a: ['z'], b: [], z: [], y: ['b'] })
    expect(sortByDependencies(graph, compareNames)).toEqual(['b', 'y', 'z', 'a'])
    expect(sortByDependencies(graph, (left, right) => compareNames(right, left))).toEqual(['z', 'b', 'y', 'a'])
  })

  it('passes over names that are not there', () => {
    expect(sortByDependencies(graphOf({ a: ['nobody'] }), compareNames)).toEqual(['a'])
  })
})
