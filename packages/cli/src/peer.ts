import type { P2pNode, P2pSocket } from 'trustp2p'
import { createIdentity, createLog, createNode, createNodeKit, createThreadList, P2pError } from 'trustp2p'
import { levelsOf } from './json-levels'

/** What goes to which peer. */
export interface PeerMessage {
  readonly url: string
  readonly event: string
  /** Undefined where none was given: sent as null. */
  readonly body: unknown
}

/**
 * Connects to a peer with a node that has no threads and no listeners, does something, and closes it. Rejects with
 * ERR_TRUSTP2P_BODY_TOO_DEEP for a body that the configuration of the folder does not allow.
 */
export async function withPeer<Result>(
  { url, body }: PeerMessage,
  cwd: string,
  use: (node: P2pNode, socket: P2pSocket) => Promise<Result>
): Promise<Result> {
  const logger = createLog({ level: 'silent' })
  const node = await createNode({
    cwd,
    listen: [],
    control: false,
    connect: [],
    source: createThreadList({}),
    // One question makes no state: nobody is to know this peer again.
    identity: createIdentity(createNodeKit({ log: logger }).crypto),
    logger
  })
  try {
    assertDepth(body, node.config.limits.bodyDepth)
    return await use(node, await node.connect(url))
  } finally {
    await node.close()
  }
}

function assertDepth(body: unknown, bodyDepth: number): void {
  const levels = levelsOf(body)
  for (let depth = 0; levels.next().done !== true; depth++) {
    if (depth < bodyDepth) continue
    const text = `the body is nested deeper than ${bodyDepth} levels (limits.bodyDepth)`
    throw new P2pError('ERR_TRUSTP2P_BODY_TOO_DEEP', text, { details: { bodyDepth } })
  }
}
