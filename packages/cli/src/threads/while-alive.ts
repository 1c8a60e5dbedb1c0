import { setTimeout as wait } from 'node:timers/promises'
import { errorCode } from 'trustp2p/control'
import type { ControlClient, ControlRequestOptions } from 'trustp2p/control'

/** Longest time without a sign of life of a node that switches a thread, in ms. */
export const ALIVE_MS = 10_000
/** The pause between two looks for one, in ms. */
const LOOK_MS = 2_000
/** Longest wait for a node that lives, in ms: its threads may take as long as their own times allow. */
const SWITCH_MS = 600_000

/**
 * Lets a node do what may take long, as long as it answers other questions meanwhile. Rejects with
 * ERR_TRUSTP2P_REQUEST_TIMEOUT where it does not.
 */
export async function whileAlive<Answer>(
  node: ControlClient,
  act: (node: ControlClient, options: ControlRequestOptions) => Promise<Answer>
): Promise<Answer> {
  const ended = new AbortController()
  const { signal } = ended
  try {
    return await Promise.race([act(node, { timeoutMs: SWITCH_MS, signal }), silenceOf(node, signal)])
  } finally {
    ended.abort()
  }
}

/** Rejects when the node gives no sign of life; never settles where another failure will be told of. */
async function silenceOf(node: ControlClient, signal: AbortSignal): Promise<never> {
  try {
    for (;;) {
      await node.listThreads({ timeoutMs: ALIVE_MS, signal })
      await wait(LOOK_MS, undefined, { signal })
    }
  } catch (error) {
    if (errorCode(error) === 'ERR_TRUSTP2P_REQUEST_TIMEOUT') throw error
    return new Promise<never>(() => undefined)
  }
}
