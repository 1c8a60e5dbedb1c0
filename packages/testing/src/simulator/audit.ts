import type { AskedRequest } from './open-requests'
import type { Network } from './network'
import type { SimulatedNode, SimulatedNodeState } from './simulated-node'
import type { SimulationParts } from './simulation-parts'

/** What the nodes hold, and what they left behind. */
export interface Audit {
  readonly nodes: readonly NodeAudit[]
  /** Requests of `node.request` that are not settled, oldest first. */
  readonly unsettled: readonly AskedRequest[]
  /** What stopped nodes have not given back: `n1 left 2 timers`. */
  readonly leaks: readonly string[]
}

/** What one node holds. */
export interface NodeAudit {
  readonly name: string
  readonly state: SimulatedNodeState
  /** Addresses that it listens on. */
  readonly addresses: number
  /** Ends of connections, those included that greet or close. */
  readonly sockets: number
  /** Timers that wait, those of its threads included. */
  readonly timers: number
  /** Requests of its own, those of its threads included, that wait for answers. */
  readonly pendingRequests: number
  /** Requests of peers that its threads work on. */
  readonly runningRequests: number
}

/** Looks at what is held now. */
export function auditOf(nodes: readonly SimulatedNode[], { network, requests }: SimulationParts): Audit {
  const audits = nodes.map((node) => auditNode(node, network))
  return {
    nodes: audits,
    unsettled: requests.all.map(({ from, to, event, askedAt }) => ({ from, to, event, askedAt })),
    leaks: audits.flatMap(leaksOf)
  }
}

function auditNode(simulated: SimulatedNode, network: Network): NodeAudit {
  const { name, state, machine } = simulated
  const lives = state === 'running' || state === 'paused'
  const { pendingRequests, runningRequests } = lives ? simulated.node.status() : NOTHING
  return { name, state, timers: machine.timers, pendingRequests, runningRequests, ...network.holdingsOf(machine) }
}

const NOTHING = { pendingRequests: 0, runningRequests: 0 }

function leaksOf({ name, state, timers, sockets, addresses }: NodeAudit): string[] {
  if (state !== 'stopped') return []
  const held = Object.entries({ timers, sockets, addresses }).filter(([, count]) => count > 0)
  return held.map(([what, count]) => `${name} left ${count} ${count === 1 ? what.replace(/e?s$/, '') : what}`)
}
