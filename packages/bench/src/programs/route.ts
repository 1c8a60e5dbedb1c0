import { CP2pMessage, CP2pPackage, PackageType, createClient, createServer } from 'trustp2p'
import { HEARD_EVENT } from '../ours/project'
import { serveParent } from '../process/serve-parent'
import { median } from '../statistics'

const NANOSECONDS = 1_000_000

const project = process.argv[2] ?? ''
const emptyFolder = process.argv[3] ?? ''

serveParent(async () => {
  const server = await createServer({ cwd: project, listen: ['ws://127.0.0.1:0'], auth: 'off' })
  await createClient({ cwd: emptyFolder, connect: server.addresses, auth: 'off' })
  const [socket] = server.sockets
  if (socket === undefined) throw new Error('The client did not reach the server')
  const frame = CP2pPackage.encode({ type: PackageType.TALK, event: HEARD_EVENT, body: null })
  const received = CP2pPackage.decode(frame)
  const routeAll = (messages: readonly CP2pMessage[]): void => {
    for (const message of messages) if (!server.threads.route(message)) throw new Error('No thread took the message')
  }
  return {
    /** Gives the median time of one message, in ns, over rounds of so many. */
    route: ({ rounds = 1, messages: count = 1 }) => {
      const times: number[] = []
      for (let round = 0; round < rounds; round++) {
        const messages = Array.from({ length: count }, () => new CP2pMessage(received, socket, undefined))
        const startedAt = performance.now()
        routeAll(messages)
        times.push(((performance.now() - startedAt) * NANOSECONDS) / count)
      }
      return { medianNs: median(times) }
    }
  }
})
