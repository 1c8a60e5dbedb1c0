import type { Bench } from './bench'
import { createEchoProject } from './ours/project'
import type { Child } from './process/child'

/** A server and a client in processes of their own. */
export interface Pair {
  readonly server: Child
  readonly client: Child
}

export interface Pairs {
  readonly floor: Pair
  readonly ours: Pair
  readonly naive: Pair
}

export const PAIR_NAMES = ['floor', 'ours', 'naive'] as const
export type PairName = (typeof PAIR_NAMES)[number]

/** What is measured at 64 in flight. */
export const IN_FLIGHT = 64
const WARM_UP_REQUESTS = 20_000

/** Starts one pair; with `execArgv` for its server alone. */
export async function startPair(bench: Bench, name: PairName, execArgv: readonly string[] = []): Promise<Pair> {
  return connectPair(bench, name, bench.start(`${name}/server`, [createEchoProject(bench.createFolder())], execArgv))
}

/** Starts the client of a server. */
export async function connectPair(bench: Bench, name: PairName, server: Child): Promise<Pair> {
  const { port = 0 } = await server.ask('port')
  const client = bench.start(`${name}/client`, [`ws://127.0.0.1:${port}`, bench.createFolder()])
  return { server, client }
}

/** Lets a pair answer 20,000 requests, so that the engine has compiled what it will. */
export async function warmUp({ client }: Pair): Promise<void> {
  await client.ask('throughput', { requests: WARM_UP_REQUESTS, inFlight: IN_FLIGHT })
}

/** Starts all pairs and warms them, one after the other. */
export async function startPairs(bench: Bench): Promise<Pairs> {
  const [floor, ours, naive] = await Promise.all([
    startPair(bench, 'floor'),
    startPair(bench, 'ours'),
    startPair(bench, 'naive')
  ])
  for (const pair of [floor, ours, naive]) await warmUp(pair)
  return { floor, ours, naive }
}

/**
 * Measures every pair once a round, in turn and the other way round in every second round, so that what else the
 * machine does falls on all of them. Gives the figures of each pair, one a round.
 */
export async function interleave(
  pairs: Pairs,
  rounds: number,
  measure: (pair: Pair) => Promise<number>
): Promise<Record<PairName, number[]>> {
  const figures: Record<PairName, number[]> = { floor: [], ours: [], naive: [] }
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? PAIR_NAMES : [...PAIR_NAMES].reverse()
    for (const name of order) figures[name].push(await measure(pairs[name]))
  }
  return figures
}
