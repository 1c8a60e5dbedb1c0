import { BODY, BYTES } from './body'
import type { Asker } from './asker'
import { assertEcho, measureLatency, measureThroughput } from './load'
import { serveParent } from '../process/serve-parent'

/** Makes this process a client that measures what the parent process asks for; the URL is the first argument. */
export function serveLoad(connect: (url: string) => Promise<Asker>): void {
  const url = process.argv[2] ?? ''
  serveParent(async () => {
    const ask = await connect(url)
    await assertEcho(ask)
    return {
      throughput: async ({ requests = 1, inFlight = 1, bytes = 0 }) => ({
        perSecond: await measureThroughput(ask, { requests, inFlight, body: bytes === 0 ? BODY : BYTES })
      }),
      latency: async ({ requests = 1 }) => ({ medianUs: await measureLatency(ask, requests) })
    }
  })
}
