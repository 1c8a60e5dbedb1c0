import type { OpenRequests } from './open-requests'
import type { Network } from './network'
import type { SimulationSettings } from './simulation-options'
import type { VirtualTime } from './virtual-time'

/** What the nodes of a simulation share. */
export interface SimulationParts {
  readonly settings: SimulationSettings
  readonly time: VirtualTime
  readonly network: Network
  /** Those of the scenario. */
  readonly requests: OpenRequests
  /** Writes a line of the event log. */
  readonly note: (text: string) => void
}
