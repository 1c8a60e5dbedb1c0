import { once } from 'node:events'
import { createNode, createServer } from 'trustp2p'
import type { CreateOptions, LimitsConfig, P2pNode } from 'trustp2p'
import { WebSocket } from 'ws'
import { useEchoNodes } from './echo-nodes'
import type { EchoNodes } from './echo-nodes'
import { addressOf, LISTEN, QUIET, refusalOf } from './pair'
import { closing, createProject, disposeLater } from './project'

export interface LimitedNodes {
  readonly nodes: EchoNodes
  /** Starts a server that bans nobody, unless the test says so. */
  serve(limits?: Partial<LimitsConfig>, options?: Partial<CreateOptions>): Promise<P2pNode>
}

/** Gives each test of the file a project of its own, whose servers answer `echo`. */
export function useLimitedNodes(): LimitedNodes {
  const nodes = useEchoNodes()
  return {
    nodes,
    serve: (limits = {}, options = {}) => {
      const more = { limits: { offencesPerHour: 0, ...limits }, ...options }
      return closing(createServer({ cwd: nodes.project.cwd, ...LISTEN, auth: 'off', ...more }))
    }
  }
}

let clients = 0

/** A node that proves nothing. */
export function createClient(): Promise<P2pNode> {
  const name = `client-${++clients}`
  return closing(
    createNode({ cwd: createProject().cwd, ...QUIET, name, auth: 'off', peers: { closeDuplicates: false } })
  )
}

/** Dials with a node of its own. */
export async function refusedAt(server: P2pNode): Promise<readonly unknown[]> {
  return refusalOf(await createClient(), addressOf(server))
}

/** Connects with a node of its own. */
export async function join(
  server: P2pNode
): Promise<{ client: P2pNode; ask: (body: unknown, event?: string) => Promise<unknown> }> {
  const client = await createClient()
  const socket = await client.connect(addressOf(server))
  return { client, ask: (body, event = 'echo') => client.request(socket, event, body) }
}

/** Dials as a peer that proves itself, of whom one socket is not too many. */
export function createProved(cwd = createProject().cwd): Promise<P2pNode> {
  return closing(createNode({ cwd, ...QUIET, name: 'proved', peers: { closeDuplicates: false } }))
}

/** No package. */
export const GARBAGE = Uint8Array.of(0xff, 0xff, 0xff)

/** A bare WebSocket, from an address of 127.0.0.0/8, and how it ends. */
export async function dialRawly(server: P2pNode, localAddress = '127.0.0.1') {
  const raw = new WebSocket(addressOf(server), { localAddress })
  disposeLater(() => raw.terminate())
  const closed = new Promise((resolve) => raw.on('close', (code, reason) => resolve([code, String(reason)])))
  await once(raw, 'open')
  return { raw, closed }
}
