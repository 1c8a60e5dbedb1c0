import { performance } from 'node:perf_hooks'
import { createNode } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { readAuthMode } from '../load/auth-mode'
import { BODY, ECHO_EVENT } from '../load/body'
import { assertEcho, measureThroughput } from '../load/load'
import { serveParent } from '../process/serve-parent'
import { median } from '../statistics'

serveParent(async () => {
  const [, , url = '', cwd = '', auth] = process.argv
  const node = await createNode({ cwd, auth: readAuthMode(auth) })
  const socket = await node.connect(url)
  if ((socket.proof === undefined) !== (auth === 'off'))
    throw new Error(`The peer is proved by ${String(socket.proof)}`)
  const ask = (event: string, body: unknown, answered: (body: unknown) => void) =>
    void node.request(socket, event, body).then(answered)
  await assertEcho(ask)
  return {
    throughput: async ({ requests = 1, inFlight = 1 }) => ({
      perSecond: await measureThroughput(ask, { requests, inFlight })
    }),
    connect: async ({ times = 1 }) => ({ elapsedMs: await measureConnect(node, url, times) })
  }
})

/** Median time from dialling to the first answer, each time on a connection of its own. */
async function measureConnect(node: P2pNode, url: string, times: number): Promise<number> {
  const elapsed: number[] = []
  for (const socket of node.sockets) socket.close()
  await until(() => node.sockets.length === 0)
  for (let time = 0; time < times; time++) {
    const startedAt = performance.now()
    const socket = await node.connect(url)
    await node.request(socket, ECHO_EVENT, BODY)
    elapsed.push(performance.now() - startedAt)
    socket.close()
    await until(() => node.sockets.length === 0)
  }
  return median(elapsed)
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}
