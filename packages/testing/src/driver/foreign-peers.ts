import { connect, createServer } from 'node:net'
import type { ListenOptions as NetListenOptions, Socket } from 'node:net'
import type { ForeignCaller, ForeignPeer } from './driver-subject'

/** Where a foreign peer waits: a scheme over TCP, on 127.0.0.1, or the path of a Unix socket. */
export type ForeignPlace = { readonly scheme: string } | { readonly path: string }

/** A peer that takes connections, and says nothing. */
export function createSilentPeer(place: ForeignPlace): Promise<ForeignPeer> {
  return listenForeign(place, (socket) => socket.resume())
}

/** A peer that speaks another protocol: it greets as a mail server does (RFC 5321, 4.2). */
export function createStrangePeer(place: ForeignPlace): Promise<ForeignPeer> {
  return listenForeign(place, (socket) => {
    socket.resume()
    socket.write('220 mail.example.org ESMTP\r\n')
  })
}

/** Connects to a listener over TCP, or at the path of a Unix socket, and says nothing of its own. */
export async function createCaller(address: string): Promise<ForeignCaller> {
  const { protocol, hostname, port, pathname } = new URL(address)
  const path = decodeURIComponent(pathname)
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = connect(protocol === 'unix:' ? { path } : { host, port: Number(port) })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.on('error', () => socket.destroy())
  socket.resume()
  return {
    write: (text) => void socket.write(text),
    gone: new Promise((resolve) => socket.once('close', () => resolve())),
    close: () => socket.destroy()
  }
}

async function listenForeign(place: ForeignPlace, onConnection: (socket: Socket) => void): Promise<ForeignPeer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    onConnection(socket)
  })
  const options: NetListenOptions = 'path' in place ? place : { host: '127.0.0.1', port: 0 }
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options, resolve))
  const bound = server.address()
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0
  return {
    url: 'path' in place ? `unix://${place.path}` : `${place.scheme}://127.0.0.1:${port}`,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    }
  }
}
