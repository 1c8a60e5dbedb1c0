import { createServer } from 'trustp2p'
import { readAuthMode } from '../load/auth-mode'
import { serveParent } from '../process/serve-parent'

serveParent(async () => {
  const [, , cwd = '', auth] = process.argv
  const node = await createServer({
    cwd,
    listen: ['tcp://127.0.0.1:0'],
    auth: readAuthMode(auth),
    limits: { inboundSocketsPerSecond: 0 }
  })
  return { port: () => ({ port: Number(new URL(node.addresses[0] ?? '').port) }) }
})
