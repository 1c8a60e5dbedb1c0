import type { P2pSocket } from '../../driver/socket'
import type { Surroundings } from '../generation'
import type { ToRoom } from './protocol'
import { isSocket } from './socket-book'
import type { SocketBook } from './socket-book'

/** Tells a room of the sockets that come and go, and of new addresses, from now on; gives the way to stop. */
export function watchSockets(
  { onNodeEvent, node }: Surroundings,
  book: SocketBook,
  send: (item: ToRoom) => void
): () => void {
  const onSocket = (event: string, tell: (socket: P2pSocket) => void): (() => void) =>
    onNodeEvent(event, (socket) => {
      if (isSocket(socket)) tell(socket)
    })
  const open = (socket: P2pSocket): void => send({ kind: 'opened', socket: book.add(socket) })
  const ways = [
    onSocket('socket:connection', open),
    onSocket('socket:open', open),
    onSocket('socket:drain', ({ id }) => send({ kind: 'full', socket: id, full: false })),
    onSocket('socket:close', (socket) => {
      book.remove(socket)
      send({ kind: 'gone', socket: socket.id })
    }),
    onNodeEvent('listening', () => send({ kind: 'addresses', addresses: [...node.addresses] }))
  ]
  return () => {
    for (const stop of ways) stop()
  }
}
