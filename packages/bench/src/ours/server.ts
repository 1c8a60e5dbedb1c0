import { createServer } from 'trustp2p'
import { countedWrites } from '../load/counted-writes'
import { serveParent } from '../process/serve-parent'

serveParent(async () => {
  const [, , cwd = '', control, url = 'ws://127.0.0.1:0'] = process.argv
  const node = await createServer({ cwd, listen: [url], auth: 'off', control: control === 'control' })
  const port = Number(new URL(node.addresses[0] ?? '').port)
  return {
    port: () => ({ port }),
    writes: () => ({ writes: countedWrites() }),
    memory: () => ({ rssBytes: process.memoryUsage.rss() })
  }
})
