import { errorText } from 'trustp2p'
import { SEED_END } from './seeds'
import { createSimulation } from './simulation'
import type { Simulation } from './simulation'
import { SimulationError } from './simulation-error'
import { readSimulationOptions, SEED_VARIABLE } from './simulation-options'
import type { SimulationOptions } from './simulation-options'

/** What a scenario is run with. */
export interface SimulateOptions extends SimulationOptions {
  /** How often it is run, each time with the next seed [1]. With TRUSTP2P_SIMULATION_SEED it is once. 1 to 1000000. */
  readonly runs?: number
}

/** What a scenario was run with. */
export interface SimulatedRun {
  readonly seed: number
  /** Of its event log. */
  readonly digest: string
}

const MOST_RUNS = 1_000_000

/**
 * Runs a scenario on a network of its own and closes that; gives the seed of each run, with the digest of its event log.
 * Rejects with ERR_SIMULATION_FAILED where the scenario fails or leaves something behind: the message tells the seed,
 * which replays the run, and `cause` is what it failed with.
 */
export async function simulate(
  options: SimulateOptions,
  scenario: (net: Simulation) => Promise<void>
): Promise<readonly SimulatedRun[]> {
  const { runs = 1, ...rest } = options
  if (!Number.isSafeInteger(runs) || runs < 1 || runs > MOST_RUNS) {
    const text = `runs is ${String(runs)}: give an integer from 1 to ${MOST_RUNS}`
    throw new SimulationError('ERR_SIMULATION_OPTION_INVALID', text)
  }
  const seed = seedOf(rest)
  const count = process.env[SEED_VARIABLE] === undefined ? runs : 1
  const done: SimulatedRun[] = []
  for (let index = 0; index < count; index++) {
    done.push(await runOnce({ ...rest, seed: (seed + index) % SEED_END }, scenario))
  }
  return done
}

/** The variable is stronger than the options: it replays one run of a test as it stands. */
function seedOf(options: SimulationOptions): number {
  const { seed, ...others } = options
  const isGiven = seed !== undefined && process.env[SEED_VARIABLE] === undefined
  return readSimulationOptions(isGiven ? { ...others, seed } : others).seed
}

async function runOnce(
  options: SimulationOptions,
  scenario: (net: Simulation) => Promise<void>
): Promise<SimulatedRun> {
  const net = createSimulation(options)
  try {
    await scenario(net)
    await net.close()
  } catch (error) {
    await net.close().catch(() => undefined)
    throw failure(net.seed, error)
  }
  return { seed: net.seed, digest: net.log.digest() }
}

function failure(seed: number, cause: unknown): SimulationError {
  const text = `the scenario failed with seed ${seed}; replay it with ${SEED_VARIABLE}=${seed}: ${errorText(cause)}`
  return new SimulationError('ERR_SIMULATION_FAILED', text, { cause })
}
