import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { disposeLater } from './project'

/** A WebSocket server that knows nothing of packages: it does with each connection what the test says. */
export async function startRawServer(onSocket: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  disposeLater(() => server.close())
  server.on('connection', (socket) => {
    disposeLater(() => socket.terminate())
    onSocket(socket)
  })
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}
