import { createServer } from 'trustp2p'
import { serveParent } from '../process/serve-parent'

const [, , cwd = ''] = process.argv
/** Collections that let what closed connections and handshakes held go. */
const COLLECTIONS = 5
const PAUSE_MS = 200

/** A server that peers prove themselves to, and that says what memory it takes. */
serveParent(async () => {
  const node = await createServer({
    cwd,
    listen: ['ws://127.0.0.1:0'],
    auth: 'required',
    log: { level: 'silent' },
    limits: { inboundSockets: 20_000, inboundSocketsPerHost: 0, inboundSocketsPerSecond: 0 }
  })
  return {
    port: () => ({ port: Number(new URL(node.addresses[0] ?? '').port) }),
    memory: async () => {
      for (let count = 0; count < COLLECTIONS; count++) {
        globalThis.gc?.()
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
      const { rss, heapUsed } = process.memoryUsage()
      const sealed = node.sockets.filter(({ proof }) => proof === 'noise').length
      return { residentBytes: rss, heapBytes: heapUsed, sealed }
    }
  }
})
