import { connectToNodes, errorCode } from 'trustp2p/control'
import type { ControlClient } from 'trustp2p/control'
import type { NodeOptions } from '../common-options'
import { folderOf } from '../common-options'

/**
 * Connects to the running node that is meant, or to all that run in the folder, does something, and lets them go.
 * Rejects with ERR_TRUSTP2P_CONTROL_NOT_RUNNING where there is none.
 */
export async function withNodes<Result>(
  options: NodeOptions,
  use: (nodes: readonly ControlClient[]) => Promise<Result>
): Promise<Result> {
  const nodes = await connectToNodes(folderOf(options), options.name)
  try {
    return await use(nodes)
  } finally {
    await Promise.all(nodes.map((node) => node.close()))
  }
}

/** As withNodes, or does something else where no node runs. */
export async function withNodesOr<Result>(
  options: NodeOptions,
  use: (nodes: readonly ControlClient[]) => Promise<Result>,
  otherwise: () => Promise<Result>
): Promise<Result> {
  let isRunning = false
  try {
    return await withNodes(options, (nodes) => {
      isRunning = true
      return use(nodes)
    })
  } catch (error) {
    if (isRunning || errorCode(error) !== 'ERR_TRUSTP2P_CONTROL_NOT_RUNNING') throw error
  }
  return otherwise()
}
