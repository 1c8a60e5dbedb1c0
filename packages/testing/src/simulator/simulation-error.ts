/** Every code that a simulation gives, with what it means. */
export const SIMULATION_ERRORS = {
  ERR_SIMULATION_OPTION_INVALID: 'an option, or a time, is out of its range',
  ERR_SIMULATION_NAME_INVALID: 'the name of a node is none, or is taken',
  ERR_SIMULATION_NODE_STATE:
    'the node is not in a state for that: it is stopped, crashed, paused, or of another simulation',
  ERR_SIMULATION_NOT_LINKED: 'no open socket leads from the one node to the other',
  ERR_SIMULATION_NODE_CRASHED: 'the node that asked has crashed',
  ERR_SIMULATION_TIMEOUT: 'what was waited for did not happen within the given virtual time',
  ERR_SIMULATION_IDLE: 'what was waited for never happens: nothing is left that could happen',
  ERR_SIMULATION_LIMIT_NODES: 'the simulation has as many nodes as `nodes` allows',
  ERR_SIMULATION_LIMIT_INSTANT:
    'more happens at one virtual instant than `instantEvents` allows: code that never waits',
  ERR_SIMULATION_CLOSED: 'the simulation is closed',
  ERR_SIMULATION_LEAKED: 'nodes that were stopped left something behind, or requests were never settled',
  ERR_SIMULATION_FAILED: 'a scenario failed: the message tells its seed'
} as const

/** A code of `SIMULATION_ERRORS`. */
export type SimulationErrorCode = keyof typeof SIMULATION_ERRORS

/** What a simulation throws. Recognise it by its code. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError'
  readonly code: SimulationErrorCode

  constructor(code: SimulationErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
  }
}
