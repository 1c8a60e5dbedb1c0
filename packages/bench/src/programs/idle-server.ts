import { createServer } from 'trustp2p'
import { serveParent } from '../process/serve-parent'

const [, , cwd = '', certFile = '', keyFile = '', ...listen] = process.argv
/** Collections that let what closed connections and handshakes held go. */
const COLLECTIONS = 5
const PAUSE_MS = 200

/** A server that peers prove themselves to, and that says what memory it takes. */
serveParent(async () => {
  const node = await createServer({
    cwd,
    listen,
    auth: 'required',
    log: { level: 'silent' },
    drivers: { tls: { certFile, keyFile } },
    peers: { closeDuplicates: false },
    limits: { inboundSockets: 20_000, inboundSocketsPerHost: 0, inboundSocketsPerPeer: 0, inboundSocketsPerSecond: 0 }
  })
  return {
    ports: () => Object.fromEntries(node.addresses.map((url, index) => [index, Number(new URL(url).port)])),
    memory: async () => {
      for (let count = 0; count < COLLECTIONS; count++) {
        globalThis.gc?.()
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
      const { rss, heapUsed } = process.memoryUsage()
      const proved = node.sockets.filter(({ proof }) => proof !== undefined).length
      return { residentBytes: rss, heapBytes: heapUsed, proved }
    }
  }
})
