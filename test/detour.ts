import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import type { P2pNode } from 'trustp2p'
import { addressOf } from './pair'
import { disposeLater } from './project'

/** A way to the node that comes out at another address of this machine. */
export async function detour(node: P2pNode, localAddress: string): Promise<string> {
  const port = Number(new URL(addressOf(node)).port)
  const sockets: Socket[] = []
  const way = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port, localAddress })
    sockets.push(near, far)
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  })
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve))
  disposeLater(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => way.close(resolve))
  })
  const address = way.address()
  if (address === null || typeof address === 'string') throw new Error('it listens nowhere')
  return addressOf(node).replace(String(port), String(address.port))
}
