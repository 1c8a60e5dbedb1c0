import type { WebSocketServer } from 'ws'
import { countedWrites } from './counted-writes'
import { serveParent } from '../process/serve-parent'

/** Makes this process a server whose port and count of socket writes the parent process may ask for. */
export function serveListener(server: WebSocketServer): void {
  serveParent(async () => {
    if (server.address() === null) await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return { port: () => ({ port }), writes: () => ({ writes: countedWrites() }) }
  })
}
