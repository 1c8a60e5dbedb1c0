/** What a thread waits for, by name. */
export interface Dependencies {
  readonly after: readonly string[]
  readonly requires: readonly string[]
  readonly wants: readonly string[]
}

/** The dependencies of every thread that is known. */
export type DependencyGraph = ReadonlyMap<string, Dependencies>

/** Every thread that one waits for, soft or hard. */
export function dependenciesOf({ after, requires, wants }: Dependencies): readonly string[] {
  return [...requires, ...wants, ...after]
}

/** The shortest way from a thread back to itself, `['a', 'b', 'a']`, or undefined where there is none. */
export function findCycle(name: string, graph: DependencyGraph): readonly string[] | undefined {
  const cameFrom = new Map<string, string>()
  const queue = [name]
  for (const current of queue) {
    const dependencies = graph.get(current)
    if (dependencies === undefined) continue
    for (const next of dependenciesOf(dependencies)) {
      if (next === name) return pathBack(current, name, cameFrom)
      if (cameFrom.has(next)) continue
      cameFrom.set(next, current)
      queue.push(next)
    }
  }
  return undefined
}

function pathBack(last: string, name: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const path = [name]
  for (let step: string | undefined = last; step !== undefined && step !== name; step = cameFrom.get(step)) {
    path.unshift(step)
  }
  return [name, ...path]
}

/**
 * Puts threads behind those that they wait for (Kahn, "Topological sorting of large networks", 1962), in the order of
 * `compare` among equals. Members of a cycle come last.
 */
export function sortByDependencies(
  graph: DependencyGraph,
  compare: (left: string, right: string) => number
): readonly string[] {
  const rest = [...graph.keys()].sort(compare)
  const waiting = new Set(rest)
  const order: string[] = []
  while (rest.length > 0) {
    const index = Math.max(
      0,
      rest.findIndex((name) => !dependenciesOf(graph.get(name) ?? NONE).some((other) => waiting.has(other)))
    )
    for (const name of rest.splice(index, 1)) {
      waiting.delete(name)
      order.push(name)
    }
  }
  return order
}

const NONE: Dependencies = { after: [], requires: [], wants: [] }
