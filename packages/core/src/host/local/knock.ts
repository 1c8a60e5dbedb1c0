import { connectLocally, noConnection } from './local-connection'
import type { NoConnection } from './local-connection'
import { isSocketPath } from './socket-place'

/** `refuses`: nobody listens any more. `missing`: there is no such socket, or it cannot be named from here. */
export type Knock = 'answers' | NoConnection

/**
 * Tells whether a process listens on a socket. A process that is stopped (Ctrl-Z) still answers: the system takes the
 * connection. One that was killed does not, whoever has its pid by now. Rejects where the signal aborts, with
 * ERR_TRUSTP2P_DRIVER_DIAL_ABORTED.
 */
export async function knock(path: string, signal?: AbortSignal): Promise<Knock> {
  if (!isSocketPath(path)) return 'missing'
  try {
    const socket = await connectLocally(path, { ...(signal && { signal }) })
    socket.destroy()
    return 'answers'
  } catch (error) {
    if (signal?.aborted === true) throw error
    return noConnection(error)
  }
}
