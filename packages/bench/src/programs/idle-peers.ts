import { createNode } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { serveParent } from '../process/serve-parent'

const [, , url = '', cwd = ''] = process.argv
/** Sockets of one peer, and how many of them are dialled at once. */
const SOCKETS = 250
const AT_ONCE = 25

/** Peers that connect, prove themselves, and say nothing more. */
serveParent(() => {
  const nodes: P2pNode[] = []
  return Promise.resolve({
    connect: async ({ sockets = 0 }) => {
      for (let first = 0; first < sockets; first += SOCKETS) nodes.push(await connectOne(first))
      return {}
    }
  })
})

/** Each of its sockets has a URL of its own, or it would get the one that is open. */
async function connectOne(first: number): Promise<P2pNode> {
  const peers = { closeDuplicates: false }
  const name = `peer-${first}`
  const node = await createNode({ cwd, name, auth: 'required', log: { level: 'silent' }, peers })
  for (let index = 0; index < SOCKETS; index += AT_ONCE) {
    const numbers = Array.from({ length: AT_ONCE }, (_, step) => first + index + step)
    await Promise.all(numbers.map((number) => node.connect(`${url}/?${number}`)))
  }
  return node
}
