import { createClient } from 'trustp2p'
import type { Asker } from '../load/asker'
import { serveLoad } from '../load/serve-load'

serveLoad(connect)

async function connect(url: string): Promise<Asker> {
  const node = await createClient({ cwd: process.argv[3] ?? '', connect: [url], auth: 'off' })
  const [socket] = node.sockets
  if (socket === undefined) throw new Error(`The client did not reach ${url}`)
  // A request that fails ends this process, and so the round: nothing catches it.
  return (event, body, answered) => void node.request(socket, event, body).then(answered)
}
