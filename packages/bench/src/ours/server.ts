import { createServer } from 'trustp2p'
import { countedWrites } from '../load/counted-writes'
import { serveParent } from '../process/serve-parent'

serveParent(async () => {
  const node = await createServer({ cwd: process.argv[2] ?? '', listen: ['ws://127.0.0.1:0'] })
  const port = Number(new URL(node.addresses[0] ?? '').port)
  return { port: () => ({ port }), writes: () => ({ writes: countedWrites() }) }
})
